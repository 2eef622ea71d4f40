// <article-preview>: what stands beside the text, in tabs: the settings of the article, the page (as a phone, a tablet, a
// desktop or paper shows it, light or dark), links to it, and the checks. On a narrow screen the tabs stand above the
// text, and the text is the first of them. <article-editor> hands it each new answer with put(), and shows the width
// that its data-beside, the name of the tab, asks for.
//
// A click on the place of a check asks the editor to go there: the event "go-to-line" with {line} bubbles from the text;
// whoever shows the text otherwise than in the textarea listens, goes there itself, and calls preventDefault().
//
// The frame is sandboxed without scripts: nothing in an article can reach the admin. It has our origin so that this
// element may change its content in place.
import { morph } from "../morph.js";
import { asOnPaper } from "../paper.js";

const WIDTH = "preview-width"; // the way of showing the page that was chosen last
const TAB = "beside-tab"; // what stood beside the text last
const NARROW = matchMedia("(max-width: 70rem)");

function remembered(key) {
  try { return localStorage.getItem(key); } catch { return null; }
}

function remember(key, value) {
  try { localStorage.setItem(key, value); } catch { /* a browser that keeps nothing asks again */ }
}

class ArticlePreview extends HTMLElement {
  connectedCallback() {
    this.editor = this.closest("article-editor");
    this.tabs = this.querySelector('[role="tablist"]');
    this.frame = this.querySelector("iframe");
    this.box = this.querySelector(".article-preview__frame");
    this.tabs.addEventListener("click", (event) => this.chosen(event.target.closest('[role="tab"]')));
    this.tabs.addEventListener("keydown", (event) => this.walk(event));
    for (const button of this.querySelectorAll("[data-width]:not(.article-preview__frame)")) {
      button.addEventListener("click", () => this.choose(button.dataset.width));
    }
    this.querySelector("[data-dark]").addEventListener("click", () => this.darken());
    this.querySelector('[data-part="checks"]').addEventListener("click", (event) => this.go(event));
    this.onLink = (event) => this.follow(event);
    document.addEventListener("click", this.onLink);
    this.frame.addEventListener("load", () => this.ready());
    this.onNarrow = () => this.arrange();
    NARROW.addEventListener("change", this.onNarrow);
    this.sizes = new ResizeObserver(() => this.fit());
    this.sizes.observe(this.box);
    if (matchMedia("(prefers-color-scheme: dark)").matches) this.darken();
    if (!this.querySelector(".field-bad, #panel-settings .error")) this.select(this.tab(remembered(TAB)) ?? this.tab("settings"));
    this.arrange();
    this.widen(remembered(WIDTH) ?? this.fitting());
    this.ready();
    this.count();
  }

  disconnectedCallback() {
    NARROW.removeEventListener("change", this.onNarrow);
    document.removeEventListener("click", this.onLink);
    this.sizes.disconnect();
  }

  // The tabs stand before what they show, on the screen and in the order of the keyboard.
  arrange() {
    if (NARROW.matches) this.editor.querySelector(".article-write").before(this.tabs);
    else this.querySelector("h2").after(this.tabs);
    const shown = this.tabs.querySelector('[aria-selected="true"]');
    this.select(NARROW.matches ? this.tab("write") : shown === this.tab("write") ? this.tab("settings") : shown);
  }

  tab(name) {
    return this.tabs.querySelector(`#tab-${name}`);
  }

  chosen(tab) {
    if (!tab) return;
    this.select(tab);
    if (tab !== this.tab("write")) remember(TAB, tab.id.slice("tab-".length));
  }

  select(tab) {
    for (const other of this.tabs.querySelectorAll('[role="tab"]')) {
      other.setAttribute("aria-selected", String(other === tab));
      other.tabIndex = other === tab ? 0 : -1;
    }
    for (const panel of this.querySelectorAll('[role="tabpanel"]')) panel.hidden = panel.id !== tab.getAttribute("aria-controls");
    this.editor.toggleAttribute("data-reading", tab !== this.tab("write"));
    this.editor.dataset.beside = tab.id.slice("tab-".length);
    this.fit();
  }

  walk(event) {
    const shown = [...this.tabs.querySelectorAll('[role="tab"]')].filter((tab) => tab.checkVisibility());
    const at = shown.indexOf(event.target);
    const next = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: -1 }[event.key];
    if (next === undefined || at < 0) return;
    event.preventDefault();
    const tab = shown.at(next % shown.length);
    this.chosen(tab);
    tab.focus();
  }

  // A click on a link in the preview must not lead away from it: a new window is asked for, and the sandbox says no.
  ready() {
    const page = this.frame.contentDocument;
    if (!page?.head) return;
    if (!page.head.querySelector("base")) {
      const base = page.createElement("base");
      base.target = "_blank";
      page.head.append(base);
    }
    this.dress();
  }

  put({ html, cards, checks }) {
    const fresh = new DOMParser().parseFromString(html, "text/html");
    const shown = this.frame.contentDocument;
    if (shown?.body) morph(shown.body, fresh.body);
    for (const [name, text] of Object.entries({ cards, checks })) this.fill(name, text);
    this.count();
  }

  fill(name, text) {
    const part = this.querySelector(`[data-part="${name}"]`);
    const fresh = new DOMParser().parseFromString(text, "text/html").body;
    const open = [...part.querySelectorAll("details[open]")].map((details) => details.id);
    for (const id of open) fresh.querySelector(`#${id}`)?.setAttribute("open", "");
    const old = part.querySelector("section");
    morph(old, fresh.querySelector("section"));
  }

  count() {
    const { asking, blocking } = this.querySelector(".checks").dataset;
    const badge = this.tabs.querySelector("[data-count]");
    badge.hidden = asking === "0";
    badge.textContent = asking;
    badge.classList.toggle("beside-count--blocking", blocking !== "0");
    badge.setAttribute("aria-label", blocking === "0" ? `${asking} could be better` : `${asking}, of which ${blocking} block publishing`);
    badge.setAttribute("role", "img");
  }

  go(event) {
    const place = event.target.closest(".check-places a");
    if (!place) return;
    const line = Number(place.dataset.line);
    if (!line) return; // the way to a field is that of any link
    event.preventDefault();
    if (NARROW.matches) this.select(this.tab("write"));
    this.goToLine(line);
  }

  // A link to a field (the problems on top of the page have such, and the checks) opens what it stands in.
  follow(event) {
    const { hash } = event.target.closest?.('a[href^="#"]') ?? {};
    const field = hash && document.getElementById(hash.slice(1));
    if (!field || !this.editor.contains(field)) return;
    const panel = field.closest("#article-write, .beside-panel");
    if (!panel) return;
    if (NARROW.matches || panel.id !== "article-write") this.select(this.tabs.querySelector(`[aria-controls="${panel.id}"]`));
    if (event.defaultPrevented || !field.checkVisibility()) return; // the visual editor goes to its text itself
    event.preventDefault();
    this.goToField(field);
  }

  goToLine(line) {
    const area = this.editor.querySelector("textarea#body");
    const wish = new CustomEvent("go-to-line", { detail: { line }, bubbles: true, cancelable: true });
    if (!area.dispatchEvent(wish)) return;
    const lines = area.value.split("\n");
    if (!area.checkVisibility()) return this.goToWords(lines[line - 1] ?? "");
    const start = lines.slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    area.setSelectionRange(start, start);
    area.blur();
    area.focus(); // this scrolls to the cursor, in the textarea and in the page
    area.setSelectionRange(start, start + (lines[line - 1]?.length ?? 0));
  }

  // Where the text is written as it will look there are no lines: the block that holds these words is looked for.
  goToWords(line) {
    const surface = this.editor.querySelector('[contenteditable="true"]');
    if (!surface) return;
    const words = line.replace(/^[\s>#*+-]+|^\d+[.)]\s+/g, "").split(/[[\]()*_~`!|\\]/).sort((a, b) => b.length - a.length)[0].trim();
    const blocks = [...surface.querySelectorAll("p, h1, h2, h3, h4, h5, h6, td, th, figcaption, img, div")];
    const block = words && blocks.findLast((one) => one.textContent.replace(/\s+/g, " ").includes(words) || one.alt?.includes(words));
    surface.focus({ preventScroll: true });
    if (!block) return;
    block.scrollIntoView({ block: "center" });
    getSelection().selectAllChildren(block);
  }

  goToField(field) {
    for (let outer = field.closest("details"); outer; outer = outer.parentElement.closest("details")) outer.open = true;
    field.scrollIntoView({ block: "center" });
    field.focus({ preventScroll: true });
  }

  // Before anybody chose: as wide as can still be read without a magnifying glass.
  fitting() {
    if (NARROW.matches) return "phone";
    return this.box.clientWidth < 900 ? "tablet" : "desktop";
  }

  choose(width) {
    this.widen(width);
    remember(WIDTH, width);
  }

  widen(width) {
    for (const button of this.querySelectorAll("button[data-width]")) {
      button.setAttribute("aria-pressed", String(button.dataset.width === width));
    }
    this.box.dataset.width = width;
    this.querySelector("[data-dark]").disabled = width === "print"; // paper is white
    this.dress();
    this.fit();
  }

  darken() {
    const button = this.querySelector("[data-dark]");
    button.setAttribute("aria-pressed", String(button.getAttribute("aria-pressed") !== "true"));
    this.dress();
  }

  // Light, dark or paper, whatever the screen of the writer is.
  dress() {
    const page = this.frame.contentDocument;
    if (!page?.documentElement) return;
    const print = this.box.dataset.width === "print";
    const dark = this.querySelector("[data-dark]").getAttribute("aria-pressed") === "true";
    asOnPaper(page, print);
    if (!print) page.documentElement.style.colorScheme = dark ? "dark" : "light";
  }

  fit() {
    const wanted = Number.parseFloat(getComputedStyle(this.box).getPropertyValue("--page-width")) || 1440;
    if (this.box.clientWidth) this.box.style.setProperty("--scale", String(Math.min(1, this.box.clientWidth / wanted)));
  }
}

customElements.define("article-preview", ArticlePreview);
