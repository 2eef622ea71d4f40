// <page-accessibility data-axe="address of axe.js">: a button that lets axe look at the page as it is in the preview, and
// the list of what it finds. The page is copied into a frame of its own that may run scripts but has no origin: it
// cannot reach the admin, and nothing but its message comes out of it.
class PageAccessibility extends HTMLElement {
  connectedCallback() {
    this.button = this.querySelector("button");
    this.list = this.querySelector("[data-found]");
    this.button.addEventListener("click", () => this.look());
    this.onMessage = (event) => { if (this.frame && event.source === this.frame.contentWindow) this.show(event.data?.accessibility); };
    addEventListener("message", this.onMessage);
  }

  disconnectedCallback() {
    removeEventListener("message", this.onMessage);
  }

  look() {
    const shown = this.closest("article-preview").querySelector("iframe").contentDocument;
    const page = shown.documentElement.cloneNode(true);
    page.removeAttribute("style");
    page.querySelector("base")?.remove();
    for (const track of page.querySelectorAll("track")) track.removeAttribute("src"); // a frame without origin gets none
    const script = document.createElement("script");
    script.src = this.dataset.axe;
    page.querySelector("body").append(script);
    this.frame?.remove();
    this.frame = document.createElement("iframe");
    this.frame.setAttribute("sandbox", "allow-scripts");
    this.frame.className = "axe-frame";
    this.frame.title = "A copy of the page that is being checked";
    this.frame.tabIndex = -1;
    this.frame.ariaHidden = "true";
    this.frame.srcdoc = `<!doctype html>${page.outerHTML}`;
    this.button.disabled = true;
    this.say("Looking …");
    this.append(this.frame);
  }

  show(found) {
    this.frame.remove();
    this.frame = null;
    this.button.disabled = false;
    if (!Array.isArray(found)) return;
    this.say(found.length ? `${found.length} to look at` : "axe finds nothing wrong with this page.");
    this.list.append(...found.map((one) => this.row(one)));
  }

  row({ help, impact, places }) {
    const item = document.createElement("li");
    item.className = "check-row";
    const words = document.createElement("p");
    const name = document.createElement("strong");
    name.textContent = String(help);
    const where = places.map((place) => place.words || place.html).filter(Boolean).join(" · ");
    words.append(name, ` (${impact}) ${where}`);
    item.append(words);
    return item;
  }

  say(words) {
    this.list.replaceChildren();
    this.querySelector("[data-said]").textContent = words;
  }
}

customElements.define("page-accessibility", PageAccessibility);
