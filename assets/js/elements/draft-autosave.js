// <draft-autosave data-url="..."><span role="status">…</span></draft-autosave>, inside a form: posts the form a few
// seconds after a change, and writes the answer's note ("Saved 10:42") into the span. The answer also names the draft
// and its version; they go into the form's hidden fields "teaser" and "version", and the page takes the draft's address.
// `settled()` returns a promise while a save is on its way, so that a submit does not overtake it.
const WAIT = 2500;
const RETRY = 8000;

class DraftAutosave extends HTMLElement {
  connectedCallback() {
    this.form = this.closest("form");
    this.note = this.querySelector("[role=status]");
    for (const kind of ["input", "change"]) this.form.addEventListener(kind, (event) => this.changed(event));
  }

  changed(event) {
    if (event.target.name === "find" || this.stopped) return;
    this.dirty = true;
    this.timer ??= setTimeout(() => this.save(), WAIT);
  }

  async save() {
    this.timer = undefined;
    if (this.stopped || this.saving) return;
    this.dirty = false;
    this.saving = this.send().finally(() => {
      this.saving = undefined;
      if (this.dirty) this.timer ??= setTimeout(() => this.save(), WAIT);
    });
  }

  async send() {
    try {
      const answer = await fetch(this.dataset.url, { method: "POST", body: new FormData(this.form) });
      const said = answer.headers.get("Content-Type")?.startsWith("application/json") ? await answer.json() : {};
      if (answer.ok) this.remember(said);
      else this.refused(answer.status, said.problem);
    } catch {
      this.note.textContent = "Not saved: no connection. Trying again.";
      this.dirty = true;
      this.timer ??= setTimeout(() => this.save(), RETRY);
    }
  }

  remember({ teaser, version, url, note }) {
    this.form.elements.teaser.value = teaser;
    this.form.elements.version.value = version;
    this.form.action = url;
    history.replaceState(history.state, "", url);
    this.note.textContent = note;
  }

  refused(status, problem) {
    this.note.textContent = problem ?? "Not saved. Reload the page and log in again; copy your text first.";
    this.stopped = status !== 422;
  }

  settled() {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.dirty = false;
    return this.saving;
  }
}

customElements.define("draft-autosave", DraftAutosave);
