// <count-characters data-for="ID" data-good="160">: says below a field how many characters it holds and how many are
// shown by those who show only the beginning.
class CountCharacters extends HTMLElement {
  connectedCallback() {
    this.field = document.getElementById(this.dataset.for);
    this.note = document.createElement("p");
    this.note.className = "hint tabular";
    this.append(this.note);
    this.field.addEventListener("input", () => this.count());
    this.count();
  }

  count() {
    const segments = [...new Intl.Segmenter().segment(this.field.value)].length;
    const good = Number(this.dataset.good);
    this.note.textContent = segments > good ? `${segments} characters; after ${good} it may be cut off` : `${segments} of ${good} characters`;
  }
}

customElements.define("count-characters", CountCharacters);
