// <rich-text for="ID">: two ways to write the Markdown of a textarea: "Write", where everything looks as it will, and
// "Markdown". The textarea is the only truth: what is written goes there at once and everybody else listens to its
// `input` events. Without this script it stands alone. Inside: [data-raw], which holds the textarea.

import { changedBy } from "./guard.js";
import { parseMarkdown, toMarkdown } from "./codec.js";
import { icon, iconButton, make } from "./dom.js";
import { openSurface } from "./surface.js";
import { tableToolbar, textToolbar } from "./toolbar.js";

const PAUSE_MS = 150;
const CHOICE = "drumbeat.editor";

class RichText extends HTMLElement {
  connectedCallback() {
    if (this.tabs) return;
    this.area = document.getElementById(this.getAttribute("for"));
    this.raw = this.querySelector("[data-raw]");
    this.build();
    this.listen();
    this.open(remembered() === "markdown" ? "markdown" : "write");
  }

  build() {
    this.write = make("div", { role: "tabpanel", id: "rt-write", "aria-labelledby": "rt-tab-write", class: "rt-write" });
    Object.assign(this.raw, { id: "rt-markdown" });
    this.raw.setAttribute("role", "tabpanel");
    this.raw.setAttribute("aria-labelledby", "rt-tab-markdown");
    this.tabs = [this.tab("write", "Write"), this.tab("markdown", "Markdown")];
    this.status = make("p", { class: "visually-hidden", role: "status" });
    this.warnings = make("div", { class: "rt-warnings" });
    const list = make("div", { role: "tablist", "aria-label": "How to write", class: "rt-tabs" }, this.tabs);
    list.addEventListener("keydown", (event) => this.walk(event));
    this.reason = make("div", { class: "notice notice-warn rt-reason", role: "note", hidden: true });
    this.prepend(this.warnings, list, this.status, this.write);
    this.raw.prepend(this.reason);
  }

  tab(name, label) {
    const attributes = { type: "button", role: "tab", id: `rt-tab-${name}`, "aria-controls": `rt-${name}`, class: "rt-tab", "data-mode": name };
    return make("button", { ...attributes, onclick: () => this.choose(name) }, label);
  }

  walk(event) {
    if (!["ArrowLeft", "ArrowRight", "Home", "End"].includes(event.key)) return;
    event.preventDefault();
    const other = this.tabs.find((tab) => tab !== event.target);
    this.choose(other.dataset.mode);
    other.focus();
  }

  listen() {
    const { form } = this.area;
    this.area.addEventListener("input", () => !this.writing && this.editor && this.read());
    // Whoever sends the form gets the text as it is, also within the pause.
    document.addEventListener("submit", (event) => event.target === form && this.flush(), true);
    form.addEventListener("formdata", (event) => this.editor && event.formData.set(this.area.name, this.text()));
    addEventListener("pagehide", () => this.flush());
    document.addEventListener("click", (event) => {
      if (event.target.closest?.(`a[href="#${this.area.id}"]`) && this.editor) {
        event.preventDefault();
        this.editor.commands.focus();
      }
    });
  }

  choose(mode) {
    remember(mode);
    this.open(mode);
  }

  // Open one of the two; a text that the editor could not hold opens as Markdown and says why.
  open(mode, anyway = false) {
    this.flush();
    const why = mode === "write" && !anyway ? changedBy(this.area.value) : "";
    const shown = why ? "markdown" : mode;
    this.explain(why);
    for (const tab of this.tabs) {
      const on = tab.dataset.mode === shown;
      tab.setAttribute("aria-selected", String(on));
      tab.tabIndex = on ? 0 : -1;
    }
    this.write.hidden = shown !== "write";
    this.raw.hidden = shown === "write";
    this.dataset.mode = shown;
    if (shown === "write") this.read();
    else this.close();
  }

  explain(why) {
    const anyway = make("button", { type: "button", class: "button button-small", onclick: () => this.open("write", true) }, "Write visually anyway");
    const words = make("div", {}, make("p", {}, make("strong", {}, "This text is shown as Markdown, so that nothing of it is lost. "), why), anyway);
    this.reason.replaceChildren(...(why ? [icon("triangle-alert"), words] : []));
    this.reason.hidden = !why;
  }

  // Take the text of the textarea into the editor, unless it is there already.
  read() {
    const text = this.area.value;
    if (this.editor && text === this.last) return;
    this.last = text;
    if (this.editor) this.editor.commands.setContent(parseMarkdown(text), { emitUpdate: false });
    else this.start(parseMarkdown(text));
    this.opened = { text, written: toMarkdown(this.editor.state.doc) };
    this.update();
  }

  start(content) {
    const page = make("div", { class: "rt-page" });
    this.editor = openSurface({
      element: page,
      content,
      host: this.write,
      say: (words) => this.say(words),
      warn: (words) => this.warn(words),
      toToolbar: () => this.bar.focus(),
      changed: () => this.later(),
      attributes: {
        class: "rt-surface", role: "textbox", "aria-multiline": "true", "aria-label": "Text of the article",
        "aria-describedby": "rt-keys", "aria-autocomplete": "list",
      },
    });
    this.bar = textToolbar(this.editor);
    this.tableBar = tableToolbar(this.editor);
    const bars = make("div", { class: "rt-bars" }, this.bar.element, this.tableBar.element);
    const keys = make("p", { class: "hint rt-keys", id: "rt-keys" }, "Type / for blocks and @ for a link to an article. Alt+F10 leads to the buttons, Alt+↑ and Alt+↓ move a block.");
    this.write.prepend(bars, page, keys);
    this.editor.on("transaction", () => this.update());
  }

  close() {
    this.editor?.destroy();
    this.editor = null;
    this.write.replaceChildren();
  }

  update() {
    this.bar.update();
    this.tableBar.update();
    this.tableBar.element.hidden = !this.editor.isActive("table");
  }

  later() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), PAUSE_MS);
  }

  // What was not edited stays as it was opened, also where the editor would write it in another way.
  text() {
    const written = toMarkdown(this.editor.state.doc);
    return written === this.opened.written ? this.opened.text : written;
  }

  flush() {
    clearTimeout(this.timer);
    if (!this.editor) return;
    const text = this.text();
    if (text === this.area.value) return;
    this.last = text;
    this.writing = true;
    this.area.value = text;
    this.area.dispatchEvent(new Event("input", { bubbles: true }));
    this.writing = false;
  }

  say(words) {
    this.status.textContent = words;
  }

  warn(words) {
    const notice = make("div", { class: "notice notice-bad", role: "alert" }, icon("circle-alert"), make("p", { class: "grow" }, words),
      iconButton("x", "Close this message", () => notice.remove()));
    this.warnings.append(notice);
  }
}

function remembered() {
  try {
    return localStorage.getItem(CHOICE);
  } catch {
    return null; // a browser that keeps nothing
  }
}

function remember(mode) {
  try {
    localStorage.setItem(CHOICE, mode);
  } catch {
    // then the next page opens as usual
  }
}

customElements.define("rich-text", RichText);
