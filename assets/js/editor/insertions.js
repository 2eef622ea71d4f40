// Everything that can be put into the text: for the slash menu, the toolbar and its "Insert" button.

import { fillIn } from "./block-form.js";
import { insertBlock } from "./blocks.js";
import { chooseAssets } from "./dialogs.js";
import { CALLOUTS, KINDS } from "./kinds.js";
import { toYaml } from "./yaml.js";

const callouts = Object.entries(CALLOUTS).map(([kind, { name, icon }]) => ({
  id: kind, label: name, words: "A box that stands out", icon, find: `callout ${kind} box`,
  run: (editor) => insertBlock(editor, prose("callout", { kind })),
}));

const INSERTIONS = [
  { id: "heading-2", label: "Heading", words: "A new part of the article", icon: "heading-2", find: "h2 title", run: (editor) => heading(editor, 2) },
  { id: "heading-3", label: "Smaller heading", words: "A part of a part", icon: "heading-3", find: "h3 subheading", run: (editor) => heading(editor, 3) },
  { id: "bullets", label: "Bulleted list", icon: "list", find: "ul points", run: (editor) => editor.chain().focus().toggleBulletList().run() },
  { id: "numbers", label: "Numbered list", icon: "list-ordered", find: "ol steps", run: (editor) => editor.chain().focus().toggleOrderedList().run() },
  { id: "quote", label: "Quote", icon: "quote", find: "blockquote citation", run: (editor) => editor.chain().focus().toggleBlockquote().run() },
  { id: "photo", label: "Photo", words: "With caption, from the library or this device", icon: "image-plus", find: "image picture figure", run: photo },
  { id: "gallery", label: "Gallery", words: "Several photos side by side", icon: "images", find: "photos images", run: gallery },
  { id: "video", label: "Video", words: "With captions and poster, from the library", icon: "film", find: "film movie", run: video },
  { id: "embed", label: "YouTube or Vimeo", words: "Loads only when a visitor presses play", icon: "circle-play", find: "embed video", run: (editor) => form(editor, "embed") },
  { id: "note", label: "Author’s note", words: "In your own voice, set apart", icon: "sticky-note", find: "aside box personal", run: (editor) => insertBlock(editor, prose("note", { title: "Author’s Note" })) },
  ...callouts,
  { id: "faq", label: KINDS.faq.name, words: "Answers that open with a click", icon: "circle-help", find: "faq", run: (editor) => form(editor, "faq") },
  { id: "cta", label: "Call to action", words: "An invitation to book a visit", icon: "calendar-check", find: "booking cta appointment", run: (editor) => form(editor, "cta", { label: "Book a visit" }) },
  { id: "button", label: "Button", words: "A link that is hard to miss", icon: "mouse-pointer-click", find: "link", run: (editor) => form(editor, "button") },
  { id: "map", label: "Map link", words: "How to find you", icon: "map-pin", find: "address directions place", run: (editor) => form(editor, "map") },
  { id: "table", label: "Table", icon: "table", find: "grid rows columns", run: table },
  { id: "rule", label: "Divider", words: "A line between two parts", icon: "minus", find: "rule hr line separator", run: (editor) => insertBlock(editor, { type: "horizontalRule" }) },
  { id: "code", label: "Code", words: "Text that stays as typed", icon: "code", find: "pre monospace", run: (editor) => editor.chain().focus().toggleCodeBlock().run() },
];

// The insertions that fit some typed letters, best first: a name that begins so comes before one that only mentions it.
export function matching(words) {
  const wanted = words.trim().toLowerCase();
  const rank = ({ label, find }) => {
    const name = label.toLowerCase();
    if (name.startsWith(wanted)) return 0;
    if (`${name} ${find}`.split(/\s+/).some((word) => word.startsWith(wanted))) return 1;
    return `${name} ${find}`.includes(wanted) ? 2 : 3;
  };
  return INSERTIONS.map((item) => [rank(item), item]).filter(([at]) => at < 3).sort(([a], [b]) => a - b).map(([, item]) => item);
}

export function insertion(id) {
  return INSERTIONS.find((item) => item.id === id);
}

export function photoNode({ id, alt }) {
  return { type: "paragraph", content: [{ type: "image", attrs: { src: `asset:${id}`, alt: alt ?? "", title: "" } }] };
}

export function videoNode({ id }) {
  return dataBlock("video", toYaml({ asset: id }));
}

export function dataBlock(kind, text) {
  return { type: "dataBlock", attrs: { kind, info: kind, text } };
}

function heading(editor, level) {
  return editor.chain().focus().toggleHeading({ level }).run();
}

function prose(type, attrs) {
  return { type, attrs, content: [{ type: "paragraph" }] };
}

async function photo(editor) {
  const fromDevice = (files) => editor.storage.surface.upload(files);
  for (const chosen of await chooseAssets({ kind: "photo", label: "Choose a photo", fromDevice })) insertBlock(editor, photoNode(chosen));
  editor.view.focus();
}

async function gallery(editor) {
  const chosen = await chooseAssets({ kind: "photo", label: "Choose the photos of the gallery", multiple: true });
  if (chosen.length) insertBlock(editor, dataBlock("gallery", toYaml({ photos: chosen.map(({ id }) => id) })));
  editor.view.focus();
}

async function video(editor) {
  const fromDevice = (files) => editor.storage.surface.upload(files);
  for (const chosen of await chooseAssets({ kind: "video", label: "Choose a video", fromDevice })) insertBlock(editor, videoNode(chosen));
  editor.view.focus();
}

async function form(editor, kind, fields = {}) {
  const text = await fillIn(kind, fields, "Insert");
  if (text !== null) insertBlock(editor, dataBlock(kind, text));
  editor.view.focus();
}

function table(editor) {
  const cell = (type) => ({ type, content: [{ type: "paragraph" }] });
  const row = (type) => ({ type: "tableRow", content: [cell(type), cell(type), cell(type)] });
  insertBlock(editor, { type: "table", content: [row("tableHeader"), row("tableCell"), row("tableCell")] });
}
