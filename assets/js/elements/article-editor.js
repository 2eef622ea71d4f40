// <article-editor data-preview="...">: around the form of an article and the frame with its preview. Shows what is typed
// in the frame after a short pause, keeps the frame's scroll position, saves with Ctrl+S (Cmd+S), and asks before a
// page with unsaved words is left. Without it the form saves as it is, and the frame shows what is saved.
//
// The frame is sandboxed without scripts: nothing in an article can reach the admin. It has our origin so that this
// element may replace its content in place.
const PAUSE = 300;

class ArticleEditor extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.frame = this.querySelector("iframe");
    this.box = this.querySelector(".article-preview__frame");
    this.unsaved = "unsaved" in this.form.dataset;
    for (const kind of ["input", "change"]) this.form.addEventListener(kind, () => this.changed());
    this.form.addEventListener("submit", () => { this.leaving = true; });
    this.onKey = (event) => this.key(event);
    this.onLeave = (event) => { if (this.unsaved && !this.leaving) event.preventDefault(); };
    addEventListener("keydown", this.onKey);
    addEventListener("beforeunload", this.onLeave);
    addEventListener("pageshow", () => { this.leaving = false; });
    for (const button of this.querySelectorAll("button[data-width]")) {
      button.addEventListener("click", () => this.widen(button));
    }
    if (this.box.clientWidth < 600) this.widen(this.querySelector('button[data-width="phone"]'));
    this.sizes = new ResizeObserver(() => this.fit());
    this.sizes.observe(this.box);
    this.frame.addEventListener("load", () => this.still());
    this.still();
    if (this.unsaved) this.show();
  }

  // A click on a link in the preview must not lead away from it: a new window is asked for, and the sandbox says no.
  still() {
    const head = this.frame.contentDocument?.head;
    if (!head || head.querySelector("base")) return;
    const base = this.frame.contentDocument.createElement("base");
    base.target = "_blank";
    head.append(base);
  }

  disconnectedCallback() {
    removeEventListener("keydown", this.onKey);
    removeEventListener("beforeunload", this.onLeave);
    this.sizes.disconnect();
  }

  key(event) {
    if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.form.requestSubmit(document.querySelector('button[form="article"][value="save"]'));
  }

  changed() {
    this.unsaved = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.show(), PAUSE);
  }

  async show() {
    this.asking?.abort();
    this.asking = new AbortController();
    try {
      const request = { method: "POST", body: new FormData(this.form), signal: this.asking.signal };
      const answer = await fetch(this.dataset.preview, request);
      if (answer.ok && answer.headers.get("Content-Type")?.startsWith("application/json")) this.put(await answer.json());
    } catch (error) {
      if (error.name !== "AbortError") this.say(["The preview cannot be shown: no connection."]);
    }
  }

  put({ html, problems, words, minutes }) {
    const page = new DOMParser().parseFromString(html, "text/html");
    const shown = this.frame.contentDocument;
    shown?.body?.replaceWith(shown.adoptNode(page.body));
    this.say(problems.map((problem) => `Line ${problem.line}: ${problem.reason}`));
    this.querySelector("[data-words]").textContent = `${words} words, ${minutes} min read`;
  }

  say(notes) {
    const list = this.querySelector("[data-notes]");
    list.replaceChildren(...notes.map((note) => {
      const item = document.createElement("li");
      item.textContent = note;
      return item;
    }));
    list.hidden = notes.length === 0;
  }

  widen(pressed) {
    for (const button of this.querySelectorAll("button[data-width]")) {
      button.setAttribute("aria-pressed", String(button === pressed));
    }
    this.box.dataset.width = pressed.dataset.width;
    this.fit();
  }

  fit() {
    const wanted = Number.parseFloat(getComputedStyle(this.box).getPropertyValue("--page-width")) || 1200;
    this.box.style.setProperty("--scale", String(Math.min(1, this.box.clientWidth / wanted)));
  }
}

customElements.define("article-editor", ArticleEditor);
