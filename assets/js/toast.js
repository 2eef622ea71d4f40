// A short message in the corner, read out by screen readers, gone after eight seconds (not while it is looked at).
const STAYS_MS = 8000;
const MARKS = { ok: "✓", bad: "!" };

export function toast(message, tone = "ok") {
  const place = document.getElementById("toasts");
  const element = document.createElement("div");
  element.className = `toast toast-${tone}`;
  const mark = document.createElement("span");
  mark.className = "toast-mark";
  mark.setAttribute("aria-hidden", "true");
  mark.textContent = MARKS[tone] ?? "";
  const words = document.createElement("p");
  words.textContent = message;
  element.append(mark, words);
  place.replaceChildren(element);
  const leave = () => (element.matches(":hover") ? setTimeout(leave, STAYS_MS) : element.remove());
  setTimeout(leave, STAYS_MS);
}
