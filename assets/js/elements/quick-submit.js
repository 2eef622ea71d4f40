// <quick-submit><button>…</button></quick-submit>, inside a form: Ctrl+Enter (or Cmd+Enter) anywhere in the form presses
// the button; Enter alone in a field does nothing, because the page checks by itself. It also lets the form leave only once, and only after a running <draft-autosave> has come back.
class QuickSubmit extends HTMLElement {
  connectedCallback() {
    const form = this.closest("form");
    form.addEventListener("keydown", (event) => {
      if (event.key !== "Enter") return;
      const wanted = event.ctrlKey || event.metaKey;
      if (wanted || event.target.matches("input")) event.preventDefault();
      if (wanted) form.requestSubmit(this.querySelector("button"));
    });
    form.addEventListener("submit", (event) => this.leave(event, form));
    window.addEventListener("pageshow", () => { this.leaving = false; });
  }

  leave(event, form) {
    const saving = form.querySelector("draft-autosave")?.settled();
    if (!this.leaving && !saving) {
      this.leaving = true;
      return;
    }
    event.preventDefault();
    const pressed = event.submitter;
    if (saving && !this.waiting) {
      this.waiting = saving.then(() => {
        this.waiting = undefined;
        form.requestSubmit(pressed);
      });
    }
  }
}

customElements.define("quick-submit", QuickSubmit);
