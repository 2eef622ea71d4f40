// <article-editor data-preview="...">: around the form of an article and what stands beside it. Asks after a short pause
// how what is typed looks and hands the answer to <article-preview>, saves with Ctrl+S (Cmd+S), and asks before a page
// with unsaved words is left. Without it the form saves as it is, and the frame shows what is saved.
const PAUSE = 300;

class ArticleEditor extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.unsaved = "unsaved" in this.form.dataset;
    for (const kind of ["input", "change"]) this.form.addEventListener(kind, () => this.changed());
    this.form.addEventListener("submit", () => { this.leaving = true; });
    this.onKey = (event) => this.key(event);
    this.onLeave = (event) => { if (this.unsaved && !this.leaving) event.preventDefault(); };
    addEventListener("keydown", this.onKey);
    addEventListener("beforeunload", this.onLeave);
    addEventListener("pageshow", () => { this.leaving = false; });
    if (this.unsaved) this.show();
  }

  disconnectedCallback() {
    removeEventListener("keydown", this.onKey);
    removeEventListener("beforeunload", this.onLeave);
  }

  key(event) {
    if (event.key.toLowerCase() !== "s" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey) return;
    event.preventDefault();
    if (document.querySelector("dialog:modal")) return; // what is typed there would be lost
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

  put(answer) {
    this.querySelector("article-preview")?.put(answer);
    this.say(answer.problems.map((problem) => `Line ${problem.line}: ${problem.reason}`), "line");
    const words = this.querySelector("[data-words]");
    if (words) words.textContent = `${answer.words} words, ${answer.minutes} min read`;
  }

  // A `kind` of "line" is for who writes Markdown: the visual editor says such things where they are.
  say(notes, kind = "") {
    const list = this.querySelector("[data-notes]");
    if (!list) return;
    list.replaceChildren(...notes.map((note) => {
      const item = document.createElement("li");
      item.textContent = note;
      item.dataset.kind = kind;
      return item;
    }));
    list.hidden = notes.length === 0;
  }
}

customElements.define("article-editor", ArticleEditor);
