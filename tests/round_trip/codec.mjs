// Answers questions about the codec of the visual editor: a line of JSON in, a line of JSON out. `text` goes through the
// editor and back; `doc`, as the editor has it, becomes Markdown; with `find` and `put` words are changed on the way.

import { createInterface } from "node:readline";
import { getSchema } from "../../assets/node_modules/@tiptap/core/dist/index.js";
import { changedBy, parseMarkdown, toMarkdown } from "../../assets/js/editor/codec.js";
import { extensions } from "../../assets/js/editor/schema.js";

const schema = getSchema(extensions());
const anew = (doc, hand) => toMarkdown(doc, { verbatim: false, hand });

function answer({ text, thorough, doc: made, find, put }) {
  if (find) return { markdown: toMarkdown(schema.nodeFromJSON(edited(parseMarkdown(text), find, put))) };
  if (made) return { markdown: toMarkdown(schema.nodeFromJSON(made)) };
  const doc = parseMarkdown(text);
  const node = schema.nodeFromJSON(doc);
  node.check();
  const first = { kept: toMarkdown(node), anew: anew(node), refused: changedBy(text) };
  return thorough ? { ...first, ...more(doc, first.anew) } : first;
}

function more(doc, written) {
  const half = { ...doc, content: doc.content.map((block, index) => (index % 2 ? block : withoutOrigin(block))) };
  const turned = { ...doc, content: doc.content.toReversed() };
  return {
    keptFromJson: toMarkdown(doc),
    again: anew(parseMarkdown(written)),
    careful: anew(doc, "careful"),
    half: toMarkdown(half),
    turned: anew(parseMarkdown(toMarkdown(turned))),
    turnedAnew: anew(parseMarkdown(anew(turned))),
  };
}

function edited(node, find, put) {
  const content = node.content?.map((child) => edited(child, find, put));
  return { ...node, ...(content ? { content } : {}), ...(node.text ? { text: node.text.replace(find, put) } : {}) };
}

function withoutOrigin({ attrs: { origin, ...attrs }, ...block }) {
  return { ...block, attrs };
}

for await (const line of createInterface({ input: process.stdin })) {
  let result;
  try {
    result = answer(JSON.parse(line));
  } catch (error) {
    result = { error: error.stack };
  }
  process.stdout.write(`${JSON.stringify(result)}\n`);
}
