// What opens a list while somebody types: "/" at the start of a block for blocks, "@" for articles.

import { Extension } from "@tiptap/core";
import { Plugin, PluginKey, Selection } from "@tiptap/pm/state";
import { asOption, findArticles } from "./articles.js";
import { make } from "./dom.js";
import { matching } from "./insertions.js";
import { Options } from "./options.js";

const SLASH = {
  label: "Blocks",
  match: (before) => /^\/([^\s/][^/]{0,30})?$/.exec(before),
  find: async (words) => matching(words),
  none: "No block of this name. Esc closes this list.",
  choose(editor, range, item) {
    editor.chain().deleteRange(range).run();
    item.run(editor);
  },
};

const MENTION = {
  label: "Articles of this site",
  match: (before) => /(?:^|[\s(])@([^@\n]{0,40})$/.exec(before),
  find: async (words, signal) => (await findArticles(words, signal)).slice(0, 8).map(asOption),
  none: "",
  choose(editor, range, { id, title }) {
    const link = { type: "link", attrs: { href: `article:${id}`, title: "", auto: false } };
    editor.chain().focus().insertContentAt(range, { type: "text", text: title, marks: [link] }).unsetMark("link").run();
  },
};

export const Suggesting = Extension.create({
  name: "suggesting",
  priority: 1100, // before Enter makes a new paragraph
  addStorage: () => ({ menu: null }),
  addProseMirrorPlugins() {
    return [new Plugin({
      key: new PluginKey("suggesting"),
      view: () => (this.storage.menu = new Menu(this.editor)),
      props: { handleKeyDown: (_view, event) => this.storage.menu?.key(event) ?? false },
    })];
  },
});

class Menu {
  constructor(editor) {
    this.editor = editor;
    this.options = new Options("", (item) => this.take(item));
    this.none = make("p", { class: "rt-menu__none", hidden: true });
    this.element = make("div", { class: "rt-menu", hidden: true }, this.options.element, this.none);
    editor.storage.surface.host.append(this.element);
    this.blurred = () => this.leave();
    editor.view.dom.addEventListener("blur", this.blurred);
  }

  update(view, before) {
    if (before && before.doc.eq(view.state.doc) && before.selection.eq(view.state.selection)) return;
    const found = this.found(view.state);
    if (!found || this.refused === found.from) {
      if (!found) this.refused = this.offered = null;
      this.close();
    } else this.search(found);
  }

  // The list for those who press a button instead of "/": closed without a choice, it leaves no sign in the text.
  offer() {
    const { editor } = this;
    const { selection, doc } = editor.state;
    const { $from } = selection;
    const isFree = $from.parent.type.name === "paragraph" && $from.parent.content.size === 0;
    const paragraph = doc.type.schema.nodes.paragraph.create(null, doc.type.schema.text("/"));
    const below = $from.depth ? $from.after(1) : selection.to;
    const tr = isFree ? editor.state.tr.insertText("/") : editor.state.tr.insert(below, paragraph);
    if (!isFree) tr.setSelection(Selection.near(tr.doc.resolve(below + 2)));
    editor.view.focus();
    editor.view.dispatch(tr.scrollIntoView());
    this.offered = true;
  }

  found({ selection, doc }) {
    const { $from, empty } = selection;
    if (!empty || !$from.parent.isTextblock || $from.parent.type.spec.code || !this.editor.view.hasFocus()) return null;
    const before = $from.parent.textBetween(0, $from.parentOffset, "\n", "\ufffc");
    for (const kind of [SLASH, MENTION]) {
      const match = kind.match(before);
      const words = match?.[1] ?? "";
      if (match) return { kind, words, from: $from.pos - words.length - 1, to: $from.pos, doc };
    }
    return null;
  }

  async search(found) {
    this.asking?.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    this.at = found;
    const items = await found.kind.find(found.words, signal).catch(() => []);
    if (!signal.aborted) this.show(items, found.kind);
  }

  show(items, kind) {
    this.options.element.setAttribute("aria-label", kind.label);
    this.options.show(items);
    this.none.textContent = kind.none;
    this.none.hidden = items.length > 0 || !kind.none;
    this.element.hidden = items.length === 0 && !kind.none;
    if (this.element.hidden) return this.close();
    this.place();
    return this.announce(items.length ? `${items.length} found. ` : kind.none);
  }

  // Below the cursor; above it where there is no room below, but is between the cursor and the bars.
  place() {
    const host = this.element.offsetParent?.getBoundingClientRect() ?? { left: 0, top: 0, width: innerWidth };
    const at = this.editor.view.coordsAtPos(this.at.from);
    const { offsetWidth: width, offsetHeight: height } = this.element;
    const bars = this.element.parentElement.querySelector(".rt-bars")?.getBoundingClientRect().bottom ?? 0;
    const below = at.bottom + height + 12 < (visualViewport?.height ?? innerHeight) || at.top < bars + height + 12;
    this.element.style.left = `${Math.max(0, Math.min(at.left - host.left, host.width - width))}px`;
    this.element.style.top = `${(below ? at.bottom + 6 : at.top - height - 6) - host.top}px`;
  }

  key(event) {
    if (this.element.hidden || event.isComposing) return false;
    if (event.key === "Escape") return this.refuse();
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!this.options.open) return false;
    if (step) this.options.move(step);
    else if (event.key === "Enter" || event.key === "Tab") return this.take(this.options.active);
    else return false;
    this.announce("");
    return true;
  }

  take(item) {
    const { kind, from, to } = this.at;
    this.offered = null;
    this.close();
    kind.choose(this.editor, { from, to }, item);
    return true;
  }

  refuse() {
    this.refused = this.at.from;
    this.leave();
    return true;
  }

  leave() {
    this.close();
    if (!this.offered) return;
    this.offered = null;
    this.editor.view.dispatch(this.editor.state.tr.delete(this.at.from, this.at.to));
  }

  announce(first) {
    const { active, items, at, activeId } = this.options;
    const text = this.editor.view.dom;
    text.setAttribute("aria-controls", this.options.id);
    if (activeId) text.setAttribute("aria-activedescendant", activeId);
    else text.removeAttribute("aria-activedescendant");
    this.editor.storage.surface.say(active ? `${first}${active.label}, ${at + 1} of ${items.length}` : first);
  }

  close() {
    this.asking?.abort();
    this.element.hidden = true;
    this.options.hide();
    for (const name of ["aria-activedescendant", "aria-controls"]) this.editor.view?.dom.removeAttribute(name);
  }

  destroy() {
    this.asking?.abort();
    this.element.remove();
  }
}
