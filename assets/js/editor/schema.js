// The document that the visual editor holds: everything an article's Markdown can say, and nothing else. No interface:
// toolbar, menus and the looks of blocks are others' work, which extends these (`nodeViews`, or the exported nodes).
// An Editor that uses them needs injectCSS: false, because pages allow no style of their own.

import { Extension, Mark, Node, mergeAttributes } from "@tiptap/core";
import { Blockquote } from "@tiptap/extension-blockquote";
import { Bold } from "@tiptap/extension-bold";
import { Code } from "@tiptap/extension-code";
import { CodeBlock } from "@tiptap/extension-code-block";
import { Document } from "@tiptap/extension-document";
import { HardBreak } from "@tiptap/extension-hard-break";
import { Heading } from "@tiptap/extension-heading";
import { HorizontalRule } from "@tiptap/extension-horizontal-rule";
import { Italic } from "@tiptap/extension-italic";
import { BulletList, ListItem, ListKeymap, OrderedList } from "@tiptap/extension-list";
import { Paragraph } from "@tiptap/extension-paragraph";
import { Strike } from "@tiptap/extension-strike";
import { Table, TableCell, TableHeader, TableRow } from "@tiptap/extension-table";
import { Text } from "@tiptap/extension-text";

const BLOCKS = ["paragraph", "heading", "blockquote", "bulletList", "orderedList", "codeBlock", "horizontalRule",
  "table", "dataBlock", "note", "callout"];

// The extensions of the model. `nodeViews`: {image: addNodeView, dataBlock: addNodeView, ...} of the interface.
export function extensions({ nodeViews = {} } = {}) {
  const model = [Document, Paragraph, Text, ...MARKS, ...NODES, Origin, ListKeymap];
  return model.map((one) => (nodeViews[one.name] ? one.extend({ addNodeView: nodeViews[one.name] }) : one));
}

// Whether an article may link to an address: http(s), mailto, tel, a path of the site, a place on the page, an article.
export function isAllowedAddress(address) {
  if (!address || /[\x00-\x20\x7f\\<>"]/.test(address) || address.startsWith("//")) return false;
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(address)?.[1].toLowerCase();
  return !scheme || ["http", "https", "mailto", "tel", "article"].includes(scheme);
}

// `auto`: written as <https://...>, where the words are the address.
const Link = Mark.create({
  name: "link",
  priority: 1000,
  inclusive: false,
  addAttributes() {
    return {
      href: { default: "", rendered: false, parseHTML: (element) => element.getAttribute("href") ?? "" },
      title: { default: "", parseHTML: (element) => element.getAttribute("title") ?? "" },
      auto: { default: false, rendered: false },
    };
  },
  parseHTML() {
    return [{ tag: "a[href]", getAttrs: (element) => isAllowedAddress(element.getAttribute("href")) && null }];
  },
  renderHTML({ mark, HTMLAttributes }) {
    const href = isAllowedAddress(mark.attrs.href) ? { href: mark.attrs.href } : {};
    return ["a", mergeAttributes(HTMLAttributes.title ? HTMLAttributes : {}, href), 0];
  },
});

// A space at which the file begins a new line. It is a space like any other to whoever edits.
const SoftBreak = Mark.create({
  name: "softBreak",
  inclusive: false,
  excludes: "",
  parseHTML: () => [{ tag: "span[data-soft-break]" }],
  renderHTML: () => ["span", { "data-soft-break": "" }, 0],
});

// A photo of the library: src is asset:ID, title the caption. Alone in its paragraph it becomes a figure.
const Image = Node.create({
  name: "image",
  group: "inline",
  inline: true,
  draggable: true,
  addAttributes() {
    return {
      src: kept("src"), alt: kept("alt"), title: kept("title"),
    };
  },
  // Photos of elsewhere are not taken over: an article shows what is in the library.
  parseHTML: () => [{ tag: "img[data-src^='asset:']" }],
  renderHTML: ({ HTMLAttributes }) => ["img", HTMLAttributes],
});

// A block that carries data: ```kind, lines of YAML, ```. `text` are those lines, kept to the byte.
const DataBlock = Node.create({
  name: "dataBlock",
  group: "block",
  atom: true,
  draggable: true,
  isolating: true,
  addAttributes() {
    return { kind: kept("kind", "video"), info: kept("info"), text: kept("text") };
  },
  parseHTML: () => [{ tag: "div[data-block='data']" }],
  renderHTML: ({ HTMLAttributes }) => ["div", mergeAttributes(HTMLAttributes, { "data-block": "data" })],
});

// `params`: the settings as the file has them ({title="..."}), for what we do not know and how they are written.
const Note = prose("note", {});
const Callout = prose("callout", { kind: kept("kind", "info") });

const MARKS = [Link, Bold, Italic, Strike, Code.extend({ excludes: "" }), SoftBreak];

const NODES = [
  Heading.configure({ levels: [1, 2, 3, 4, 5, 6] }),
  Blockquote,
  BulletList.extend({ addAttributes: listAttributes({ bullet: hidden("-") }) }),
  OrderedList.extend({ addAttributes: listAttributes({ start: startNumber(), delimiter: hidden(".") }) }),
  ListItem.extend({ content: "block+" }),
  CodeBlock,
  HardBreak,
  HorizontalRule,
  Image,
  Table.extend({ renderHTML: ({ HTMLAttributes }) => ["table", HTMLAttributes, ["tbody", 0]] }),
  TableRow.extend({ content: "(tableCell | tableHeader)+" }),
  cell(TableHeader),
  cell(TableCell),
  DataBlock,
  Note,
  Callout,
];

// Where a block of the top comes from in the file (see reading.js). It is not part of what the block says.
const Origin = Extension.create({
  name: "origin",
  addGlobalAttributes: () => [{ types: BLOCKS, attributes: { origin: { ...hidden(null), keepOnSplit: false } } }],
});

function prose(name, more) {
  return Node.create({
    name,
    group: "block",
    content: "block+",
    defining: true,
    addAttributes: () => ({ title: kept("title"), ...more, params: kept("params") }),
    parseHTML: () => [{ tag: `aside[data-block='${name}']` }],
    renderHTML: ({ HTMLAttributes }) => ["aside", mergeAttributes(HTMLAttributes, { "data-block": name }), 0],
  });
}

// Cells hold words only, and say in which direction these stand.
function cell(base) {
  return base.extend({
    content: "paragraph",
    addAttributes() {
      return { ...this.parent?.(), align: { ...kept("align", null), parseHTML: alignment } };
    },
  });
}

function alignment(element) {
  const wanted = element.dataset.align ?? element.getAttribute("align") ??
    /text-align:\s*(\w+)/.exec(element.getAttribute("style") ?? "")?.[1];
  return ["left", "center", "right"].includes(wanted) ? wanted : null;
}

// `tight`: no empty lines between the items.
function listAttributes(own) {
  const isTight = (element) => !element.querySelector(":scope > li > p + p");
  return () => ({ ...own, tight: { default: true, rendered: false, parseHTML: isTight } });
}

function startNumber() {
  const number = (element) => Number.parseInt(element.getAttribute("start") ?? "1", 10) || 0;
  const allowed = (element) => Math.min(Math.max(number(element), 0), 999_999_999);
  return { default: 1, parseHTML: allowed, renderHTML: ({ start }) => (start === 1 ? {} : { start }) };
}

// An attribute that goes through the clipboard as data-name.
function kept(name, value = "") {
  return {
    default: value,
    parseHTML: (element) => element.getAttribute(`data-${name}`) ?? value,
    renderHTML: (attrs) => (attrs[name] === value ? {} : { [`data-${name}`]: attrs[name] }),
  };
}

function hidden(value) {
  return { default: value, rendered: false, parseHTML: () => value };
}
