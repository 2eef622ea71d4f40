// The words of a textblock as Markdown: every sign that could be taken for Markdown is escaped.
//
// There are two hands. The careful one escapes every sign and is right by construction; the pretty one escapes only
// what needs it. writing.js reads both back and takes the pretty one only where it says the same.

import { shownAddress } from "./grammar.js";

const NESTING = ["link", "bold", "italic", "strike"]; // which is outermost when they mark the same words
const SIGNS = {
  pretty: { bold: "**", italic: "*", strike: "~~" },
  careful: { bold: "**", italic: "_", strike: "~~" },
};
const PUNCTUATION = /[!-/:-@[-`{-~]/;
const SPACE = /[\t-\r \xa0\u1680\u2000-\u200a\u202f\u205f\u3000]/; // as markdown-it has it
const SPACE_OR_SIGN = new RegExp(`${SPACE.source}|[\\p{P}\\p{S}]`, "u");
const ENTITY = /^&(?:#x[\da-f]{1,6}|#\d{1,7}|[a-z][a-z\d]{1,31});/i;
const ADDRESS = /^[a-z][a-z0-9+.-]{1,31}:[^<>\x00-\x20]*$/i;
const EMAIL = /^[\w.!#$%&'*+/=?^`{|}~-]+@[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)*$/i;
const LETTER = /[\p{L}\p{N}]/u;

// The lines of a textblock's content. `oneLine`: line breaks cannot be written there and become spaces.
export function linesOfWords(nodes, { hand = "pretty", oneLine = false, first = true } = {}) {
  const prepared = withoutEdges(oneLine ? onOneLine(nodes) : nodes);
  const pieces = [];
  writeRuns(prepared, [], { hand, pieces, inLink: false });
  const lines = joined(flanked(pieces), hand).split("\n").map((line) => atEdges(line)).filter(Boolean);
  return first ? lines.map((line, index) => lineStart(line, index, hand)) : lines;
}

function onOneLine(nodes) {
  return nodes.map((node) => (node.type === "hardBreak" ? { type: "text", text: " ", marks: [] } : withoutMark(node, "softBreak")));
}

// Spaces at the edges of bold, italic and struck words go outside: Markdown cannot mark them.
function withoutEdges(nodes) {
  let result = nodes.flatMap(separateSpaces);
  result = result.filter((node, index) => !isSpace(node) || (index > 0 && !isBreak(result[index - 1]) && !isBreak(result[index + 1])));
  for (const name of ["bold", "italic", "strike"]) result = withoutEdgesOf(result, name);
  while (result.length && isBlank(result.at(-1))) result = result.slice(0, -1);
  return result;
}

function withoutEdgesOf(nodes, name) {
  return nodes.map((node, index) => {
    if (!isBlank(node) || !has(node, name)) return node;
    return wordsFollow(nodes, index, name, -1) && wordsFollow(nodes, index, name, 1) ? node : withoutMark(node, name);
  });
}

function wordsFollow(nodes, index, name, step) {
  for (let at = index + step; nodes[at] && has(nodes[at], name); at += step) if (!isBlank(nodes[at])) return true;
  return false;
}

function separateSpaces(node) {
  if (node.type !== "text" || has(node, "code")) return [node];
  return node.text.split(/([ \t\n\r\f\v]+)/).filter(Boolean).map((text) => ({ ...node, text }));
}

function isSpace(node) {
  return isBlank(node) && !isBreak(node);
}

function isBreak(node) {
  return node?.type === "hardBreak" || (node?.text === " " && has(node, "softBreak"));
}

function isBlank(node) {
  return node.type === "hardBreak" || (node.type === "text" && !has(node, "code") && /^[ \t\n\r\f\v]+$/.test(node.text));
}

// Writes nodes into `pieces`, opening the mark that reaches farthest first.
function writeRuns(nodes, open, state) {
  let index = 0;
  while (index < nodes.length) {
    const mark = outermost(nodes, index, open);
    const end = mark ? runEnd(nodes, index, mark) : index + 1;
    if (mark) writeMarked(nodes.slice(index, end), mark, [...open, mark.type], state);
    else if (has(nodes[index], "code")) { index = writeCode(nodes, index, state); continue; }
    else writeLeaf(nodes[index], state);
    index = end;
  }
}

function outermost(nodes, index, open) {
  const candidates = NESTING.map((name) => markOf(nodes[index], name)).filter((mark) => mark && !open.includes(mark.type));
  candidates.sort((one, other) => Boolean(one.attrs?.auto) - Boolean(other.attrs?.auto)); // <https://...> holds no marks
  return candidates.reduce((best, mark) =>
    (!best || runEnd(nodes, index, mark) > runEnd(nodes, index, best) ? mark : best), null);
}

function runEnd(nodes, index, mark) {
  let end = index;
  while (end < nodes.length && sameMark(markOf(nodes[end], mark.type), mark)) end += 1;
  return end;
}

function writeMarked(nodes, mark, open, state) {
  if (mark.type === "link") writeLink(nodes, mark.attrs ?? {}, open, state);
  else {
    const sign = SIGNS[state.hand][mark.type];
    state.pieces.push({ delimiter: "open", text: sign });
    writeRuns(nodes, open, state);
    state.pieces.push({ delimiter: "close", text: sign });
  }
}

function writeLink(nodes, { href = "", title = "", auto }, open, state) {
  const shown = nodes.map((node) => node.text ?? "\n").join("");
  const bare = nodes.every((node) => (node.marks ?? []).every(({ type }) => open.includes(type)));
  const short = auto && bare && !title ? autolink(href, shown) : "";
  if (short) {
    state.pieces.push({ text: short });
    return;
  }
  state.pieces.push({ text: "[", bracket: true });
  writeRuns(nodes, open, { ...state, inLink: true });
  state.pieces.push({ text: `](${target(href ?? "", title ?? "")})` });
}

function autolink(href, shown) {
  const address = href.startsWith("mailto:") && shown === shownAddress(href.slice(7)) ? href.slice(7) : href;
  const written = shown === shownAddress(address) && (address === href ? ADDRESS : EMAIL).test(address);
  return written ? `<${address}>` : "";
}

function writeCode(nodes, index, { pieces }) {
  const marks = JSON.stringify(nodes[index].marks);
  let end = index;
  while (end < nodes.length && JSON.stringify(nodes[end].marks) === marks) end += 1;
  const text = nodes.slice(index, end).map((node) => node.text).join("").replace(/\n/g, " ");
  const longest = new Set((text.match(/`+/g) ?? []).map((run) => run.length));
  let length = 1;
  while (longest.has(length)) length += 1;
  const padded = /^`|`$/.test(text) || /^ .*[^ ].* $/s.test(text) ? ` ${text} ` : text;
  const ticks = "`".repeat(length);
  pieces.push({ text: `${ticks}${padded}${ticks}` });
  return end;
}

function writeLeaf(node, { pieces, inLink, hand }) {
  if (node.type === "hardBreak") pieces.push({ text: "\\\n" });
  else if (node.type === "image") pieces.push({ text: image(node.attrs, hand), bracket: true });
  else if (has(node, "softBreak") && node.text === " ") pieces.push({ text: "\n" });
  else if (pieces.at(-1)?.words !== undefined && pieces.at(-1).inLink === inLink) pieces.at(-1).words += node.text;
  else pieces.push({ words: node.text, inLink });
}

function image({ src = "", alt = "", title = "" }, hand) {
  const words = joined([{ words: (alt ?? "").replace(/\s*\n\s*/g, " "), inLink: true }], hand);
  return `![${words}](${target(src ?? "", title ?? "")})`;
}

// The address and title of a link or image.
function target(address, title) {
  const plain = escapedAddress(address, /[\\()<>]/);
  const bare = address && !/[\x00-\x20\x7f]/.test(address);
  const shown = bare ? plain : `<${escapedAddress(address, /[\\<>]/).replace(/[\n\r]/g, (sign) => entity(sign))}>`;
  const named = title.replace(/[\\"]/g, "\\$&").replace(/&/g, ampersand).replace(/[\n\r]/g, (sign) => entity(sign));
  return title ? `${shown} "${named}"` : address ? shown : "";
}

function escapedAddress(address, signs) {
  return address.replace(new RegExp(signs.source, "g"), "\\$&").replace(/&/g, ampersand);
}

function ampersand(sign, offset, whole) {
  return ENTITY.test(whole.slice(offset)) ? "\\&" : "&";
}

// An opening or closing sign counts only between the right neighbours. What is in the way (a letter outside, a space of
// another width inside) is written as an entity, which begins and ends with a sign.
function flanked(pieces) {
  return pieces.map((piece, index) => {
    if (piece.words === undefined) return piece;
    const characters = [...piece.words];
    const before = { sign: pieces[index - 1], inside: pieces[index - 2], edge: -1, inner: "open" };
    const after = { sign: pieces[index + 1], inside: pieces[index + 2], edge: 0, inner: "close" };
    return { ...piece, first: inTheWay(characters[0], before), last: inTheWay(characters.at(-1), after) };
  });
}

function inTheWay(character, { sign, inside, edge, inner }) {
  if (!sign?.delimiter) return false;
  if (sign.delimiter === inner) return SPACE.test(character);
  const letterInside = inside?.words !== undefined && !SPACE_OR_SIGN.test([...inside.words].at(edge));
  return !SPACE_OR_SIGN.test(character) && (sign.text === "_" || !letterInside);
}

function joined(pieces, hand) {
  let text = "";
  pieces.forEach((piece, index) => {
    if (piece.bracket && text.endsWith("!") && pieces[index - 1]?.words !== undefined && hand === "pretty") {
      text = `${text.slice(0, -1)}\\!`;
    }
    text += piece.words === undefined ? piece.text : words(piece, hand);
  });
  return text;
}

// One run of plain words. `first`, `last`: whether the character at that edge must be an entity (see flanked).
function words({ words: text, inLink, first, last }, hand) {
  const characters = [...text];
  return characters.map((sign, at) => {
    if (/[\n\r]/.test(sign) || (first && at === 0) || (last && at === characters.length - 1)) return entity(sign);
    if (!PUNCTUATION.test(sign)) return sign;
    return hand === "careful" || needsEscape(characters, at, inLink) ? `\\${sign}` : sign;
  }).join("");
}

function needsEscape(characters, at, inLink) {
  const before = characters[at - 1] ?? "";
  const after = characters[at + 1] ?? "";
  switch (characters[at]) {
    case "`": case "[": return true;
    case "]": return inLink;
    case "*": return !(before === " " && after === " ");
    case "_": return !(LETTER.test(before) && LETTER.test(after));
    case "~": return !before || !after || before === "~" || after === "~";
    case "\\": return !after || /\s/.test(after) || PUNCTUATION.test(after);
    case "<": return !after || !/[\s=\d]/.test(after);
    case "&": return ENTITY.test(characters.slice(at, at + 40).join(""));
    default: return false;
  }
}

// Spaces at the edge of a line do not show. Those of another width are cut off too, unless they are entities.
function atEdges(line) {
  const inner = line.replace(/^[ \t\v\f]+|[ \t\v\f]+$/g, "");
  return inner.replace(/^[^\S \t\v\f]+|[^\S \t\v\f]+$/g, (spaces) => [...spaces].map(entity).join(""));
}

// What would begin a heading, a list, a quote, a rule, a table or a block at the start of a line is escaped.
function lineStart(line, index, hand) {
  if (/^\d{1,9}[.)](?:\s|$)/.test(line)) return line.replace(/[.)]/, "\\$&");
  const starts = [/^#{1,6}(?:\s|$)/, /^>/, /^[-+*](?:\s|$)/, /^([-*_])(?:\s*\1){2,}\s*$/, /^:{3}/, /^[-:|\s]+$/, /^~{3}/];
  if (index > 0) starts.push(/^(?:-+|=+)\s*$/);
  return starts.some((start) => start.test(line)) ? `\\${line}` : line;
}

function entity(sign) {
  return sign === "\xa0" ? "&nbsp;" : `&#x${sign.codePointAt(0).toString(16)};`;
}

function markOf(node, name) {
  return node.marks?.find(({ type }) => type === name);
}

function has(node, name) {
  return Boolean(markOf(node, name));
}

function withoutMark(node, name) {
  return has(node, name) ? { ...node, marks: node.marks.filter(({ type }) => type !== name) } : node;
}

function sameMark(one, other) {
  return Boolean(one) && one.type === other.type && JSON.stringify(one.attrs ?? null) === JSON.stringify(other.attrs ?? null);
}
