// <bulk-select total="N">: a form with ticks beside the articles of a list. It says how many are ticked, ticks all of the
// page at once, offers all N that were found, and shows only the field that the chosen action needs.
class BulkSelect extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form");
    this.bar = this.querySelector(".bulk-bar");
    this.action = this.querySelector("[name=action]");
    this.every = this.querySelector("[name=all]");
    this.count = this.querySelector("[data-count]");
    this.ticks = [...this.querySelectorAll("input[name=id]")];
    this.page = this.tickAll();
    this.addEventListener("change", (event) => this.changed(event.target));
    // On Back a browser restores the ticks after this.
    addEventListener("pageshow", () => this.show());
    this.show();
  }

  tickAll() {
    const label = document.createElement("label");
    label.className = "check";
    const box = document.createElement("input");
    box.type = "checkbox";
    const words = document.createElement("span");
    words.textContent = "All on this page";
    label.append(box, words);
    this.bar.prepend(label);
    return box;
  }

  changed(control) {
    if (control === this.page) for (const tick of this.ticks) tick.checked = this.page.checked;
    if (control.name === "id" && !control.checked && this.every) this.every.checked = false;
    if (control === this.every && this.every.checked) for (const tick of this.ticks) tick.checked = true;
    this.show();
  }

  show() {
    const ticked = this.ticks.filter((tick) => tick.checked).length;
    const total = this.every?.checked ? Number(this.getAttribute("total")) : ticked;
    this.page.checked = ticked > 0 && ticked === this.ticks.length;
    this.page.indeterminate = ticked > 0 && ticked < this.ticks.length;
    this.count.textContent = total ? `${total} chosen` : "None chosen";
    for (const part of this.bar.querySelectorAll("[data-ticked]")) part.hidden = !total;
    for (const part of this.bar.querySelectorAll("[data-for]")) {
      part.hidden = !total || !part.dataset.for.split(" ").includes(this.action.value);
    }
    if (this.every) this.every.closest("label").hidden = ticked < this.ticks.length && !this.every.checked;
  }
}

customElements.define("bulk-select", BulkSelect);
