// A table or a piece of code that is wider than its column scrolls by itself; while it does, the keyboard can reach it.
const watch = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});

for (const part of document.querySelectorAll(".prose table, .prose pre")) watch.observe(part);
