// A block that carries data: a card that shows what visitors see, with a form behind "Edit". What cannot be read is shown
// as it stands in the file and edited as text.

import { fillIn, sentence } from "../block-form.js";
import { iconButton, make } from "../dom.js";
import { KINDS } from "../kinds.js";
import { changes, look } from "../library.js";
import { cards } from "./cards.js";
import { Gallery } from "./gallery.js";
import { ownEvents, setAttribute, tools } from "./tools.js";

export function dataBlockView({ node, getPos, editor }) {
  return new DataBlockView(node, getPos, editor);
}

class DataBlockView {
  constructor(node, getPos, editor) {
    Object.assign(this, { node, getPos, editor });
    const { name, icon } = KINDS[node.attrs.kind];
    this.edit = iconButton("pencil", `Edit: ${name}`, () => this.fillIn(), { title: "Edit (Enter)" });
    const head = make("div", { class: "rt-card__head" }, make("span", { class: "rt-card__name" }, cards.sign(icon), name),
      tools({ editor, getPos, what: name, more: [this.edit] }));
    this.problems = make("ul", { class: "rt-card__problems", role: "list", hidden: true });
    this.body = make("div", { class: "rt-card__body" });
    this.dom = make("div", { class: `rt-card rt-card--${node.attrs.kind}`, contenteditable: "false", role: "group", "aria-label": name }, head, this.body, this.problems);
    this.dom.addEventListener("rt-edit", () => this.fillIn());
    this.dom.addEventListener("dblclick", (event) => ownEvents(event) || this.fillIn());
    this.again = () => this.show();
    changes.addEventListener("change", this.again);
    this.show();
  }

  get text() {
    return this.node.attrs.text;
  }

  async show() {
    const { kind } = this.node.attrs;
    const { text } = this;
    try {
      const found = await look(kind, text);
      if (text === this.text) this.put(kind, found);
    } catch (error) {
      if (text === this.text) this.put(kind, { fields: null, problems: [{ reason: error.message }], offline: true });
    }
  }

  put(kind, { fields, data, problems, pictures, offline }) {
    this.fields = fields;
    this.tell(problems.map(({ reason }) => sentence(reason, kind)));
    this.edit.hidden = !fields;
    if (!fields) this.body.replaceChildren(offline ? cards.source(this.text) : this.source());
    else if (kind === "gallery") this.gallery(fields, pictures);
    else this.body.replaceChildren(cards[kind](data ?? fields, pictures, fields));
  }

  tell(sentences) {
    this.problems.replaceChildren(...sentences.map((words) => make("li", {}, cards.sign("triangle-alert"), make("span", {}, words))));
    this.problems.hidden = sentences.length === 0;
    this.dom.classList.toggle("rt-card--problem", sentences.length > 0);
  }

  // The lines of a block that is no YAML: whoever wrote them can mend them here.
  source() {
    const area = make("textarea", { class: "control rt-card__source", rows: Math.min(12, this.text.split("\n").length + 1), "aria-label": "The lines of this block", spellcheck: "false" });
    area.value = this.text;
    area.addEventListener("input", (event) => event.stopPropagation());
    area.addEventListener("change", (event) => {
      event.stopPropagation();
      this.set(area.value);
    });
    return area;
  }

  gallery(fields, pictures) {
    if (!this.grid) this.grid = new Gallery({ editor: this.editor, getPos: this.getPos, set: (text) => this.set(text) });
    this.grid.show(fields, pictures);
    if (this.grid.dom.parentNode !== this.body) this.body.replaceChildren(this.grid.dom);
  }

  set(text) {
    if (text !== this.text) setAttribute(this.editor, this.getPos(), "text", text);
  }

  async fillIn() {
    if (!this.fields) return this.body.querySelector("textarea")?.focus();
    const text = await fillIn(this.node.attrs.kind, this.fields);
    if (text !== null) this.set(text);
    this.editor.commands.setNodeSelection(this.getPos());
    return this.editor.view.focus();
  }

  update(node) {
    if (node.type !== this.node.type || node.attrs.kind !== this.node.attrs.kind) return false;
    const changed = node.attrs.text !== this.text;
    this.node = node;
    if (changed) this.show();
    return true;
  }

  stopEvent(event) {
    return ownEvents(event);
  }

  ignoreMutation() {
    return true;
  }

  destroy() {
    changes.removeEventListener("change", this.again);
  }
}
