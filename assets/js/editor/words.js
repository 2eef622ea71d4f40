// The words of a textblock as Markdown: every sign that could be taken for Markdown is escaped.
//
// There are three hands. The careful one escapes every sign and is right by construction; the pretty one escapes only
// what needs it, and so does the one that tells bold and italic apart by their signs. writing.js reads them back and
// takes the first that says the same as the careful one.

import { shownAddress } from "./grammar.js";

const NESTING = ["link", "bold", "italic", "strike"]; // which is outermost when they mark the same words
const SIGNS = {
  pretty: { bold: "**", italic: "*", strike: "~~" },
  apart: { bold: "**", italic: "_", strike: "~~" },
  careful: { bold: "**", italic: "_", strike: "~~" },
};
const PUNCTUATION = /[!-/:-@[-`{-~]/;
const SIGN = /[!-/:-@[-`{-~\n\r]/g;
const SPACE = /[\t-\r \xa0\u1680\u2000-\u200a\u202f\u205f\u3000]/; // as markdown-it has it
const SPACE_OR_SIGN = new RegExp(`${SPACE.source}|[\\p{P}\\p{S}]`, "u");
const ENTITY = /^&(?:#x[\da-f]{1,6}|#\d{1,7}|[a-z][a-z\d]{1,31});/i;
const STARTS = [/^#{1,6}(?:\s|$)/, /^>/, /^[-+*](?:\s|$)/, /^([-*_])(?:\s*\1){2,}\s*$/, /^:{3}/, /^[-:|\s]+$/];
const ADDRESS = /^[a-z][a-z0-9+.-]{1,31}:[^<>\x00-\x20]*$/i;
const HOST = "[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?";
const EMAIL = new RegExp(`^[\\w.!#$%&'*+/=?^\`{|}~-]+@${HOST}(?:\\.${HOST})*$`, "i");
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
  const space = { type: "text", text: " " };
  return nodes.map((node) => (node.type === "hardBreak" ? space : withoutMark(node, "softBreak")));
}

// Spaces at the edges of bold, italic and struck words go outside: Markdown cannot mark them.
function withoutEdges(nodes) {
  const parts = nodes.flatMap(separateSpaces);
  const shows = (at) => at > 0 && !isBreak(parts[at - 1]) && !isBreak(parts[at + 1]);
  let result = parts.filter((node, at) => !isSpace(node) || shows(at));
  for (const name of ["bold", "italic", "strike"]) result = withoutEdgesOf(result, name);
  return result.slice(0, result.findLastIndex((node) => !isBlank(node)) + 1);
}

function withoutEdgesOf(nodes, name) {
  const result = [];
  for (let at = 0; at < nodes.length;) {
    let end = at;
    while (end < nodes.length && has(nodes[end], name)) end += 1;
    if (end > at) result.push(...withoutEdgesOfRun(nodes.slice(at, end), name));
    if (end < nodes.length) result.push(nodes[end]);
    at = end + 1;
  }
  return result;
}

function withoutEdgesOfRun(run, name) {
  const first = run.findIndex((node) => !isBlank(node));
  const last = run.findLastIndex((node) => !isBlank(node));
  return run.map((node, at) => (first >= 0 && at >= first && at <= last ? node : withoutMark(node, name)));
}

function separateSpaces(node) {
  if (node.type !== "text" || has(node, "code")) return [node];
  const [, before, words, after] = /^([ \t\n\r\f\v]*)([^]*?)([ \t\n\r\f\v]*)$/.exec(node.text);
  return [before, words, after].filter(Boolean).map((text) => ({ ...node, text }));
}

function isSpace(node) {
  return isBlank(node) && !isBreak(node);
}

function isBreak(node) {
  return node?.type === "hardBreak" || (node?.text === " " && has(node, "softBreak"));
}

// Whether a node shows nothing but space.
export function isBlank(node) {
  if (node.type === "hardBreak") return true;
  return node.type === "text" && !has(node, "code") && /^[ \t\n\r\f\v]+$/.test(node.text);
}

// Writes nodes into `pieces`, opening the mark that reaches farthest first.
function writeRuns(nodes, open, state) {
  let index = 0;
  while (index < nodes.length) {
    const mark = outermost(nodes, index, open);
    const end = mark ? runEnd(nodes, index, mark) : index + 1;
    const isCode = !mark && nodes[index].type === "text" && has(nodes[index], "code");
    if (mark) writeMarked(nodes.slice(index, end), mark, [...open, mark.type], state);
    else if (!isCode) writeLeaf(nodes[index], state);
    index = isCode ? writeCode(nodes, index, state) : end;
  }
}

function outermost(nodes, index, open) {
  const marks = NESTING.map((name) => markOf(nodes[index], name));
  const candidates = marks.filter((mark) => mark && !open.includes(mark.type));
  candidates.sort((one, other) => Number(one.attrs?.auto ?? 0) - Number(other.attrs?.auto ?? 0)); // <https://…> is last
  const reach = candidates.map((mark) => runEnd(nodes, index, mark));
  return candidates[reach.indexOf(Math.max(...reach))] ?? null;
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
    if (piece.bracket && text.endsWith("!") && pieces[index - 1]?.words !== undefined && hand !== "careful") {
      text = `${text.slice(0, -1)}\\!`;
    }
    text += piece.words === undefined ? piece.text : words(piece, hand);
  });
  return text;
}

// One run of plain words. `first`, `last`: whether the character at that edge must be an entity (see flanked).
function words({ words: text, inLink, first, last }, hand) {
  const start = first ? String.fromCodePoint(text.codePointAt(0)) : "";
  const end = last && text.length > start.length ? [...text.slice(-2)].at(-1) : "";
  const inner = text.replace(SIGN, (sign, at) => {
    if (sign === "\n" || sign === "\r") return entity(sign);
    return hand === "careful" || needsEscape(text, at, inLink) ? `\\${sign}` : sign;
  });
  return `${start && entity(start)}${inner.slice(start.length, inner.length - end.length)}${end && entity(end)}`;
}

function needsEscape(text, at, inLink) {
  const before = text[at - 1] ?? "";
  const after = text[at + 1] ?? "";
  switch (text[at]) {
    case "`": case "[": return true;
    case "]": return inLink;
    case "*": return !(before === " " && after === " ");
    case "_": return !(LETTER.test(before) && LETTER.test(after));
    case "~": return !before || !after || before === "~" || after === "~";
    case "\\": return !after || /\s/.test(after) || PUNCTUATION.test(after);
    case "<": return !after || !/[\s=\d]/.test(after);
    case "&": return ENTITY.test(text.slice(at, at + 40));
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
  const starts = STARTS.some((start) => start.test(line)) || (index > 0 && /^=+\s*$/.test(line));
  return starts ? `\\${line}` : line;
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
  return Boolean(one) && JSON.stringify(one.attrs ?? null) === JSON.stringify(other.attrs ?? null);
}
