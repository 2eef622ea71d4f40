// A link or button with data-opens="ID" shows the <dialog> of that id. Without JavaScript the link's own page opens it.
// A button with data-close-dialog inside a dialog closes it; so does Escape.
document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  const dialog = opener && document.getElementById(opener.dataset.opens);
  if (!dialog || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  if (!dialog.open) dialog.showModal();
});

document.addEventListener("click", (event) => {
  event.target.closest("[data-close-dialog]")?.closest("dialog")?.close();
});

// A dialog that the server sent open becomes a proper modal one.
for (const dialog of document.querySelectorAll("dialog[open]")) {
  dialog.close();
  dialog.showModal();
}
