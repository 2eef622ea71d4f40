// <copy-text for="ID">: a button that copies the value of the field of that id, and says so.
class CopyText extends HTMLElement {
  connectedCallback() {
    const field = document.getElementById(this.getAttribute("for"));
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button";
    button.textContent = "Copy";
    const said = document.createElement("span");
    said.className = "muted";
    said.setAttribute("role", "status");
    this.append(button, " ", said);
    button.addEventListener("click", async () => {
      field.select();
      try {
        await navigator.clipboard.writeText(field.value);
        said.textContent = "Copied.";
      } catch {
        said.textContent = "It is selected: copy it with Ctrl+C.";
      }
    });
  }
}

customElements.define("copy-text", CopyText);
