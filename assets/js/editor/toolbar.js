// The buttons above the text. One tab stop; the arrow keys walk, Escape leads back to the text. In a table, a second bar
// with what tables need.

import { icon, make } from "./dom.js";
import { insertion } from "./insertions.js";
import { editLink } from "./link-dialog.js";

const mark = (name) => ({ run: (editor) => editor.chain().focus().toggleMark(name).run(), on: (editor) => editor.isActive(name) });
const put = (id, on) => ({ icon: insertion(id).icon, label: insertion(id).label, run: insertion(id).run, on });

const BUTTONS = [
  { icon: "plus", label: "Insert a block", words: "Insert", keys: "/", main: true, run: (editor) => editor.storage.suggesting.menu.offer() },
  { icon: "undo-2", label: "Undo", keys: "Ctrl+Z", run: (editor) => editor.chain().focus().undo().run(), can: (editor) => editor.can().undo() },
  { icon: "redo-2", label: "Redo", keys: "Ctrl+Y", run: (editor) => editor.chain().focus().redo().run(), can: (editor) => editor.can().redo() },
  null,
  { ...put("heading-2", (editor) => editor.isActive("heading", { level: 2 })), keys: "Ctrl+Alt+2" },
  { ...put("heading-3", (editor) => editor.isActive("heading", { level: 3 })), keys: "Ctrl+Alt+3" },
  { icon: "bold", label: "Bold", keys: "Ctrl+B", ...mark("bold") },
  { icon: "italic", label: "Italic", keys: "Ctrl+I", ...mark("italic") },
  { icon: "link", label: "Link", keys: "Ctrl+K", run: editLink, on: (editor) => editor.isActive("link") },
  null,
  put("bullets", (editor) => editor.isActive("bulletList")),
  put("numbers", (editor) => editor.isActive("orderedList")),
  put("quote", (editor) => editor.isActive("blockquote")),
  null,
  put("photo"), put("video"), put("note"),
];

const TABLE = [
  ["Row above", (chain) => chain.addRowBefore(), (editor) => !editor.isActive("tableHeader")],
  ["Row below", (chain) => chain.addRowAfter()],
  ["Delete row", (chain) => chain.deleteRow(), (editor) => !editor.isActive("tableHeader")],
  ["Column before", (chain) => chain.addColumnBefore()],
  ["Column after", (chain) => chain.addColumnAfter()],
  ["Delete column", (chain) => chain.deleteColumn()],
  ["Delete table", (chain) => chain.deleteTable()],
].map(([label, act, can]) => ({ label, words: label, run: (editor) => act(editor.chain().focus()).run(), can }));

export class Toolbar {
  constructor(label, wanted, editor) {
    Object.assign(this, { editor, wanted: wanted.filter(Boolean) });
    this.element = make("div", { role: "toolbar", "aria-label": label, class: "rt-bar" });
    this.buttons = this.wanted.map((one) => this.button(one));
    const parts = wanted.map((one) => (one ? this.buttons[this.wanted.indexOf(one)] : make("span", { class: "rt-bar__gap" })));
    this.element.append(...parts);
    this.element.addEventListener("keydown", (event) => this.walk(event));
    this.element.addEventListener("focusin", (event) => this.stop(event.target));
    this.stop(this.buttons[0]);
  }

  button({ icon: name, label, words, keys, main, run, on }) {
    const title = keys ? `${label} (${keys})` : label;
    const attributes = { type: "button", class: words ? `rt-bar__words${main ? " rt-bar__words--main" : ""}` : "icon-button", title, "aria-label": words ? null : label, "aria-pressed": on ? "false" : null };
    const button = make("button", attributes, name ? icon(name) : null, words ?? null);
    button.addEventListener("mousedown", (event) => event.preventDefault()); // the cursor stays in the text
    button.addEventListener("click", () => button.getAttribute("aria-disabled") !== "true" && run(this.editor));
    return button;
  }

  walk(event) {
    const at = this.buttons.indexOf(event.target);
    const last = this.buttons.length - 1;
    const next = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at ? at - 1 : last, Home: 0, End: last }[event.key];
    if (event.key === "Escape") this.editor.commands.focus();
    else if (next === undefined || at < 0) return;
    else this.buttons[next].focus();
    event.preventDefault();
  }

  stop(button) {
    if (this.buttons.includes(button)) for (const one of this.buttons) one.tabIndex = one === button ? 0 : -1;
  }

  focus() {
    this.buttons.find((button) => button.tabIndex === 0).focus();
  }

  update() {
    this.wanted.forEach(({ on, can }, index) => {
      const button = this.buttons[index];
      if (on) button.setAttribute("aria-pressed", String(on(this.editor)));
      if (can) button.setAttribute("aria-disabled", String(!can(this.editor)));
    });
  }
}

export function textToolbar(editor) {
  return new Toolbar("Text and blocks", BUTTONS, editor);
}

export function tableToolbar(editor) {
  return new Toolbar("Table", TABLE, editor);
}
