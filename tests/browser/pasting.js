// What the visual editor makes of pasted HTML: the HTML that it reads, and the Markdown that is saved.

import { getSchema } from "@tiptap/core";
import { DOMParser as Reader } from "@tiptap/pm/model";
import { toMarkdown } from "../../assets/js/editor/codec.js";
import { cleanPasted } from "../../assets/js/editor/paste.js";
import { extensions } from "../../assets/js/editor/schema.js";

const reader = Reader.fromSchema(getSchema(extensions()));

export function pasted(html) {
  const clean = cleanPasted(html);
  const doc = reader.parse(new DOMParser().parseFromString(clean, "text/html").body);
  doc.check();
  return { html: clean, markdown: toMarkdown(doc) };
}
