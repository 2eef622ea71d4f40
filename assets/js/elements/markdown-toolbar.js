// <markdown-toolbar for="ID">: buttons that put Markdown into the textarea of that id, at the cursor or around the
// selection, so that undo still works. One tab stop; the arrow keys walk through the buttons. Photos and videos come from
// the library through <asset-picker>.
const BUTTONS = [
  ["heading-2", "Heading", (area) => line(area, "## ", "Heading")],
  ["bold", "Bold", (area) => wrap(area, "**", "bold words")],
  ["italic", "Italic", (area) => wrap(area, "*", "italic words")],
  ["link", "Link", (area) => link(area)],
  ["image-plus", "Photo", (area, bar) => bar.pick("photo")],
  ["video", "Video", (area, bar) => bar.pick("video")],
  ["sticky-note", "Author’s note", (area) => block(area, ':::note{title="Author’s Note"}\n\n', "Your note", "\n\n:::")],
];

class MarkdownToolbar extends HTMLElement {
  connectedCallback() {
    this.area = document.getElementById(this.getAttribute("for"));
    this.setAttribute("role", "toolbar");
    this.setAttribute("aria-label", "Insert into the text");
    this.setAttribute("aria-controls", this.area.id);
    this.append(...BUTTONS.map(([name, label, act]) => this.button(name, label, act)));
    this.buttons = [...this.querySelectorAll("button")];
    this.buttons.forEach((button, index) => { button.tabIndex = index ? -1 : 0; });
    this.addEventListener("keydown", (event) => this.walk(event));
    this.area.addEventListener("keydown", (event) => this.shortcut(event));
  }

  button(name, label, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "icon-button";
    button.title = label;
    button.setAttribute("aria-label", label);
    button.append(icon(name));
    button.addEventListener("click", () => act(this.area, this));
    return button;
  }

  walk(event) {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = this.buttons.indexOf(event.target);
    if (!step || at < 0) return;
    const next = this.buttons.at((at + step) % this.buttons.length);
    for (const button of this.buttons) button.tabIndex = button === next ? 0 : -1;
    next.focus();
    event.preventDefault();
  }

  shortcut(event) {
    const label = { b: "Bold", i: "Italic", k: "Link" }[event.key.toLowerCase()];
    if (!label || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.buttons.find((button) => button.title === label).click();
  }

  pick(kind) {
    const picker = document.createElement("asset-picker");
    picker.setAttribute("kind", kind);
    picker.setAttribute("label", kind === "photo" ? "Choose a photo" : "Choose a video");
    picker.addEventListener("asset-chosen", (event) => {
      event.stopPropagation();
      place(this.area, kind, event.detail);
      picker.remove();
    });
    picker.addEventListener("change", (event) => event.stopPropagation());
    this.append(picker);
    picker.open();
  }
}

function place(area, kind, { id, alt }) {
  const words = (alt ?? "").replaceAll(/[[\]\\]/g, "\\$&").replaceAll(/\s+/g, " ");
  if (kind === "photo") block(area, `![${words}](asset:${id} "`, "Caption", '")');
  else block(area, "```video\nasset: " + id + "\ntitle: ", "Title of the video", "\n```");
}

// execCommand is the only way that leaves the browser's own undo working in a textarea.
function insert(area, text, start, end) {
  area.focus();
  if (!document.execCommand("insertText", false, text)) {
    area.setRangeText(text, area.selectionStart, area.selectionEnd, "end");
    area.dispatchEvent(new Event("input", { bubbles: true }));
  }
  const from = area.selectionEnd - text.length;
  area.setSelectionRange(from + start, from + end);
}

function selected(area) {
  return area.value.slice(area.selectionStart, area.selectionEnd);
}

function wrap(area, mark, words) {
  const inner = selected(area) || words;
  insert(area, mark + inner + mark, mark.length, mark.length + inner.length);
}

function link(area) {
  const words = selected(area) || "words of the link";
  const text = `[${words}](https://)`;
  insert(area, text, text.length - 1, text.length - 1);
}

function line(area, mark, words) {
  block(area, mark, selected(area) || words, "");
}

// A paragraph of its own: as many empty lines around it as are missing, and the words to replace selected.
function block(area, before, words, after) {
  const head = area.value.slice(0, area.selectionStart);
  const tail = area.value.slice(area.selectionEnd);
  const above = !head || head.endsWith("\n\n") ? "" : head.endsWith("\n") ? "\n" : "\n\n";
  const below = !tail || tail.startsWith("\n\n") ? "" : tail.startsWith("\n") ? "\n" : "\n\n";
  const start = above.length + before.length;
  insert(area, above + before + words + after + below, start, start + words.length);
}

function icon(name) {
  const used = document.querySelector("svg.icon use").getAttribute("href").split("#")[0];
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${used}#${name}`);
  svg.append(use);
  return svg;
}

customElements.define("markdown-toolbar", MarkdownToolbar);
