// A photo in the text: the picture itself, its alt text and its caption, both written in place.

import { chooseAssets } from "../dialogs.js";
import { iconButton, make } from "../dom.js";
import { changes, picture } from "../library.js";
import { field, ownEvents, setAttribute, tools } from "./tools.js";

const NO_ALT = "Say what this photo shows: people who cannot see it, and search engines, read it here.";

export function photoView({ node, getPos, editor }) {
  return new PhotoView(node, getPos, editor);
}

class PhotoView {
  constructor(node, getPos, editor) {
    Object.assign(this, { node, getPos, editor });
    this.img = make("img", { alt: "", draggable: "false" });
    this.note = make("span", { class: "rt-photo__problem", role: "note" });
    this.alt = this.field("alt", "Alt text", "What does this photo show?");
    this.title = this.field("title", "Caption", "Caption (may be empty)");
    const replace = iconButton("image-plus", "Choose another photo", () => this.replace());
    const frame = make("span", { class: "rt-photo__frame" }, this.img, tools({ editor, getPos, what: "Photo", more: [replace] }));
    const alt = make("span", { class: "rt-photo__alt" }, make("span", { class: "rt-photo__label", "aria-hidden": "true" }, "Alt"), this.alt);
    this.dom = make("span", { class: "rt-photo", contenteditable: "false" }, frame, this.note, this.title, alt);
    this.again = () => this.show();
    changes.addEventListener("change", this.again);
    this.show();
  }

  field(name, label, placeholder) {
    const { editor, getPos } = this;
    const element = make("textarea", { rows: 1, placeholder, class: `rt-inline rt-photo__${name}` });
    const changed = (value) => {
      setAttribute(editor, getPos(), name, value);
      this.mark();
    };
    return field(element, { editor, getPos, value: this.node.attrs[name], changed, label });
  }

  get id() {
    return this.node.attrs.src.replace(/^asset:/, "");
  }

  async show() {
    this.tell("");
    const found = await picture(this.id).catch(() => undefined);
    if (found === undefined) this.tell("The photo cannot be shown: no connection.");
    else if (!found) this.tell("This photo is not in the library any more. Choose another one, or delete it.");
    else if (found.kind !== "photo") this.tell("This is a video. Delete it, and insert it with “Video”.");
    else this.picture(found);
  }

  picture({ src, srcset, width, height }) {
    this.img.width = width;
    this.img.height = height;
    this.img.sizes = "44rem";
    this.img.srcset = srcset ?? "";
    this.img.src = src;
  }

  tell(problem) {
    this.problem = problem;
    this.mark();
  }

  mark() {
    const problem = this.problem || (this.alt.value.trim() ? "" : NO_ALT);
    this.note.textContent = problem;
    this.note.hidden = !problem;
    this.dom.classList.toggle("rt-photo--problem", Boolean(problem));
    this.img.alt = this.alt.value;
  }

  async replace() {
    const [chosen] = await chooseAssets({ kind: "photo", label: "Choose another photo" });
    if (!chosen) return;
    const { state, view } = this.editor;
    const attrs = { ...this.node.attrs, src: `asset:${chosen.id}`, alt: chosen.alt };
    view.dispatch(state.tr.setNodeMarkup(this.getPos(), null, attrs));
    view.focus();
  }

  update(node) {
    if (node.type !== this.node.type) return false;
    const moved = node.attrs.src !== this.node.attrs.src;
    this.node = node;
    for (const name of ["alt", "title"]) {
      if (document.activeElement !== this[name] && this[name].value !== node.attrs[name]) this[name].value = node.attrs[name];
    }
    if (moved) this.show();
    else this.mark();
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
