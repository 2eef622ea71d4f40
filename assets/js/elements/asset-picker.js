// <asset-picker>: a form field that holds photos or videos of the media library.
//
//   name      form name of the hidden inputs, one per chosen asset (leave it out to only get events)
//   kind      "photo" or "video"; both when left out
//   multiple  several assets, in an order that can be changed
//   max       the most assets with `multiple`
//   label     words of the button, e.g. "Choose a photo"
//   src       address of the picker's fragment (default /admin/media/pick)
//   form      id of the form the inputs belong to, when the element stands outside of it
//
// The server renders what is chosen already: <ul class="picked"> with <li class="picked__item" data-id="...">, an <img>
// and the hidden input in each (templates/admin/media/picker.html has the macro).
//
// Events, both bubbling: "asset-chosen" for every newly chosen asset, with detail {id, alt, thumb, width, height, kind};
// "asset-removed" with detail {id}. A native "change" event follows each. `element.open()` opens the dialog,
// `element.value` is the list of ids.

class AssetPicker extends HTMLElement {
  connectedCallback() {
    if (this.button) return;
    this.list = this.querySelector(".picked") ?? this.appendChild(make("ul", "picked", { role: "list" }));
    this.button = make("button", "button", { type: "button" });
    this.button.append(icon("image-plus"), ` ${this.getAttribute("label") ?? "Choose a photo"}`);
    this.button.addEventListener("click", () => this.open());
    this.append(this.button);
    for (const item of this.list.children) this.equip(item);
    this.update();
  }

  get multiple() {
    return this.hasAttribute("multiple");
  }

  get max() {
    return this.multiple ? Number(this.getAttribute("max")) || Infinity : 1;
  }

  get value() {
    return [...this.list.children].map((item) => item.dataset.id);
  }

  async open() {
    this.dialog ??= this.build();
    this.picked = new Map();
    this.mark();
    this.dialog.showModal();
    await this.load({});
    this.dialog.querySelector('input[type="search"]')?.focus();
  }

  build() {
    const dialog = make("dialog", "dialog dialog--wide", { "aria-label": this.getAttribute("label") ?? "Choose" });
    const head = make("div", "dialog__head");
    const title = make("h2");
    title.textContent = this.getAttribute("label") ?? "Choose a photo";
    const close = make("button", "icon-button", { type: "button", "aria-label": "Close", title: "Close" });
    close.append(icon("x"));
    close.addEventListener("click", () => dialog.close());
    head.append(title, close);
    this.body = make("div", "dialog__body", { tabindex: "-1" });
    this.foot = make("div", "row");
    this.take = make("button", "button button-primary", { type: "button" });
    this.take.addEventListener("click", () => this.accept([...this.picked.values()]));
    if (this.multiple) this.foot.append(this.take);
    dialog.append(head, this.body, this.foot);
    this.body.addEventListener("click", (event) => this.clicked(event));
    this.body.addEventListener("input", () => this.search());
    this.body.addEventListener("submit", (event) => {
      event.preventDefault();
      this.search();
    });
    // Inside a form, an event of the dialog's own search field must not look like a change of the form.
    for (const type of ["input", "change"]) dialog.addEventListener(type, (event) => event.stopPropagation());
    // Coming back from uploading in another tab shows what is new.
    window.addEventListener("focus", () => dialog.open && this.search());
    this.append(dialog);
    return dialog;
  }

  search() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      const q = this.body.querySelector('input[type="search"]').value;
      this.load({ q }, "[data-pick-results]");
    }, 250);
  }

  // Fill the dialog, or with `part` only that part of it, so that the search field keeps its cursor.
  async load(query, part = "") {
    const address = new URL(this.getAttribute("src") ?? "/admin/media/pick", location.href);
    if (this.hasAttribute("kind")) address.searchParams.set("kind", this.getAttribute("kind"));
    if (this.multiple) address.searchParams.set("multiple", "1");
    for (const [key, value] of Object.entries(query)) address.searchParams.set(key, value);
    this.asked = address.href;
    const answer = await fetch(address, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (this.asked !== address.href) return; // a later search was faster
    if (!answer?.ok) {
      this.body.replaceChildren(words("The library could not be loaded. Close this and try again."));
      return;
    }
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const old = part && this.body.querySelector(part);
    if (old) old.replaceWith(page.querySelector(part));
    else this.body.replaceChildren(...page.body.children);
    this.mark();
  }

  clicked(event) {
    const page = event.target.closest("[data-pick-page]");
    const tile = event.target.closest("[data-asset]");
    if (page) {
      const q = this.body.querySelector('input[type="search"]').value;
      this.load({ q, page: page.dataset.pickPage }, "[data-pick-results]");
    } else if (tile) this.toggle(JSON.parse(tile.dataset.asset));
  }

  toggle(asset) {
    if (!this.multiple) return this.accept([asset]);
    if (this.picked.has(asset.id)) this.picked.delete(asset.id);
    else if (this.picked.size + this.list.children.length < this.max) this.picked.set(asset.id, asset);
    return this.mark();
  }

  mark() {
    for (const tile of this.body.querySelectorAll("[data-asset][aria-pressed]")) {
      const { id } = JSON.parse(tile.dataset.asset);
      tile.setAttribute("aria-pressed", String(this.picked.has(id)));
      tile.disabled = this.value.includes(id);
    }
    const count = this.picked.size;
    this.take.textContent = count ? `Use ${count} ${count === 1 ? "file" : "files"}` : "Choose one or more";
    this.take.disabled = count === 0;
  }

  accept(assets) {
    this.dialog.close();
    if (!this.multiple) this.list.replaceChildren();
    for (const asset of assets) {
      if (this.hasAttribute("name")) this.list.append(this.item(asset));
      this.tell("asset-chosen", asset);
    }
    this.update();
    this.button.focus();
  }

  item(asset) {
    const item = make("li", "picked__item");
    item.dataset.id = asset.id;
    const picture = make("img", "", { src: asset.thumb, alt: asset.alt });
    const input = make("input", "", { type: "hidden", name: this.getAttribute("name"), value: asset.id });
    if (this.hasAttribute("form")) input.setAttribute("form", this.getAttribute("form"));
    item.append(picture, input);
    this.equip(item);
    return item;
  }

  equip(item) {
    const tools = make("span", "picked__tools");
    const what = item.querySelector("img")?.alt || "this file";
    if (this.multiple) tools.append(this.tool("arrow-left", `Move earlier: ${what}`, () => this.moveUp(item)));
    tools.append(this.tool("x", `Remove: ${what}`, () => this.remove(item)));
    item.append(tools);
  }

  tool(name, label, act) {
    const button = make("button", "icon-button", { type: "button", "aria-label": label, title: label.split(":")[0] });
    button.append(icon(name));
    button.addEventListener("click", act);
    return button;
  }

  moveUp(item) {
    item.previousElementSibling?.before(item);
    item.querySelector("button").focus();
    this.dispatchEvent(new Event("change", { bubbles: true }));
  }

  remove(item) {
    item.remove();
    this.tell("asset-removed", { id: item.dataset.id });
    this.update();
    this.button.focus();
  }

  update() {
    this.button.disabled = this.multiple && this.list.children.length >= this.max;
  }

  tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { bubbles: true, detail }));
    this.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

function make(tag, className = "", attributes = {}) {
  const element = document.createElement(tag);
  if (className) element.className = className;
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  return element;
}

function words(text) {
  const paragraph = make("p", "notice notice-bad", { role: "alert" });
  paragraph.textContent = text;
  return paragraph;
}

// The sprite's address is taken from an icon that is on every admin page.
function icon(name) {
  const sprite = document.querySelector("svg.icon use")?.getAttribute("href")?.split("#")[0] ?? "";
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("viewBox", "0 0 24 24");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}

customElements.define("asset-picker", AssetPicker);
