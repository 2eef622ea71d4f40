// <open-dialog for="ID">: wraps a link to a page that asks for confirmation. With JavaScript the <dialog id="ID"> on
// this page opens instead. A button with data-close-dialog inside a dialog closes it; so does Escape.
class OpenDialog extends HTMLElement {
  connectedCallback() {
    this.addEventListener("click", (event) => {
      const dialog = document.getElementById(this.getAttribute("for"));
      if (!dialog || event.ctrlKey || event.metaKey || !event.target.closest("a, button")) return;
      event.preventDefault();
      dialog.showModal();
    });
  }
}

document.addEventListener("click", (event) => {
  event.target.closest?.("[data-close-dialog]")?.closest("dialog")?.close();
});

customElements.define("open-dialog", OpenDialog);
