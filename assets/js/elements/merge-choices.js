// <merge-choices> around the form that shows two versions: writes the chosen words into the whole text below, until
// somebody changes that by hand. Without it the form sends the choices, and the server makes the text of them.
class MergeChoices extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.text = this.form.elements.body;
    this.form.addEventListener("change", (event) => { if (event.target.name.startsWith("piece-")) this.compose(); });
    this.text.addEventListener("input", () => this.take("typed"));
  }

  compose() {
    if (this.form.elements["text-from"].value === "typed") return;
    const numbers = new Set([...this.form.querySelectorAll("[name^=piece-]")].map((field) => Number(field.name.slice(6))));
    const values = [...numbers].sort((one, two) => one - two).map((number) => this.form.elements[`piece-${number}`].value);
    this.text.value = values.filter((value) => value.startsWith("=")).map((value) => value.slice(1)).join("\n");
  }

  // Whoever writes the text by hand has decided: the choices that are left open need no answer any more.
  take(way) {
    this.form.elements["text-from"].value = way;
    for (const field of this.form.querySelectorAll("[name^=piece-][required]")) field.required = false;
  }
}

customElements.define("merge-choices", MergeChoices);
