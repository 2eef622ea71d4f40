// A link or button with aria-keyshortcuts="t" is pressed by that key, unless somebody is typing or a dialog is open.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest("input, select, textarea, [contenteditable]") || document.querySelector("dialog[open]")) return;
  const wanted = [...document.querySelectorAll("a[aria-keyshortcuts], button[aria-keyshortcuts]")];
  const found = wanted.find((element) => element.getAttribute("aria-keyshortcuts") === event.key && element.checkVisibility());
  if (!found) return;
  event.preventDefault();
  found.click();
});
