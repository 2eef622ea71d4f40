// <text-templates>: buttons with data-text put that text into the textarea, a button with data-insert puts its words at
// the cursor; Ctrl+Z takes either back. The hidden field "template" holds the template's name as long as its text is
// untouched. When the server sends other buttons (another article was chosen), an untouched or empty text follows.
const FIRST = "template:excerpt";

class TextTemplates extends HTMLElement {
  connectedCallback() {
    this.text = this.querySelector("textarea");
    this.name = this.querySelector("input[name=template]");
    this.untouched = this.name.value ? this.text.value : "";
    this.addEventListener("click", (event) => this.pressed(event));
    this.text.addEventListener("input", () => {
      if (this.text.value !== this.untouched) this.name.value = "";
    });
    new MutationObserver(() => this.follow()).observe(this.querySelector(".template-buttons"), {
      attributes: true, attributeFilter: ["data-text"], childList: true, subtree: true,
    });
  }

  pressed(event) {
    const button = event.target.closest("button");
    if (!button) return;
    event.preventDefault();
    if (button.dataset.text !== undefined) this.use(button, true);
    else this.type(this.text.value && !/\s$/.test(this.before()) ? ` ${button.dataset.insert}` : button.dataset.insert);
  }

  before() {
    return this.text.value.slice(0, this.text.selectionStart);
  }

  use(button, focus) {
    const held = document.activeElement;
    this.untouched = button.dataset.text;
    this.text.select();
    this.type(button.dataset.text);
    this.name.value = button.value.split(":")[1];
    if (!focus) held?.focus?.();
  }

  // execCommand is the only way to change a textarea that its own undo knows of.
  type(words) {
    this.text.focus();
    if (document.execCommand("insertText", false, words)) return;
    this.text.setRangeText(words, this.text.selectionStart, this.text.selectionEnd, "end");
    this.text.dispatchEvent(new Event("input", { bubbles: true }));
  }

  follow() {
    const wanted = this.text.value === "" ? FIRST : this.name.value && `template:${this.name.value}`;
    if (!wanted || this.text.value !== (this.text.value && this.untouched)) return;
    const button = this.querySelector(`button[value="${CSS.escape(wanted)}"]`);
    if (button && button.dataset.text !== this.text.value) this.use(button, false);
  }
}

customElements.define("text-templates", TextTemplates);
