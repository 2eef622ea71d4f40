// Cleans what is pasted from Word, Google Docs or a page, before the editor reads it: lists become lists, bold and
// italic are read from the style attributes (which the browser ignores under our policy), and junk is left behind.
// Works on a DOM of its own: nothing of what is pasted is ever shown, loaded or run.

import { makeListsOfWord, nestLists } from "./paste-lists.js";

const JUNK = "script, style, meta, link, title, template, noscript, iframe, object, embed, svg, math, canvas, video, " +
  "audio, input, button, select, textarea, [hidden], [aria-hidden='true']";
const BLOCKS = "address, article, aside, blockquote, center, dd, details, div, dl, dt, fieldset, figcaption, figure, " +
  "footer, form, h1, h2, h3, h4, h5, h6, header, hr, li, main, nav, ol, p, pre, section, summary, table, ul";
const HIDDEN = /(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden|mso-hide\s*:\s*all)/i;
const PLAIN = { bold: false, italic: false, struck: false, heading: false };
const DEEPEST_HEADING = 4;

// The HTML that the editor may read, of HTML from the clipboard. What our own editor copied stays as it is.
export function cleanPasted(html) {
  if (html.includes("data-pm-slice")) return html;
  const { body } = new DOMParser().parseFromString(disarmed(html), "text/html");
  dropJunk(body);
  makeListsOfWord(body);
  nestLists(body);
  const shift = body.querySelector("h1, .MsoTitle") ? 1 : 0;
  const clean = body.ownerDocument.createElement("div");
  clean.append(...blocksIn(body, { ...PLAIN, shift }));
  return clean.innerHTML;
}

// Our policy refuses styles and handlers and complains of each, also in a DOM that nobody sees: they get other names.
function disarmed(html) {
  const bare = html.replace(/<style\b[\s\S]*?(?:<\/style\s*>|$)/gi, "");
  return bare.replace(/<[a-z][^<>]*>/gi, (tag) => tag.replace(/([\s/"'])(style|on[a-z]+)(?=\s*=)/gi, "$1data-$2"));
}

function dropJunk(body) {
  const comments = body.ownerDocument.createNodeIterator(body, NodeFilter.SHOW_COMMENT);
  for (let comment = comments.nextNode(); comment; comment = comments.nextNode()) comment.remove();
  for (const element of body.querySelectorAll(JUNK)) element.remove();
  for (const element of body.querySelectorAll("[data-style]")) if (HIDDEN.test(styleOf(element))) element.remove();
}

// The blocks of an element; words that stand between blocks become a paragraph.
function blocksIn(element, state) {
  const found = [];
  let words = [];
  const flush = () => { found.push(...textblock("p", words, element)); words = []; };
  for (const child of element.childNodes) {
    if (isBlock(child)) { flush(); found.push(...block(child, marksOf(child, state))); }
    else words.push(...inline(child, state));
  }
  flush();
  return found;
}

function isBlock(node) {
  return node.nodeType === Node.ELEMENT_NODE && (node.matches(BLOCKS) || node.querySelector(BLOCKS) !== null);
}

function block(element, state) {
  const name = element.localName;
  const level = headingLevel(element);
  if (level) return heading(element, Math.min(level + state.shift, DEEPEST_HEADING), state);
  if (name === "ul" || name === "ol") return list(element, state);
  if (name === "table") return table(element, state);
  if (name === "hr") return [make(element, "hr", [])];
  if (name === "pre") return code(element);
  const quoted = name === "blockquote" || /\bMso(?:Intense)?Quote/.test(element.className);
  return quoted ? filled(element, "blockquote", blocksIn(element, state)) : blocksIn(element, state);
}

function heading(element, level, state) {
  return textblock(`h${level}`, inlines(element, { ...state, heading: true }), element);
}

function headingLevel(element) {
  if (/^h[1-6]$/.test(element.localName)) return Number(element.localName[1]);
  if (element.localName !== "p") return 0;
  if (/\bMsoTitle\b/.test(element.className)) return 1;
  return Number(/mso-outline-level\s*:\s*([1-6])/i.exec(styleOf(element))?.[1] ?? 0);
}

function textblock(name, words, element) {
  const kept = trimmed(words);
  return kept.length ? [make(element, name, kept)] : [];
}

// Without the spaces and line breaks at the edges.
function trimmed(words) {
  let kept = [...words];
  while (kept.length && isBlank(kept[0])) kept = kept.slice(1);
  while (kept.length && isBlank(kept.at(-1))) kept = kept.slice(0, -1);
  return kept;
}

function isBlank(node) {
  return node.localName === "br" || !/[^\s\xa0\u200b\ufeff]/.test(node.textContent);
}

function list(element, state) {
  const items = [...element.children].flatMap((item) => filled(item, "li", blocksIn(item, marksOf(item, state))));
  const made = filled(element, element.localName, items);
  const start = element.getAttribute("start");
  if (made.length && element.localName === "ol" && start) made[0].setAttribute("start", start);
  return made;
}

// The first row is the head. A table of one column is a frame: what is in it counts.
function table(element, state) {
  const rows = [...element.querySelectorAll("tr")].filter((row) => row.closest("table") === element);
  const cells = rows.map(cellsOf).filter((row) => row.length);
  if (Math.max(0, ...cells.map((row) => row.length)) < 2) return cells.flat().flatMap((one) => blocksIn(one, state));
  const made = cells.map((row, index) => make(element, "tr", row.map((one) => cell(one, index === 0, state))));
  return [make(element, "table", [make(element, "tbody", made)])];
}

function cellsOf(row) {
  return [...row.children].filter(({ localName }) => localName === "td" || localName === "th");
}

// A cell holds one line of words.
function cell(element, head, state) {
  const blocks = blocksIn(element, marksOf(element, { ...state, heading: head }));
  const made = make(element, head ? "th" : "td", [make(element, "p", spaced(element, blocks.map(wordsOf)))]);
  for (const name of ["align", "colspan"]) {
    if (element.hasAttribute(name)) made.setAttribute(name, element.getAttribute(name));
  }
  return made;
}

function wordsOf(element) {
  const nodes = [...element.childNodes];
  const isLine = /^(?:p|h[2-6])$/.test(element.localName);
  if (isLine) return nodes.map((one) => (one.localName === "br" ? text(one, " ") : one));
  return spaced(element, nodes.map((node) => (node.childNodes.length ? wordsOf(node) : [node])));
}

function spaced(element, parts) {
  return parts.flatMap((nodes, index) => (index ? [text(element, " "), ...nodes] : nodes));
}

function code(element) {
  for (const end of element.querySelectorAll("br")) end.replaceWith("\n");
  const words = element.textContent.replace(/\n$/, "");
  return words.trim() ? [make(element, "pre", [make(element, "code", [text(element, words)])])] : [];
}

function inlines(element, state) {
  return [...element.childNodes].flatMap((child) => inline(child, state));
}

function inline(node, state) {
  if (node.nodeType === Node.TEXT_NODE) return marked(node, oneSpace(node.data), state);
  if (node.nodeType !== Node.ELEMENT_NODE) return [];
  const now = marksOf(node, state);
  switch (node.localName) {
    case "br": return /Apple-interchange/.test(node.className) ? [] : [make(node, "br", [])];
    case "img": case "picture": return []; // an article shows photos of the library only
    case "a": return link(node, now);
    case "code": case "kbd": case "samp": case "tt":
      return filled(node, "code", node.textContent.trim() ? [text(node, node.textContent)] : []);
    default: return /Apple-converted-space/.test(node.className) ? [text(node, " ")] : inlines(node, now);
  }
}

// Word and browsers keep several spaces apart by making every second one unbreakable.
function oneSpace(words) {
  return words.replace(/[ \t\r\n\f]+/g, " ").replace(/[ \xa0]{2,}/g, " ");
}

function link(element, state) {
  const words = inlines(element, state);
  const address = addressOf(element.getAttribute("href") ?? "");
  if (!address || !words.some((node) => !isBlank(node))) return words;
  const made = make(element, "a", words);
  made.setAttribute("href", address);
  return [made];
}

// Only links that lead somewhere from here: not to a place in the document they come from, nor to somebody's disk.
function addressOf(href) {
  const real = /^https:\/\/www\.google\.com\/url\?(?:.*&)?q=([^&]+)/.exec(href)?.[1];
  const address = (real ? decoded(real) : href).trim();
  if (/^article:[0-9A-Z]{26}$/.test(address)) return address;
  return /^(?:https?:\/\/[^/?#\s]|mailto:|tel:|\/(?!\/))[^\s\\<>"]*$/i.test(address) ? address : "";
}

function decoded(part) {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

// What an element does to the words in it: its tag and its style, read as text.
function marksOf(element, before) {
  const name = element.localName;
  const style = styleOf(element);
  const weight = property(style, "font-weight");
  const slant = property(style, "font-style");
  const lines = `${property(style, "text-decoration")} ${property(style, "text-decoration-line")}`;
  return {
    ...before,
    bold: weight ? /^(?:bold|bolder|[6-9]\d\d)$/.test(weight) : before.bold || name === "b" || name === "strong",
    italic: slant ? /^(?:italic|oblique)/.test(slant) : before.italic || name === "i" || name === "em",
    struck: before.struck || lines.includes("line-through") || ["s", "strike", "del"].includes(name),
  };
}

function property(style, name) {
  return new RegExp(`(?:^|;)\\s*${name}\\s*:\\s*([^;]+)`, "i").exec(style)?.[1].trim().toLowerCase() ?? "";
}

function styleOf(element) {
  return element.dataset.style ?? "";
}

// Words with their marks around them. Headings are bold as they are.
function marked(node, words, { bold, italic, struck, heading }) {
  if (!words) return [];
  const names = [bold && !heading && "strong", italic && "em", struck && "s"].filter(Boolean);
  return [names.reduce((inner, name) => make(node, name, [inner]), text(node, words))];
}

function filled(element, name, children) {
  return children.length ? [make(element, name, children)] : [];
}

function make({ ownerDocument }, name, children) {
  const made = ownerDocument.createElement(name);
  made.append(...children);
  return made;
}

function text({ ownerDocument }, words) {
  return ownerDocument.createTextNode(words);
}
