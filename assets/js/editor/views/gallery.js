// The photos of a gallery: real thumbnails with alt text and caption in place, in an order that can be changed.

import { chooseAssets } from "../dialogs.js";
import { iconButton, make } from "../dom.js";
import { toYaml } from "../yaml.js";
import { field } from "./tools.js";

export class Gallery {
  constructor({ editor, getPos, set }) {
    Object.assign(this, { editor, getPos, set, photos: [], pictures: {} });
    this.list = make("ul", { class: "rt-gallery", role: "list" });
    const add = make("button", { type: "button", class: "button button-small", onclick: () => this.add() }, "Add photos");
    this.dom = make("div", { class: "rt-gallery__all" }, this.list, add);
  }

  // Draws anew only what is not being typed into: a gallery that says what we wrote last stays as it is, unless the
  // library says something new about its photos.
  show(fields, pictures = {}) {
    const text = toYaml(fields);
    const same = text === this.written && JSON.stringify(pictures) === JSON.stringify(this.pictures);
    if (same && this.list.children.length) return;
    this.written = text;
    this.fields = fields;
    this.photos = asTables(fields.photos);
    this.pictures = pictures;
    this.draw();
  }

  draw() {
    this.list.replaceChildren(...this.photos.map((photo, index) => this.item(photo, index)));
  }

  item(photo, index) {
    const found = this.pictures[photo.asset];
    const shown = found ? make("img", { src: found.thumb, alt: found.alt }) : make("span", { class: "rt-gallery__gone" }, "Not in the library");
    const words = `photo ${index + 1} of ${this.photos.length}`;
    const tools = make("span", { class: "rt-tools" },
      iconButton("arrow-left", `Move earlier: ${words}`, () => this.move(index, -1), { disabled: index === 0, title: "Move earlier" }),
      iconButton("arrow-right", `Move later: ${words}`, () => this.move(index, 1), { disabled: index === this.photos.length - 1, title: "Move later" }),
      iconButton("x", `Take out: ${words}`, () => this.remove(index), { title: "Take out" }));
    const alt = this.field(photo, "alt", `Alt text of ${words}`, found?.alt || "What does it show?");
    const caption = this.field(photo, "caption", `Caption of ${words}`, "Caption");
    const missing = !photo.alt && !found?.alt ? make("p", { class: "rt-photo__problem" }, "Say what this photo shows.") : null;
    return make("li", { class: "rt-gallery__item" }, make("span", { class: "rt-gallery__picture" }, shown, tools), missing, caption,
      make("span", { class: "rt-photo__alt" }, make("span", { class: "rt-photo__label", "aria-hidden": "true" }, "Alt"), alt));
  }

  field(photo, name, label, placeholder) {
    const element = make("textarea", { rows: 1, placeholder, class: `rt-inline rt-photo__${name === "alt" ? "alt-field" : "title"}` });
    const changed = (value) => {
      photo[name] = value;
      this.write();
    };
    return field(element, { editor: this.editor, getPos: this.getPos, value: photo[name] ?? "", changed, label });
  }

  async add() {
    const chosen = await chooseAssets({ kind: "photo", label: "Choose photos", multiple: true });
    const fresh = chosen.filter(({ id }) => !this.photos.some((photo) => photo.asset === id));
    this.photos.push(...fresh.map(({ id }) => ({ asset: id })));
    if (fresh.length) this.redraw();
  }

  move(index, step) {
    const [photo] = this.photos.splice(index, 1);
    this.photos.splice(index + step, 0, photo);
    this.redraw();
    const place = this.list.children[index + step];
    (place?.querySelector(`button:nth-of-type(${step < 0 ? 1 : 2}):not(:disabled)`) ?? place?.querySelector("button:not(:disabled)"))?.focus();
  }

  remove(index) {
    if (this.photos.length === 1) {
      this.editor.storage.surface.say("A gallery needs a photo. Delete the whole gallery instead.");
      return;
    }
    this.photos.splice(index, 1);
    this.redraw();
    this.list.children[Math.min(index, this.photos.length - 1)]?.querySelector("button:not(:disabled)")?.focus();
  }

  redraw() {
    this.write();
    this.draw();
  }

  write() {
    const photos = this.photos.map((photo) => Object.fromEntries(Object.entries(photo).filter(([, value]) => value !== "")));
    const fields = { ...this.fields, photos: photos.map((photo) => (Object.keys(photo).length === 1 ? photo.asset : photo)) };
    this.fields = fields;
    this.written = toYaml(fields);
    this.set(this.written);
  }
}

function asTables(photos) {
  return (Array.isArray(photos) ? photos : []).map((photo) => (typeof photo === "string" ? { asset: photo } : { ...photo }));
}
