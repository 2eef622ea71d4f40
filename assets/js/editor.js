// The visual editor of articles: loaded by the edit page only.

export { changedBy, parseMarkdown, toMarkdown } from "./editor/codec.js";
export { extensions } from "./editor/schema.js";
