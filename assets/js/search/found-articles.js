// <found-articles data-list="/search/index.json">: the results of /search/ where no server has answered, on the host of
// a static export. It then looks for the words of the address itself; `data-answered` says that a server has done it.
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/u;
const WEIGHTS = { title: 8, labels: 4, description: 2, text: 1 };
const MOST = 50;
const AROUND = 90;

class FoundArticles extends HTMLElement {
  connectedCallback() {
    const typed = (new URLSearchParams(location.search).get("q") ?? "").trim().slice(0, 200);
    if (this.dataset.answered !== undefined || !typed) return;
    document.getElementById("site-search").value = typed;
    document.title = `“${typed}” · ${document.title}`;
    this.search(typed);
  }

  async search(typed) {
    const answer = await fetch(this.dataset.list).catch(() => null);
    if (!answer?.ok) return this.say("The search has a rest just now. All articles are one step away, below.");
    const terms = termsOf(typed);
    const { found, loose } = ranked(await answer.json(), terms);
    this.say(sentence(typed, found.length, loose));
    if (!found.length) return;
    const list = document.createElement("ol");
    list.className = "search-hits";
    list.setAttribute("role", "list");
    list.append(...found.slice(0, MOST).map((entry) => hit(entry, terms)));
    this.after(list);
  }

  say(words) {
    const line = document.createElement("p");
    line.textContent = words;
    this.replaceChildren(line);
  }
}

function sentence(typed, number, loose) {
  if (!number) return `No article has “${typed}” in it. Look at the spelling, or try fewer or simpler words.`;
  if (loose) return "No article has all of these words. These have some of them.";
  return number === 1 ? "1 article has what you look for." : `${number} articles have what you look for, the closest first.`;
}

// Every word may be the beginning of a longer one; in English also of its other forms ("needles" finds "needling").
function termsOf(typed) {
  const english = document.documentElement.lang.startsWith("en");
  const parts = [...typed.matchAll(/["“”«»]([^"“”«»]*)["“”«»]?|([^\s"“”«»]+)/gu)];
  return parts.map(([, phrase, word]) => {
    const folded = fold((phrase ?? word).trim());
    return english && word && folded.length > 5 ? folded.replace(/(?:ings?|e[sd]|s)$/, "") : folded;
  }).filter((term) => /[\p{L}\p{N}]/u.test(term)).map((term) => {
    const literal = term.replace(/[.*+?^${}()|[\]\\/-]/g, "\\$&");
    return new RegExp(UNSPACED.test(term[0]) ? literal : `(?<![\\p{L}\\p{N}])${literal}`, "gu");
  });
}

// Small letters without accents, as many as there were, so that places are the same in both.
function fold(text) {
  if (/^[\x00-\x7f]*$/.test(text)) return text.toLowerCase();
  const one = (sign) => sign.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().slice(0, sign.length);
  return [...text.normalize("NFC")].map((sign) => one(sign).padEnd(sign.length, sign)).join("");
}

function ranked(entries, terms) {
  const scored = entries.map((entry) => ({ entry, points: pointsOf(entry, terms) }));
  const all = scored.filter(({ points }) => points.length && points.every(Boolean));
  const loose = !all.length && terms.length > 1;
  const kept = loose ? scored.filter(({ points }) => points.some(Boolean)) : all;
  const sum = ({ points }) => points.reduce((one, other) => one + other, 0);
  return { found: kept.sort((one, other) => sum(other) - sum(one)).map(({ entry }) => entry), loose };
}

function pointsOf(entry, terms) {
  const parts = Object.entries(WEIGHTS).map(([part, weight]) => [fold(entry[part]), weight]);
  const points = (term) => parts.reduce((sum, [words, weight]) => sum + (words.search(term) >= 0 ? weight : 0), 0);
  return terms.map(points);
}

function hit(entry, terms) {
  const item = document.createElement("li");
  item.className = "search-hit";
  const [title, text, byline] = ["h2", "p", "p"].map((name) => document.createElement(name));
  title.className = "search-hit__title";
  const link = document.createElement("a");
  link.href = entry.path;
  link.append(...marked(entry.title, terms));
  title.append(link);
  text.className = "search-hit__text";
  text.append(...marked(around(entry, terms), terms));
  byline.className = "byline";
  byline.textContent = entry.day;
  item.append(title, text, byline);
  return item;
}

// The piece of the text in which a word stands; the description where none does.
function around({ text, description }, terms) {
  const folded = fold(text);
  const places = terms.map((term) => folded.search(term)).filter((place) => place >= 0);
  if (!places.length) return description || text.slice(0, 2 * AROUND);
  const start = Math.max(0, Math.min(...places) - AROUND);
  const end = start + 3 * AROUND;
  const piece = text.slice(start, end).replace(start ? /^\S{0,20}\s/u : /^/u, "").replace(/\s\S{0,20}$/u, "");
  return `${start ? "…" : ""}${piece}${end < text.length ? "…" : ""}`;
}

function marked(text, terms) {
  const folded = fold(text);
  const plain = text.normalize("NFC");
  const spots = terms.flatMap((term) => [...folded.matchAll(term)].map(({ 0: { length }, index }) => [index, index + length]));
  const pieces = [];
  let done = 0;
  for (const [from, to] of spots.sort(([one], [other]) => one - other)) {
    if (from < done) continue;
    const mark = document.createElement("mark");
    mark.textContent = plain.slice(from, to);
    pieces.push(plain.slice(done, from), mark);
    done = to;
  }
  return [...pieces, plain.slice(done)];
}

customElements.define("found-articles", FoundArticles);
