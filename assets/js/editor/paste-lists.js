// Lists from the clipboard: Word writes them as paragraphs that look like lists, Google Docs puts lists beside items.

const NUMBERED = /^\(?(?:(\d{1,9})|[a-z]|[ivxlc]+)[.)]/i;
const MARKER = /^[\s\xa0]*(?:[·•▪◦‣§o–-]|\(?(?:\d{1,3}|[a-z]|[ivxlc]+)[.)])[\s\xa0]+/i;

// Makes lists of the paragraphs that Word has as items: style="mso-list:l0 level1 lfo1", the sign in front in a span.
export function makeListsOfWord(body) {
  let run = [];
  for (const paragraph of body.querySelectorAll("p, h1, h2, h3, h4, h5, h6")) {
    const item = itemOf(paragraph);
    if (run.length && !(item && follows(run.at(-1).paragraph, paragraph))) run = replaced(run);
    if (item) run.push(item);
  }
  replaced(run);
}

// Puts a list that stands beside the items of another into the item before it.
export function nestLists(body) {
  for (const list of body.querySelectorAll("ul > ul, ul > ol, ol > ul, ol > ol")) {
    const before = list.previousElementSibling;
    const item = before?.localName === "li" ? before : body.ownerDocument.createElement("li");
    if (item !== before) list.before(item);
    item.append(list);
  }
}

// What Word says about a paragraph that is an item; null for any other.
function itemOf(paragraph) {
  const [, list, level] = /mso-list\s*:\s*l(\d+)\s+level(\d+)/i.exec(paragraph.dataset.style ?? "") ?? [];
  if (list) return { paragraph, list, level: Number(level), ...sign(taken(paragraph)) };
  if (!/\bMsoListParagraph/.test(paragraph.className)) return null;
  const marker = MARKER.exec(paragraph.textContent)?.[0];
  if (!marker) return null;
  cutOff(paragraph, marker.length);
  return { paragraph, list: "", level: 1, ...sign(marker.trim()) };
}

// The sign in front of an item, which is taken out.
function taken(paragraph) {
  const styled = [...paragraph.querySelectorAll("[data-style]")];
  const spans = styled.filter((span) => /mso-list\s*:\s*ignore/i.test(span.dataset.style));
  const text = spans.map(({ textContent }) => textContent).join("").trim();
  for (const span of spans) span.remove();
  return text;
}

function sign(marker) {
  const match = NUMBERED.exec(marker);
  return { ordered: Boolean(match), number: Number(match?.[1] ?? 1) };
}

function cutOff(paragraph, length) {
  const words = paragraph.ownerDocument.createNodeIterator(paragraph, NodeFilter.SHOW_TEXT);
  for (let left = length, word = words.nextNode(); word && left > 0; word = words.nextNode()) {
    const cut = Math.min(left, word.data.length);
    word.data = word.data.slice(cut);
    left -= cut;
  }
}

function follows(before, paragraph) {
  return before.nextElementSibling === paragraph;
}

// Puts the lists that a run of items means in its place.
function replaced(run) {
  if (!run.length) return [];
  const open = [];
  for (const item of run) {
    const list = openList(open, item);
    const made = item.paragraph.ownerDocument.createElement("li");
    item.paragraph.replaceWith(...(list.parentNode ? [] : [list]));
    made.append(item.paragraph);
    list.append(made);
  }
  return [];
}

// The list that an item belongs to: that of its level, or a new one in the last item of the level above.
function openList(open, item) {
  while (open.length && open.at(-1).level > item.level) open.pop();
  const same = open.at(-1)?.level === item.level;
  if (same && open.at(-1).ordered === item.ordered && open.at(-1).id === item.list) return open.at(-1).list;
  if (same) open.pop();
  const list = item.paragraph.ownerDocument.createElement(item.ordered ? "ol" : "ul");
  if (item.ordered && item.number !== 1) list.setAttribute("start", item.number);
  open.at(-1)?.list.lastElementChild.append(list);
  open.push({ level: item.level, ordered: item.ordered, id: item.list, list });
  return list;
}
