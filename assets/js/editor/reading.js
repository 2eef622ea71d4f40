// From Markdown to the editor's document (ProseMirror JSON). Needs no DOM.
//
// Every block at the top remembers its `origin`: the lines it was read from. The writer hands them out again as long
// as they still say what the block says, so that only what was edited is ever written anew.

import { CALLOUTS, DATA_KINDS, containerParams, referencesIn, settingsIn, tokensOf } from "./grammar.js";

const MARKS = ["link", "bold", "italic", "strike", "code", "softBreak"]; // in the order of the schema
const MARK_OF = { link: "link", strong: "bold", em: "italic", s: "strike" };

export function parseMarkdown(text) {
  const plain = text.replace(/\r\n?/g, "\n");
  const refers = Object.keys(referencesIn(plain)).length > 0;
  const content = withOrigins(topBlocks(tokensOf(plain)), plain.split("\n"), refers);
  return { type: "doc", content: content.length ? content : [nothing(plain)] };
}

// The blocks of a piece of text, without origins.
export function blocksOf(text, references) {
  return topBlocks(tokensOf(text, references)).map(({ node }) => node);
}

// The blocks at the top: [{ node, from, end }], with their lines as the parser counts them.
function topBlocks(tokens) {
  const blocks = [];
  for (let index = 0; index < tokens.length; index = closing(tokens, index) + 1) {
    const [from, end] = tokens[index].map;
    const container = tokens[index].type.startsWith("container_");
    // Code that nobody closed goes on to the end, empty lines and all.
    const code = tokens.slice(index, closing(tokens, index) + 1).findLast(({ nesting }) => nesting >= 0);
    blocks.push({ node: block(tokens, index), from, end, container, endsInCode: code.type === "fence" });
  }
  return blocks;
}

function withOrigins(blocks, lines, refers) {
  return blocks.map((one, index) => {
    const next = blocks[index + 1]?.from ?? lines.length;
    const stop = lastLine(one, next, lines);
    const text = lines.slice(one.from, stop).join("\n");
    const origin = {
      // Before the first block there may be empty lines and definitions of link addresses.
      ...(index === 0 ? { head: lines.slice(0, one.from).map((line) => `${line}\n`).join("") } : {}),
      text,
      tail: between(lines, stop, next),
      from: one.from,
      to: index + 1 === blocks.length ? -1 : next,
      said: fingerprint(one.node),
      refers: refers && text.includes("["), // it may name an address that is defined elsewhere
    };
    return { ...one.node, attrs: { ...one.node.attrs, origin } };
  });
}

// The paragraph to write in, of a text without a block: there may be definitions of link addresses all the same.
function nothing(text) {
  const origin = { head: "", text: "", tail: text, from: 0, to: -1, said: fingerprint(paragraph([])), refers: false };
  return { ...paragraph([]), attrs: { origin } };
}

// Where the lines of a block end. Empty lines after it belong to what is between the blocks.
function lastLine({ from, end, container, endsInCode }, next, lines) {
  const closed = container && /^\s*:{3,}\s*$/.test(lines[end] ?? "") ? end + 1 : end;
  let stop = Math.max(from + 1, Math.min(closed, next));
  while (!endsInCode && stop > from + 1 && !/[^ \t]/.test(lines[stop - 1])) stop -= 1;
  return stop;
}

// What is between the end of a block and the next: the end of its last line, empty lines, definitions.
function between(lines, stop, next) {
  const inner = lines.slice(stop, next).join("\n");
  if (next === lines.length) return stop === next ? "" : `\n${inner}`;
  return stop === next ? "\n" : `\n${inner}\n`;
}

function block(tokens, index) {
  const token = tokens[index];
  const inside = () => blocksBetween(tokens, index + 1, closing(tokens, index));
  if (token.type.startsWith("container_")) return container(token, inside());
  switch (token.type) {
    case "paragraph_open": return paragraph(inline(tokens[index + 1].children));
    case "heading_open":
      return node("heading", { level: Number(token.tag[1]) }, inline(tokens[index + 1].children));
    case "blockquote_open": return node("blockquote", null, filled(inside()));
    case "bullet_list_open": return list(tokens, index, "bulletList", { bullet: token.markup });
    case "ordered_list_open":
      return list(tokens, index, "orderedList", { start: startOf(token), delimiter: token.markup });
    case "table_open": return table(tokens, index);
    case "hr": return { type: "horizontalRule" };
    case "fence": return fence(token);
    case "code_block": return code(token.content, null);
    default: throw new Error(`the parser made a ${token.type}, which the editor does not know`);
  }
}

function blocksBetween(tokens, start, end) {
  const nodes = [];
  for (let index = start; index < end; index = closing(tokens, index) + 1) nodes.push(block(tokens, index));
  return nodes;
}

function list(tokens, index, type, attrs) {
  const end = closing(tokens, index);
  const items = [];
  for (let at = index + 1; at < end; at = closing(tokens, at) + 1) {
    items.push(node("listItem", null, filled(blocksBetween(tokens, at + 1, closing(tokens, at)))));
  }
  return node(type, { ...attrs, tight: isTight(tokens, index, end) }, items);
}

function startOf(token) {
  return Number(token.attrGet("start") ?? 1);
}

// A tight list hides the paragraphs of its items.
function isTight(tokens, index, end) {
  const inner = tokens[index].level + 2;
  for (let at = index + 1; at < end; at += 1) {
    if (tokens[at].type === "paragraph_open" && tokens[at].level === inner) return tokens[at].hidden;
  }
  return true;
}

function table(tokens, index) {
  const rows = [];
  const end = closing(tokens, index);
  for (let at = index + 1; at < end; at += 1) {
    const { type } = tokens[at];
    if (type === "tr_open") rows.push([]);
    if (type === "th_open" || type === "td_open") {
      const align = /text-align:(\w+)/.exec(tokens[at].attrGet("style") ?? "")?.[1] ?? null;
      const cell = [paragraph(inline(tokens[at + 1].children))];
      rows.at(-1).push(node(type === "th_open" ? "tableHeader" : "tableCell", { align }, cell));
    }
  }
  return node("table", null, rows.map((cells) => node("tableRow", null, cells)));
}

function fence(token) {
  const info = token.info.trim();
  const kind = info.split(" ")[0];
  if (!DATA_KINDS.includes(kind)) return code(token.content, info || null);
  return node("dataBlock", { kind, info, text: token.content.replace(/\n$/, "") });
}

function code(content, language) {
  const text = content.replace(/\n$/, "");
  return node("codeBlock", { language }, text ? [{ type: "text", text }] : []);
}

function container(token, content) {
  const kind = token.type.split("_")[1];
  const params = containerParams(kind, token.info) ?? "";
  const settings = settingsIn(params) ?? {};
  const attrs = { title: settings.title ?? "", params };
  if (kind === "callout") attrs.kind = CALLOUTS.includes(settings.kind) ? settings.kind : CALLOUTS[0];
  return node(kind, attrs, filled(content));
}

// The words of a textblock. A line break of the file that shows as a space is a space with the mark softBreak.
function inline(tokens) {
  const nodes = [];
  const open = [];
  for (const token of tokens) {
    const mark = MARK_OF[token.tag === "a" ? "link" : token.tag];
    if (token.nesting === 1) open.push(mark === "link" ? link(token) : { type: mark });
    else if (token.nesting === -1) open.splice(open.findLastIndex(({ type }) => type === mark), 1);
    else push(nodes, leaf(token), open);
  }
  return nodes;
}

function link(token) {
  const attrs = { href: token.attrGet("href") ?? "", title: token.attrGet("title") ?? "" };
  return { type: "link", attrs: { ...attrs, auto: token.markup === "autolink" } };
}

function leaf(token) {
  switch (token.type) {
    case "text": return { text: token.content };
    case "code_inline": return { text: token.content, mark: "code" };
    case "softbreak": return { text: " ", mark: "softBreak" };
    case "hardbreak": return { type: "hardBreak" };
    case "image": {
      const title = token.attrGet("title") ?? "";
      return { type: "image", attrs: { src: token.attrGet("src") ?? "", alt: plain(token.children), title } };
    }
    default: throw new Error(`the parser made a ${token.type}, which the editor does not know`);
  }
}

function push(nodes, { type = "text", text, mark, attrs }, open) {
  if (type === "text" && !text) return;
  const held = mark ? [...open, { type: mark }] : open;
  const marks = MARKS.map((name) => held.find((one) => one.type === name)).filter(Boolean);
  const last = nodes.at(-1);
  if (type === "text" && last?.type === "text" && same(last.marks ?? [], marks)) last.text += text;
  else nodes.push({ type, ...(text ? { text } : {}), ...(attrs ? { attrs } : {}), ...(marks.length ? { marks } : {}) });
}

// The words of an image's description, as the server reads them.
export function plain(tokens) {
  return tokens.map((token) => {
    if (token.type === "softbreak" || token.type === "hardbreak") return " ";
    if (["text", "text_special", "code_inline"].includes(token.type)) return token.content;
    return token.children && token.type !== "image" ? plain(token.children) : "";
  }).join("");
}

function closing(tokens, index) {
  let depth = 0;
  for (let at = index; at < tokens.length; at += 1) {
    depth += tokens[at].nesting;
    if (depth === 0) return at;
  }
  return tokens.length;
}

function paragraph(content) {
  return node("paragraph", null, content);
}

function filled(blocks) {
  return blocks.length ? blocks : [paragraph([])];
}

function node(type, attrs, content) {
  return { type, ...(attrs ? { attrs } : {}), ...(content?.length ? { content } : {}) };
}

function same(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

// A short sign of what a block says: two that say the same have the same one.
export function fingerprint(json) {
  const said = JSON.stringify(withoutNoise(json));
  let [high, low] = [0xdeadbeef, 0x41c6ce57];
  for (let at = 0; at < said.length; at += 1) {
    high = Math.imul(high ^ said.charCodeAt(at), 0x9e3779b1);
    low = Math.imul(low ^ said.charCodeAt(at), 0x5f356495);
  }
  return `${said.length}-${(high >>> 0).toString(36)}-${(low >>> 0).toString(36)}`;
}

// A node in one order of keys, without what says nothing: its origin, empty settings, and cells that span nothing.
function withoutNoise({ type, text, attrs, marks, content }) {
  const kept = Object.entries(attrs ?? {})
    .filter(([name, value]) => name !== "origin" && value !== null && value !== undefined && value !== "")
    .filter(([name, value]) => !(["colspan", "rowspan"].includes(name) && value === 1))
    .sort(([one], [other]) => (one < other ? -1 : 1));
  return { type, text, attrs: kept, marks: marks?.map(withoutNoise) ?? [], content: content?.map(withoutNoise) ?? [] };
}
