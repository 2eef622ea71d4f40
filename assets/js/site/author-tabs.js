// <author-tabs>: makes tabs (ARIA Authoring Practices) of the stacked panels inside. Each panel has an id and a
// heading of class author-tabs__label, whose text names its tab. One tab stop; arrows, Home and End move inside.
class AuthorTabs extends HTMLElement {
  connectedCallback() {
    if (this.dataset.tabs !== undefined) return;
    this.panels = [...this.querySelectorAll(".author-tabs__panel")];
    if (this.panels.length < 2) return;
    this.tabs = this.panels.map(tabFor);
    this.prepend(this.list());
    this.panels.forEach((panel, index) => tie(panel, this.tabs[index]));
    this.dataset.tabs = "";
    this.select(0);
  }

  list() {
    const list = document.createElement("div");
    list.className = "author-tabs__list";
    list.setAttribute("role", "tablist");
    const box = this.closest("[aria-labelledby]");
    if (box) list.setAttribute("aria-labelledby", box.getAttribute("aria-labelledby"));
    list.append(...this.tabs);
    list.addEventListener("click", ({ target }) => {
      const index = this.tabs.indexOf(target.closest('[role="tab"]'));
      if (index >= 0) this.select(index);
    });
    list.addEventListener("keydown", (event) => this.move(event));
    return list;
  }

  move(event) {
    const here = this.tabs.indexOf(document.activeElement);
    const forward = getComputedStyle(this).direction === "rtl" ? -1 : 1;
    const last = this.tabs.length - 1;
    const places = { ArrowRight: here + forward, ArrowLeft: here - forward, Home: 0, End: last };
    if (here < 0 || !(event.key in places) || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const place = (places[event.key] + this.tabs.length) % this.tabs.length;
    this.select(place);
    this.tabs[place].focus();
  }

  // A hidden panel carries data-hidden and not `hidden`, so that paper can show it again.
  select(chosen) {
    this.tabs.forEach((tab, index) => {
      tab.setAttribute("aria-selected", String(index === chosen));
      tab.tabIndex = index === chosen ? 0 : -1;
      this.panels[index].toggleAttribute("data-hidden", index !== chosen);
    });
  }
}

function tabFor(panel) {
  const tab = document.createElement("button");
  tab.type = "button";
  tab.id = `${panel.id}-tab`;
  tab.className = "author-tabs__tab";
  tab.textContent = panel.querySelector(".author-tabs__label").textContent;
  tab.setAttribute("role", "tab");
  tab.setAttribute("aria-controls", panel.id);
  return tab;
}

function tie(panel, tab) {
  panel.setAttribute("role", "tabpanel");
  panel.setAttribute("aria-labelledby", tab.id);
  panel.tabIndex = 0;
}

customElements.define("author-tabs", AuthorTabs);
