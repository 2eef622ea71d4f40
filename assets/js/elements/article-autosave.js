// <article-autosave>, inside the form of an article: nobody's words are lost.
//
// What is typed goes into the browser's own store at once, and a moment later to the server, as the article's draft: one
// save in flight, and what visitors see is never touched. Without a connection, or when the login has ended, it says so,
// keeps the words here and goes on trying. Words that an earlier page left behind are offered again.
import { foundWords } from "../found-words.js";
import { keptFor, keep, forget, heartbeat } from "../words.js";

const WAIT = 2500;
const RETRY = [3000, 6000, 12000, 30000];
const PATIENCE = 20000;
const BEAT = 30000;
const OWN = new Set(["csrf_token", "base_hash", "draft_hash", "article_id", "tab", "turn", "do"]);

class ArticleAutosave extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.editor = this.closest("article-editor");
    this.note = this.querySelector("[data-note]");
    this.tab = this.value("tab");
    this.there = "there" in this.dataset;
    this.known = this.words(); // what the server has
    if ("unsaved" in this.form.dataset) this.known = "";
    this.failures = 0;
    this.acceptedWords();
    // The editor around the form hears a change after the form does: what it thinks is corrected here.
    for (const kind of ["input", "change"]) this.editor.addEventListener(kind, () => this.changed());
    this.form.addEventListener("submit", (event) => this.submitted(event));
    this.events = new AbortController();
    const on = (target, kind, work) => target.addEventListener(kind, work, { signal: this.events.signal });
    on(window, "pagehide", () => this.left());
    on(window, "pageshow", (event) => { if (event.persisted) { this.leaving = false; this.changed(); } });
    on(window, "online", () => this.soon(0));
    on(document, "visibilitychange", () => { if (document.hidden) this.soon(0); });
    this.stopAnswering = heartbeat(this.tab);
    this.beating = setInterval(() => this.beat(), BEAT);
    this.beat();
    this.offer();
    if (this.known === "") this.changed();
    // Once the elements around this one are awake: the preview shows what is not published yet.
    if ("unpublished" in this.dataset) setTimeout(() => this.editor.show?.(), 0);
  }

  disconnectedCallback() {
    this.events.abort();
    this.stopAnswering();
    clearInterval(this.beating);
    clearTimeout(this.timer);
    clearTimeout(this.storing);
  }

  value(name) {
    return this.form.elements[name]?.value ?? "";
  }

  fields() {
    return [...new FormData(this.form)].filter(([name, value]) => !OWN.has(name) && typeof value === "string");
  }

  words() {
    return JSON.stringify(this.fields());
  }

  get unsaved() {
    return this.words() !== this.known;
  }

  changed() {
    this.editor.unsaved = this.unsaved;
    if (!this.unsaved) {
      forget(this.value("article_id"), this.tab);
      return;
    }
    this.typedAt = Date.now();
    clearTimeout(this.storing);
    this.storing = setTimeout(() => this.store(), 200);
    this.soon(WAIT);
  }

  soon(pause) {
    if (this.stopped || this.leaving || !this.unsaved) return;
    if (pause === 0) clearTimeout(this.timer);
    else if (this.timer !== undefined) return;
    this.timer = setTimeout(() => { this.timer = undefined; this.save(); }, pause);
  }

  store() {
    clearTimeout(this.storing);
    if (!this.unsaved) return;
    const versions = { base_hash: this.value("base_hash"), draft_hash: this.value("draft_hash"), turn: this.value("turn") };
    const entry = { at: Date.now(), tab: this.tab, there: this.there, fields: this.fields(), ...versions };
    if (!keep(this.value("article_id"), entry)) this.say("This browser has no room for unsaved words. Save often.", true);
  }

  async save() {
    if (this.saving || this.stopped || this.leaving || !this.unsaved) return;
    this.store();
    this.saving = this.send().finally(() => { this.saving = undefined; });
    await this.saving;
    this.soon(this.failures ? RETRY[Math.min(this.failures, RETRY.length) - 1] : WAIT);
  }

  async send() {
    this.form.elements.turn.value = Number(this.value("turn") || 0) + 1;
    const words = this.words();
    try {
      const url = `/admin/articles/${this.there ? `${this.slug()}/` : ""}draft`;
      const answer = await fetch(url, { method: "POST", body: new FormData(this.form), signal: AbortSignal.timeout(PATIENCE) });
      const json = answer.headers.get("Content-Type")?.startsWith("application/json");
      if (json) this.answered(answer, await answer.json(), words);
      else await this.refused(answer);
    } catch {
      this.failed("Not saved: no connection to the server. Your words are kept in this browser; trying again.");
    }
  }

  slug() {
    return new URL(this.form.action).pathname.split("/").at(-2);
  }

  answered(answer, said, words) {
    if (answer.ok) {
      this.remember(said, words);
    } else if (said.together) {
      this.stop(said.problem, "Bring both together", "keep");
    } else if (answer.status === 404 || answer.status === 409) {
      this.there = false;
      this.form.elements.base_hash.value = this.form.elements.draft_hash.value = "";
      this.store();
      this.stop(`${said.problem} Your words are kept in this browser; a new article offers them.`);
    } else {
      this.failed(`Not saved: ${said.problem} Your words are kept in this browser.`);
    }
  }

  remember(said, words) {
    this.failures = 0;
    this.known = words;
    if (said.url) {
      this.there = true;
      for (const [name, value] of [["draft_hash", said.draft], ["base_hash", said.base]]) this.form.elements[name].value = value;
      this.form.action = said.url;
      if (location.pathname !== said.url) history.replaceState(history.state, "", said.url);
    }
    this.say(said.note);
    this.editor.unsaved = this.unsaved;
    if (!this.unsaved) forget(this.value("article_id"), this.tab);
  }

  // No answer of ours: the login has ended, or something between here and the server speaks.
  async refused(answer) {
    if (answer.status === 401 || answer.status === 400 || answer.redirected) {
      if (await this.fetchToken()) this.failures = Math.max(this.failures, 1);
      else this.loggedOut();
    } else if (answer.status === 413) {
      this.failed("Not saved: the text is too large for the server. Your words are kept in this browser.");
    } else {
      this.failed(`Not saved: the server answers with an error (${answer.status}). Your words are kept in this browser; trying again.`);
    }
  }

  // After a login in another window this page's form needs the token of the new session.
  async fetchToken() {
    const answer = await fetch(this.dataset.token, { headers: { Accept: "application/json" } });
    if (!answer.ok || answer.redirected) return false;
    const { token } = await answer.json();
    const changed = token !== this.value("csrf_token");
    for (const field of document.querySelectorAll("input[name=csrf_token]")) field.value = token;
    document.querySelector("meta[name=csrf-token]")?.setAttribute("content", token);
    document.body.setAttribute("hx-headers:inherited", JSON.stringify({ "X-CSRFToken": token }));
    return changed || this.failures < 3;
  }

  loggedOut() {
    this.failed("You are logged out, so nothing is saved on the server. Your words are kept in this browser, and are saved as soon as you ");
    const link = document.createElement("a");
    Object.assign(link, { href: this.dataset.login, target: "_blank", rel: "noopener", textContent: "log in again (in a new window)" });
    this.note.append(link, ".");
  }

  failed(sentence) {
    this.failures += 1;
    this.say(sentence, true);
  }

  stop(sentence, label = "", value = "") {
    this.stopped = true;
    this.say(sentence, true);
    if (!label) return;
    const button = document.createElement("button");
    Object.assign(button, { className: "button button-small", name: "do", value, textContent: label });
    this.note.append(" ", button);
  }

  say(sentence, trouble = false) {
    this.toggleAttribute("data-trouble", trouble);
    if (this.note.textContent !== sentence) this.note.textContent = sentence;
  }

  // A save that is on its way must not arrive after the one that the button sends.
  submitted(event) {
    this.store();
    if (!this.saving) {
      this.leaving = true;
      clearTimeout(this.timer);
      setTimeout(() => this.stillHere(), PATIENCE);
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    const { submitter } = event;
    this.saving.finally(() => this.form.requestSubmit(submitter));
  }

  // The next page never came, and somebody goes on writing.
  stillHere() {
    this.leaving = this.editor.leaving = false;
    this.changed();
  }

  left() {
    this.store();
    if (!this.there) return;
    const last = new FormData();
    for (const name of ["csrf_token", "article_id", "tab"]) last.set(name, this.value(name));
    last.set("gone", "1");
    navigator.sendBeacon(`/admin/articles/${this.slug()}/presence`, last);
  }

  async beat() {
    if (!this.there || this.leaving) return;
    const said = new FormData();
    for (const name of ["csrf_token", "article_id", "tab", "base_hash"]) said.set(name, this.value(name));
    if (this.typedAt) said.set("typed", Date.now() - this.typedAt);
    try {
      const answer = await fetch(`/admin/articles/${this.slug()}/presence`, { method: "POST", body: said });
      if (answer.ok) this.heard(await answer.json());
    } catch {
      // The next save says what is wrong; who else is here can wait.
    }
  }

  heard({ people, changed, public: isPublic }) {
    const sentences = [...people];
    if (changed) sentences.push(`The article was changed meanwhile, by ${changed}. Your changes will be joined with it when you save.`);
    if (isPublic && !("public" in this.dataset)) sentences.push("The article has become public meanwhile. Saving keeps your changes as a draft; the next page has a button to update the public page.");
    const place = this.querySelector("[data-people]");
    if (place.textContent !== sentences.join(" ")) place.textContent = sentences.join(" ");
  }

  // The page that was just saved took these words along.
  acceptedWords() {
    if (!this.dataset.accepted) return;
    forget(this.value("article_id"), this.dataset.accepted);
    const address = new URL(location.href);
    address.searchParams.delete("saved");
    history.replaceState(history.state, "", address);
  }

  async offer() {
    const found = await keptFor(this.there ? this.value("article_id") : "", this.tab);
    for (const entry of found) {
      if (JSON.stringify(entry.fields) === this.known) forget(entry.id, entry.tab);
      else this.append(foundWords(entry, { isNew: !this.there, restore: () => this.restore(entry) }));
    }
  }

  // The server takes them as that page's own: what was saved since is joined with them, never written over.
  restore(entry) {
    this.leaving = this.editor.leaving = true;
    const form = document.createElement("form");
    Object.assign(form, { method: "post", action: this.there ? this.form.action : this.dataset.new, hidden: true });
    const versions = { base_hash: entry.base_hash, draft_hash: entry.draft_hash, tab: entry.tab, turn: Number(entry.turn || 0) + 1 };
    const own = { csrf_token: this.value("csrf_token"), article_id: entry.id, do: "keep", ...versions };
    for (const [name, value] of [...entry.fields, ...Object.entries(own)]) {
      const field = document.createElement("textarea");
      Object.assign(field, { name, value });
      form.append(field);
    }
    document.body.append(form);
    form.submit();
  }
}

customElements.define("article-autosave", ArticleAutosave);
