// Markdown <-> the editor's document. Runs in the browser and in Node, without a DOM.

export { changedBy } from "./guard.js";
export { parseMarkdown } from "./reading.js";
export { toMarkdown } from "./writing.js";
