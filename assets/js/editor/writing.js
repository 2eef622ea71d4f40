// From the editor's document to Markdown. Needs no DOM.
//
// A block that still says what its origin says (see reading.js) is written as it stood. Any other is written in the
// canonical forms, read back, and written more carefully if it would not be read as it was meant.

import { CALLOUTS, referencesIn, settingsIn } from "./grammar.js";
import { keptLines } from "./keeping.js";
import { blocksOf, fingerprint } from "./reading.js";
import { tableLines } from "./table-lines.js";
import { isBlank, linesOfWords } from "./words.js";

const HANDS = ["pretty", "apart"];
const RULE = /^\s*([-*_])(?:\s*\1){2,}\s*$/;
// What is known of a node of the editor, which never changes: only what is new is looked at, and written, again.
const looked = new WeakMap();
const written = new WeakMap();

// `verbatim: false` writes every block anew; `hand` chooses one hand: both are for the tests and the guard.
export function toMarkdown(doc, { verbatim = true, hand } = {}) {
  const blocks = topBlocks(doc).filter(({ json, untouched }) => !isEmpty(json) || (verbatim && untouched));
  if (verbatim && isWhole(blocks)) return original(blocks);
  const origins = verbatim ? blocks.map(({ origin }) => `${origin?.head ?? ""}\n\n${origin?.tail ?? ""}`) : [];
  const references = referencesIn(origins.join("\n\n"));
  let text = "";
  blocks.forEach((block, index) => {
    const [before, after] = [blocks[index - 1], blocks[index + 1]];
    block.marker = markerAfter(block.json, before);
    block.stands = verbatim && block.untouched && canStand(block, before, after, references);
    text += joint(before, block, verbatim) + (block.stands ? block.origin.text : canonical(block, verbatim, hand));
  });
  return text && text + ending(blocks.at(-1), verbatim);
}

// The blocks at the top of a document of the editor or of its JSON. `key` is what the cache knows a block by.
function topBlocks(doc) {
  if (typeof doc.toJSON !== "function") return (doc.content ?? []).map((json) => topBlock(json, null));
  const blocks = [];
  doc.forEach((node) => {
    if (!looked.has(node)) looked.set(node, topBlock(node.toJSON(), node));
    blocks.push({ ...looked.get(node) });
  });
  return blocks;
}

function topBlock(json, key) {
  const origin = json.attrs?.origin;
  return { json, key, origin, untouched: Boolean(origin) && origin.said === fingerprint(json) };
}

// Whether nothing at all was changed.
function isWhole(blocks) {
  return blocks.length > 0 && blocks[0].origin?.head !== undefined && blocks.at(-1).origin?.to === -1 &&
    blocks.every((block, index) => block.untouched && (index === 0 || follows(blocks[index - 1], block)));
}

function original(blocks) {
  return blocks[0].origin.head + blocks.map(({ origin: { text, tail } }) => text + tail).join("");
}

// Whether two blocks stood one after the other in the file.
function follows(before, block) {
  return Boolean(before?.origin && block?.origin) && before.origin.to === block.origin.from;
}

// Whether the lines of a block say the same where the block is now: it may have other neighbours, and the link
// addresses that it refers to may be gone.
function canStand(block, before, after, references) {
  const { origin, json } = block;
  const inPlace = follows(before, block) && before.stands;
  if (!inPlace && before && (/^\s/.test(origin.text) || block.marker !== ownMarker(json))) return false;
  if (inPlace && follows(block, after) && after.untouched && !origin.refers) return true;
  const read = blocksOf(after ? `${origin.text}${gap(origin.text)}x` : `${origin.text}\n`, references);
  return read.length === (after ? 2 : 1) && fingerprint(read[0]) === origin.said;
}

// What stands between a block and the one before it.
function joint(before, block, verbatim) {
  if (!verbatim) return before ? "\n\n" : "";
  if (!before) return block.origin?.head ?? "";
  if (before.stands && block.stands && follows(before, block)) return before.origin.tail;
  const between = definitions(before.origin?.tail) + definitions(block.origin?.head);
  return gap(before.stands ? before.origin.text : "") + between;
}

function ending({ origin, stands }, verbatim) {
  if (!verbatim) return "\n";
  if (stands && origin.to === -1) return origin.tail;
  return `${gap(stands ? origin.text : "")}${definitions(origin?.tail)}`.trimEnd() + "\n";
}

function gap(text) {
  return /\n[ \t]*$/.test(text) ? "\n" : "\n\n";
}

// Definitions of link addresses stand between blocks and stay there, whatever becomes of the block before.
function definitions(between) {
  const rest = between?.replace(/^[ \t\n]+|[ \t\n]+$/g, "");
  return rest ? `${rest}\n\n` : "";
}

function canonical(block, verbatim, hand) {
  const { json, key, marker } = block;
  const name = `${marker} ${hand ?? ""} ${verbatim}`;
  const known = key && written.get(key);
  if (known?.has(name)) return known.get(name);
  const text = hand ? markdownOf(json, marker, hand) : readBack(json, marker, verbatim ? stood(block) : null);
  if (key) written.set(key, (known ?? new Map()).set(name, text));
  return text;
}

// What an edited block was, if lines of it may stay as they are wherever it is now: {text, json}.
function stood({ json, origin, marker }) {
  if (!origin || origin.refers || /^\s/.test(origin.text) || marker !== ownMarker(json)) return null;
  const [before, ...more] = blocksOf(origin.text);
  return before?.type === json.type && !more.length ? { text: origin.text, json: before } : null;
}

// The careful hand is right by construction: another is taken when it reads the same, and so are the lines that stood.
function readBack(json, marker, before) {
  const careful = markdownOf(json, marker, "careful");
  const meant = JSON.stringify(blocksOf(careful));
  const reads = (text) => JSON.stringify(blocksOf(text)) === meant;
  const hand = HANDS.find((one) => reads(markdownOf(json, marker, one))) ?? "careful";
  const text = markdownOf(json, marker, hand);
  const kept = before ? keptLines(before.text, markdownOf(before.json, marker, hand), text) : text;
  return kept !== text && reads(kept) && endsBefore(kept) ? kept : text;
}

// Whether a paragraph below begins anew.
function endsBefore(text) {
  return blocksOf(`${text}\n\nx`).length === 2;
}

function markdownOf(json, marker, hand) {
  return blockLines(json, { hand, marker }).join("\n");
}

// ---- blocks: each function returns lines ----

function blockLines(node, { hand, marker }) {
  const content = node.content ?? [];
  switch (node.type) {
    case "paragraph": return linesOfWords(content, { hand });
    case "heading": return heading(node, hand);
    case "blockquote": return series(content, hand).map((line) => (line ? `> ${line}` : ">"));
    case "bulletList": case "orderedList": return list(node, hand, marker);
    case "codeBlock": return fenced(node.attrs?.language ?? "", wordsOf(node));
    case "dataBlock": return fenced(node.attrs.info || node.attrs.kind, node.attrs.text ?? "");
    case "note": case "callout": return container(node, hand);
    case "table": return tableLines(content, hand);
    case "horizontalRule": return ["---"];
    default: throw new Error(`the editor holds a ${node.type}, which Markdown does not know`);
  }
}

// Blocks one after the other. `tight`: with no empty line between them.
function series(nodes, hand, { tight = false, first = null } = {}) {
  let before = null;
  const kept = nodes.filter((node) => !isEmpty(node));
  const lines = kept.flatMap((node, index) => {
    const marker = index === 0 && first ? first(node) : markerAfter(node, before);
    before = { json: node, marker };
    const own = node.type === "horizontalRule" && (tight || index === 0) ? ["___"] : blockLines(node, { hand, marker });
    return index && !tight ? ["", ...own] : own;
  });
  return lines.length ? lines : [""];
}

function heading(node, hand) {
  const { level = 2 } = node.attrs ?? {};
  if (isBroken(node)) return [...linesOfWords(node.content, { hand }), level === 1 ? "===" : "---"];
  const [line = ""] = linesOfWords(node.content ?? [], { hand, oneLine: true, first: false });
  return [`${"#".repeat(level)} ${line.replace(/(^|\s)(#+)$/, "$1\\$2")}`.trimEnd()];
}

// Whether a heading holds a line break, which only the underlined form can have (not with a | above ---: a table).
function isBroken({ attrs, content = [] }) {
  const lines = linesOfWords(content);
  const canBe = attrs?.level === 1 || (attrs?.level === 2 && !lines.at(-1)?.includes("|"));
  return canBe && lines.slice(0, -1).some((line) => line.endsWith("\\"));
}

// Two lists in a row are told apart by their markers, and so is a list that begins with another from a rule (- - -).
function list(node, hand, marker) {
  const items = node.content ?? [];
  const tight = (node.attrs?.tight ?? true) && items.every((item) => canBeTight(item));
  const lines = items.flatMap((item, index) => {
    const sign = node.type === "bulletList" ? marker : `${numberOf(node, index)}${marker}`;
    const own = series(item.content ?? [], hand, { tight, first: (block) => markerInside(block, marker) });
    const indent = " ".repeat(sign.length + 1);
    const shown = own.map((line, at) => (at === 0 ? `${sign} ${line}`.trimEnd() : line && indent + line));
    return index && !tight ? ["", ...shown] : shown;
  });
  return lines;
}

function numberOf({ attrs }, index) {
  return Math.min((attrs?.start ?? 1) + index, 999_999_999); // a longer number begins no list
}

function markerInside(block, outer) {
  const own = ownMarker(block);
  return own === outer && block.type === "bulletList" ? (outer === "-" ? "*" : "-") : own;
}

function ownMarker(node) {
  if (node.type === "bulletList") return node.attrs?.bullet ?? "-";
  return node.type === "orderedList" ? node.attrs?.delimiter ?? "." : "";
}

function markerAfter(node, before) {
  const own = ownMarker(node);
  if (!own || before?.json.type !== node.type || before.marker !== own) return own;
  return node.type === "bulletList" ? (own === "-" ? "*" : "-") : own === "." ? ")" : ".";
}

// Whether the blocks of an item can follow each other without an empty line and stay what they are.
function canBeTight(item) {
  const kept = (item.content ?? []).filter((node) => !isEmpty(node));
  return kept.every((node, index) => index === 0 || canFollow(kept[index - 1], node));
}

function canFollow(before, node) {
  const open = endsInWords(before);
  const after = before.type === "paragraph";
  switch (node.type) {
    case "paragraph": return !open && before.type !== "table";
    case "heading": return !open || !isBroken(node);
    case "blockquote": return before.type !== "blockquote";
    case "table": return before.type !== "table" && (!open || after);
    case "bulletList": return !after || !isEmptyItem(node);
    case "orderedList": return !after || ((node.attrs?.start ?? 1) === 1 && !isEmptyItem(node));
    default: return true;
  }
}

// Whether a line that follows without an empty line between would still belong to the words of this block.
function endsInWords(node) {
  if (node.type === "paragraph") return true;
  if (!["blockquote", "bulletList", "orderedList", "listItem"].includes(node.type)) return false;
  const kept = (node.content ?? []).filter((child) => !isEmpty(child));
  return kept.length > 0 && endsInWords(kept.at(-1));
}

function isEmptyItem({ content = [] }) {
  return !(content[0]?.content ?? []).some((node) => !isEmpty(node));
}

function fenced(info, text) {
  const sign = info.includes("`") ? "~" : "`";
  const runs = text.match(new RegExp(`${sign}{3,}`, "g")) ?? [];
  const fence = sign.repeat(Math.max(3, ...runs.map((run) => run.length + 1)));
  const named = info.replace(/\s*\n\s*/g, " ").trim();
  return [`${fence}${named.startsWith(sign) ? " " : ""}${named}`, ...(text ? text.split("\n") : []), fence];
}

function container(node, hand) {
  const inner = series(node.content ?? [], hand);
  const colons = inner.map((line) => /^\s*(:{3,})\s*$/.exec(line)?.[1].length ?? 2);
  const fence = ":".repeat(Math.max(2, ...colons) + 1);
  return [`${fence}${node.type}${settings(node)}`, "", ...inner, ...(inner.at(-1) ? [""] : []), fence];
}

// The settings as they were written, if they still say the same; what we do not know is kept.
function settings({ type, attrs = {} }) {
  const before = settingsIn(attrs.params ?? "") ?? {};
  const kind = CALLOUTS.includes(before.kind) ? before.kind : CALLOUTS[0];
  const title = attrs.title ?? "";
  if ((before.title ?? "") === title && (type === "note" || kind === attrs.kind)) return attrs.params ?? "";
  const now = { ...before, title: title.replace(/\s+/g, " ").slice(0, 800) };
  if (type === "callout") now.kind = attrs.kind;
  const pairs = ["kind", "title", ...Object.keys(before).filter((name) => name !== "kind" && name !== "title")]
    .filter((name) => now[name]).map((name) => `${name}=${quoted(now[name])}`);
  return pairs.length ? `{${pairs.join(" ")}}` : "";
}

function quoted(value) {
  if (!value.includes('"')) return `"${value}"`;
  return value.includes("'") ? `"${value.replaceAll('"', "”")}"` : `'${value}'`;
}

// A paragraph without words cannot be written in Markdown.
function isEmpty(node) {
  return node.type === "paragraph" && (node.content ?? []).every(isBlank);
}

function wordsOf(node) {
  return (node.content ?? []).map(({ text }) => text ?? "").join("");
}
