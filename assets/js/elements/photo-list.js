// <photo-list>: an ordered list of rows [data-asset], each with a hidden field and buttons "up:<id>", "down:<id>" and
// "drop:<id>". Without this script the buttons submit the form and the server does the same. An "asset-chosen" event
// from a picker inside ({id, alt, thumb}) appends a row, made from the <template> inside.
class PhotoList extends HTMLElement {
  connectedCallback() {
    this.list = this.querySelector("ol");
    this.addEventListener("click", (event) => this.pressed(event));
    this.addEventListener("asset-chosen", (event) => this.add(event.detail));
  }

  pressed(event) {
    const button = event.target.closest('button[name="do"]');
    if (!button) return;
    event.preventDefault();
    const row = button.closest("[data-asset]");
    const [what] = button.value.split(":");
    if (what === "up") row.previousElementSibling?.before(row);
    if (what === "down") row.nextElementSibling?.after(row);
    const next = what === "drop" ? row.nextElementSibling ?? row.previousElementSibling : row;
    if (what === "drop") row.remove();
    this.settle();
    const same = next?.querySelector(`button[value^="${what}:"]`);
    (same && !same.disabled ? same : next?.querySelector("button:not(:disabled)") ?? this.closest("section")).focus();
  }

  add({ id, alt, thumb }) {
    if ([...this.list.children].some((row) => row.dataset.asset === id)) return;
    const row = this.querySelector("template").content.firstElementChild.cloneNode(true);
    row.dataset.asset = id;
    row.querySelector("input").value = id;
    row.querySelector("img").src = thumb;
    row.querySelector(".photo-alt").textContent = alt;
    for (const button of row.querySelectorAll("button")) {
      button.value += id;
      button.setAttribute("aria-label", `${button.title}: ${alt}`);
    }
    this.list.append(row);
    this.settle();
  }

  settle() {
    const rows = [...this.list.children];
    rows.forEach((row, place) => {
      const up = row.querySelector('button[value^="up:"]');
      const down = row.querySelector('button[value^="down:"]');
      if (up) up.disabled = place === 0;
      if (down) down.disabled = place === rows.length - 1;
    });
    this.dispatchEvent(new Event("change", { bubbles: true }));
  }
}

customElements.define("photo-list", PhotoList);
