// A list of options below a cursor or a field: the slash menu, and the search for articles.

import { icon, make } from "./dom.js";

let lists = 0;

export class Options {
  // `chosen(item)` is called with what is taken; items are {label, words?, icon?}.
  constructor(label, chosen) {
    this.id = `rt-options-${(lists += 1)}`;
    this.element = make("ul", { role: "listbox", id: this.id, "aria-label": label, class: "rt-options", tabindex: "0", hidden: true });
    this.chosen = chosen;
    this.items = [];
    this.at = 0;
    this.element.addEventListener("pointerdown", (event) => event.preventDefault()); // the cursor stays in the text
    this.element.addEventListener("click", (event) => {
      const option = event.target.closest("[role=option]");
      if (option) this.chosen(this.items[Number(option.dataset.index)]);
    });
  }

  get open() {
    return !this.element.hidden;
  }

  get active() {
    return this.open ? this.items[this.at] : undefined;
  }

  get activeId() {
    return this.open && this.items.length ? `${this.id}-${this.at}` : null;
  }

  show(items) {
    this.items = items;
    this.at = 0;
    this.element.replaceChildren(...items.map((item, index) => this.option(item, index)));
    this.element.hidden = items.length === 0;
    this.mark();
  }

  hide() {
    this.element.hidden = true;
  }

  move(step) {
    this.at = (this.at + step + this.items.length) % this.items.length;
    this.mark();
  }

  option(item, index) {
    const words = make("span", { class: "rt-option__words" }, make("span", { class: "rt-option__label" }, item.label),
      item.words ? make("span", { class: "rt-option__hint" }, item.words) : null);
    const attributes = { role: "option", id: `${this.id}-${index}`, class: "rt-option", "data-index": index };
    return make("li", attributes, item.icon ? icon(item.icon) : null, words);
  }

  mark() {
    [...this.element.children].forEach((option, index) => option.setAttribute("aria-selected", String(index === this.at)));
    this.element.children[this.at]?.scrollIntoView({ block: "nearest" });
  }
}
