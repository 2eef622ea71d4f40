// From Markdown to the editor's document (ProseMirror JSON). Needs no DOM.
//
// Every block at the top remembers its `origin`: the lines it was read from. The writer hands them out again as long
// as they still say what the block says, so that only what was edited is ever written anew.

import { DATA_KINDS, CALLOUTS, containerParams, settingsIn, tokensOf } from "./grammar.js";

const MARKS = ["link", "bold", "italic", "strike", "code", "softBreak"]; // in the order of the schema
const MARK_OF = { link: "link", strong: "bold", em: "italic", s: "strike" };

export function parseMarkdown(text) {
  const plain = text.replace(/\r\n?/g, "\n");
  const content = withOrigins(topBlocks(tokensOf(plain)), plain.split("\n"));
  return { type: "doc", content: content.length ? content : [paragraph([])] };
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
    blocks.push({ node: block(tokens, index), from, end, container: tokens[index].type.startsWith("container_") });
  }
  return blocks;
}

function withOrigins(blocks, lines) {
  return blocks.map(({ node, from, end, container }, index) => {
    const next = blocks[index + 1]?.from ?? lines.length;
    const last = index + 1 === blocks.length;
    const closed = container && /^\s*:{3,}\s*$/.test(lines[end] ?? "") ? end + 1 : end;
    let stop = Math.max(from + 1, Math.min(closed, next));
    while (stop > from + 1 && !lines[stop - 1].trim()) stop -= 1;
    const origin = {
      head: index === 0 && from > 0 ? `${lines.slice(0, from).join("\n")}\n` : "",
      text: lines.slice(from, stop).join("\n"),
      // What follows up to the next block: empty lines, and definitions of link addresses.
      tail: `${stop < lines.length ? "\n" : ""}${lines.slice(stop, next).join("\n")}${last || stop === next ? "" : "\n"}`,
      from,
      to: last ? -1 : next,
    };
    return { ...node, attrs: { ...node.attrs, origin } };
  });
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
      return list(tokens, index, "orderedList", { start: Number(token.attrGet("start") ?? 1), delimiter: token.markup });
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
    if (token.type === "text" || token.type === "code_inline") return token.content;
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
