// The box that offers words of an earlier page which were not saved: to look at, to restore, or to forget.
import { forget } from "./words.js";

// `entry` as words.js keeps it; `isNew`: of an article that was never saved; `restore()`: take them.
export function foundWords(entry, { isNew, restore }) {
  const fields = Object.fromEntries(entry.fields);
  const title = isNew ? ` for “${fields.title || "an article without title"}”` : "";
  const when = new Date(entry.at).toLocaleString("en");
  const box = made("div", { className: "notice notice-warn autosave-found", role: "region", ariaLabel: "Words that were not saved" });
  const said = made("p", { textContent: `Words from this browser that were not saved${title}, typed ${when}.` });
  const text = made("textarea", { className: "control", readOnly: true, ariaLabel: "The words", value: fields.body ?? "" });
  const look = made("details", {}, made("summary", { textContent: "Look at them" }), text);
  const drop = () => { forget(entry.id, entry.tab); box.remove(); };
  box.append(said, look, made("div", { className: "row" }, button("Restore", restore), button("Forget", drop)));
  return box;
}

function button(label, work) {
  const element = made("button", { type: "button", className: "button button-small", textContent: label });
  element.addEventListener("click", work);
  return element;
}

function made(tag, properties, ...children) {
  const element = Object.assign(document.createElement(tag), properties);
  element.append(...children);
  return element;
}
