// <details class="menu">: closes when the focus or a click goes elsewhere, and on Escape (the focus returns to it).
const openMenus = () => document.querySelectorAll("details.menu[open]");

for (const type of ["click", "focusin"]) {
  document.addEventListener(type, (event) => {
    for (const menu of openMenus()) if (!menu.contains(event.target)) menu.open = false;
  });
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of openMenus()) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
