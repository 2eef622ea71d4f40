// <article-chooser>: closes its <details> when an article is picked with the mouse or a finger. With the keyboard the
// arrows walk through the list, so there it stays open.
class ArticleChooser extends HTMLElement {
  connectedCallback() {
    const details = this.querySelector("details");
    this.addEventListener("click", (event) => {
      if (event.target.type !== "radio" || event.detail === 0 && !this.byPointer) return;
      details.open = false;
      this.byPointer = false;
      details.querySelector("summary").focus();
    });
    this.addEventListener("pointerdown", (event) => { this.byPointer = Boolean(event.target.closest(".article-choice")); });
    this.addEventListener("keydown", () => { this.byPointer = false; });
  }
}

customElements.define("article-chooser", ArticleChooser);
