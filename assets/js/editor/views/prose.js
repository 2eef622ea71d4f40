// An author's note or a callout: its title is written in place, the prose below is text like any other.

import { icon, make } from "../dom.js";
import { CALLOUTS } from "../kinds.js";
import { field, setAttribute, tools } from "./tools.js";

export function proseView({ node, getPos, editor }) {
  return new ProseView(node, getPos, editor);
}

class ProseView {
  constructor(node, getPos, editor) {
    Object.assign(this, { node, getPos, editor });
    const what = node.type.name === "note" ? "Author’s note" : "Callout";
    const changed = (value) => setAttribute(editor, getPos(), "title", value);
    const input = make("input", { type: "text", class: "rt-inline rt-prose__title", placeholder: "Title (may be empty)" });
    this.title = field(input, { editor, getPos, value: node.attrs.title, changed, label: `Title of the ${what.toLowerCase()}`, enter: () => this.enter() });
    this.sign = make("span", { class: "rt-prose__sign" });
    this.kind = node.type.name === "callout" ? this.kinds() : null;
    this.head = make("div", { class: "rt-prose__head", contenteditable: "false" }, this.sign, this.title, this.kind, tools({ editor, getPos, what }));
    this.contentDOM = make("div", { class: "rt-prose__text" });
    this.dom = make("div", { class: "rt-prose", role: "group", "aria-label": what }, this.head, this.contentDOM);
    this.mark();
  }

  kinds() {
    const options = Object.entries(CALLOUTS).map(([value, { name }]) => make("option", { value }, name));
    const select = make("select", { class: "rt-inline rt-prose__kind", "aria-label": "Kind of callout" }, options);
    select.addEventListener("change", (event) => {
      event.stopPropagation();
      setAttribute(this.editor, this.getPos(), "kind", select.value);
    });
    select.addEventListener("input", (event) => event.stopPropagation());
    return select;
  }

  enter() {
    this.editor.commands.focus(this.getPos() + 2);
  }

  mark() {
    const { kind } = this.node.attrs;
    this.sign.replaceChildren(icon(CALLOUTS[kind]?.icon ?? "sticky-note"));
    this.dom.dataset.kind = kind ?? "note";
    if (this.kind) this.kind.value = kind;
  }

  update(node) {
    if (node.type !== this.node.type) return false;
    this.node = node;
    if (document.activeElement !== this.title && this.title.value !== node.attrs.title) this.title.value = node.attrs.title;
    this.mark();
    return true;
  }

  stopEvent(event) {
    return this.head.contains(event.target);
  }

  ignoreMutation(mutation) {
    return mutation.type !== "selection" && !this.contentDOM.contains(mutation.target);
  }
}
