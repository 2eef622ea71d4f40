// From the editor's document to Markdown. Needs no DOM.
//
// A block that still says what its origin says (see reading.js) is written as it stood. Any other is written in the
// canonical forms, read back, and written more carefully if it would not be read as it was meant.

import { CALLOUTS, referencesIn, settingsIn } from "./grammar.js";
import { blocksOf } from "./reading.js";
import { linesOfWords } from "./words.js";

const HANDS = ["pretty", "careful"];
const RULE = /^\s*([-*_])(?:\s*\1){2,}\s*$/;
const written = new WeakMap(); // node of the editor -> its canonical Markdown: only what changed is written again

// `verbatim: false` writes every block anew; `hand` chooses one hand: both are for the tests and the guard.
export function toMarkdown(doc, { verbatim = true, hand } = {}) {
  const blocks = topNodes(doc).filter(({ json }) => !isEmpty(json) || json.attrs?.origin?.tail?.trim());
  const references = verbatim ? referencesIn(blocks.map(definitions).join("\n\n")) : {};
  let text = "";
  let before = null;
  blocks.forEach((block, index) => {
    const now = written_(block, before, index + 1 === blocks.length, { verbatim, hand, references });
    text = `${joint(text, before, now)}${now.text}`;
    before = now;
  });
  return text && ending(text, before);
}

// [{ json, key }] of a document of the editor or of its JSON; `key` is what the cache knows a block by.
function topNodes(doc) {
  if (typeof doc.toJSON !== "function") return (doc.content ?? []).map((json) => ({ json, key: null }));
  const nodes = [];
  doc.forEach((node) => nodes.push({ json: node.toJSON(), key: node }));
  return nodes;
}

function definitions({ json }) {
  const { head = "", tail = "" } = json.attrs?.origin ?? {};
  return `${head}\n\n${tail}`;
}

function written_(block, before, last, { verbatim, hand, references }) {
  const { origin, ...attrs } = block.json.attrs ?? {};
  const json = { ...block.json, attrs };
  const following = Boolean(origin && before?.origin && before.verbatim && before.origin.to === origin.from);
  const marker = markerAfter(json, before);
  const stands = verbatim && origin?.text && (following || (!/^\s/.test(origin.text) && marker === ownMarker(json))) &&
    says(origin.text, json, last, references);
  const text = stands ? origin.text : canonical({ ...block, json }, marker, hand);
  return { text, origin: verbatim ? origin : null, verbatim: stands, json, marker: stands ? ownMarker(json) : marker };
}

// What stands between the text so far and the next block.
function joint(text, before, now) {
  if (!before) return now.origin?.head ?? "";
  const { origin } = before;
  if (before.verbatim && now.verbatim && origin.to === now.origin.from) return text + origin.tail;
  const rest = origin?.tail?.trim();
  return `${text}\n\n${rest ? `${rest}\n\n` : ""}`;
}

function ending(text, { origin, verbatim }) {
  if (verbatim && origin.to === -1) return text + origin.tail;
  const rest = origin?.tail?.trim();
  return `${text}${rest ? `\n\n${rest}` : ""}\n`;
}

// Whether a text is read as exactly this block, also when another one follows.
function says(text, json, last, references) {
  const read = blocksOf(last ? text : `${text}\n\nx`, references);
  return read.length === (last ? 1 : 2) && same(read[0], json);
}

function canonical({ json, key }, marker, hand) {
  const name = `${marker} ${hand ?? ""}`;
  const known = key && written.get(key);
  if (known?.has(name)) return known.get(name);
  const text = hand ? markdownOf(json, marker, hand) : readBack(json, marker);
  if (key) written.set(key, (known ?? new Map()).set(name, text));
  return text;
}

// The careful hand is right by construction: the pretty one is taken when it reads the same.
function readBack(json, marker) {
  const [pretty, careful] = HANDS.map((hand) => markdownOf(json, marker, hand));
  const [first, second] = [pretty, careful].map((text) => JSON.stringify(blocksOf(text).map(withoutNoise)));
  return first === second ? pretty : careful;
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
    case "table": return table(content, hand);
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

function heading({ attrs, content = [] }, hand) {
  const level = attrs?.level ?? 2;
  const several = linesOfWords(content, { hand });
  if (several.length > 1 && level <= 2) return [...several, level === 1 ? "===" : "---"];
  const [line = ""] = linesOfWords(content, { hand, oneLine: true, first: false });
  return [`${"#".repeat(level)} ${line.replace(/(^|\s)(#+)$/, "$1\\$2")}`.trimEnd()];
}

// Two lists in a row are told apart by their markers, and so is a list that begins with another from a rule (- - -).
function list(node, hand, marker) {
  const items = node.content ?? [];
  const tight = (node.attrs?.tight ?? true) && items.every((item) => canBeTight(item));
  const lines = items.flatMap((item, index) => {
    const sign = node.type === "bulletList" ? marker : `${Math.min((node.attrs?.start ?? 1) + index, 999_999_999)}${marker}`;
    const own = series(item.content ?? [], hand, { tight, first: (block) => markerInside(block, marker) });
    const indent = " ".repeat(sign.length + 1);
    const shown = own.map((line, at) => (at === 0 ? `${sign} ${line}`.trimEnd() : line && indent + line));
    return index && !tight ? ["", ...shown] : shown;
  });
  return lines;
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
  switch (node.type) {
    case "paragraph": return !open && before.type !== "table";
    case "heading": return !open || linesOfWords(node.content ?? []).length < 2 || node.attrs.level > 2;
    case "table": return !open || before.type === "paragraph";
    case "bulletList": return !isEmptyItem(node);
    case "orderedList": return !isEmptyItem(node) && ((node.attrs?.start ?? 1) === 1 || (!open && before.type !== "table"));
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
  const now = { ...(type === "callout" ? { kind: attrs.kind } : {}), title: title.replace(/\s+/g, " ").slice(0, 800), ...without(before) };
  const pairs = Object.entries(now).filter(([, value]) => value).map(([name, value]) => `${name}=${quoted(value)}`);
  return pairs.length ? `{${pairs.join(" ")}}` : "";
}

function without({ title, kind, ...others }) {
  return others;
}

function quoted(value) {
  if (!value.includes('"')) return `"${value}"`;
  return value.includes("'") ? `"${value.replaceAll('"', "”")}"` : `'${value}'`;
}

function table(rows, hand) {
  const cells = rows.map((row) => (row.content ?? []).flatMap((cell) => [cell, ...spanned(cell)]));
  const width = Math.max(1, ...cells.map((row) => row.length));
  const shown = cells.map((row) => rowLine(Array.from({ length: width }, (_, at) => (row[at] ? cellText(row[at], hand) : ""))));
  const signs = { left: ":---", center: ":---:", right: "---:" };
  const rule = rowLine(Array.from({ length: width }, (_, at) => signs[cells[0]?.[at]?.attrs?.align] ?? "---"));
  return [shown[0] ?? rowLine([""]), rule, ...shown.slice(1)];
}

function spanned(cell) {
  return Array.from({ length: (cell.attrs?.colspan ?? 1) - 1 }, () => ({ content: [] }));
}

function cellText(cell, hand) {
  const nodes = (cell.content ?? []).flatMap((block, index) => [...(index ? [{ type: "text", text: " " }] : []), ...(block.content ?? [])]);
  const [line = ""] = linesOfWords(nodes, { hand, oneLine: true, first: false });
  return line.replaceAll("|", "\\|");
}

function rowLine(cells) {
  return `| ${cells.join(" | ")} |`;
}

// ---- comparing ----

// A paragraph without words cannot be written in Markdown.
function isEmpty(node) {
  return node.type === "paragraph" && linesOfWords(node.content ?? []).length === 0;
}

function wordsOf(node) {
  return (node.content ?? []).map(({ text }) => text ?? "").join("");
}

function same(one, other) {
  return JSON.stringify(withoutNoise(one)) === JSON.stringify(withoutNoise(other));
}

// A node in one order of keys, without what says nothing: empty settings and those that hold what holds anyway.
function withoutNoise({ type, text, attrs, marks, content }) {
  const kept = Object.entries(attrs ?? {})
    .filter(([name, value]) => name !== "origin" && value !== null && value !== undefined && value !== "" &&
      !(/^(?:colspan|rowspan)$/.test(name) && value === 1))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return { type, text, attrs: kept, marks: marks?.map(withoutNoise) ?? [], content: content?.map(withoutNoise) ?? [] };
}
