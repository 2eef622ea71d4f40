// <auto-continue>: sends the form inside it by itself: the next part of a long piece of work. Without JavaScript there is
// its button.
class AutoContinue extends HTMLElement {
  connectedCallback() {
    setTimeout(() => this.querySelector("form")?.requestSubmit(), 150);
  }
}

customElements.define("auto-continue", AutoContinue);
