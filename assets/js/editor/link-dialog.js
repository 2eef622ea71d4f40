// Ctrl+K: the words of a link, and where it leads: an article of this site, or any address.

import { getMarkRange } from "@tiptap/core";
import { addressField } from "./articles.js";
import { ask } from "./dialogs.js";
import { labelled, make } from "./dom.js";
import { isAllowedAddress } from "./schema.js";

export async function editLink(editor) {
  const { state } = editor;
  const type = state.schema.marks.link;
  const range = rangeOf(state, type);
  const before = range.mark?.attrs.href ?? "";
  const field = addressField(before, { autofocus: true });
  const words = make("input", { type: "text" });
  words.value = state.doc.textBetween(range.from, range.to, " ");
  const address = labelled("Leads to", field.input, { hint: "An address, or words of the title of an article of this site.", required: true });
  field.input.after(field.extra);
  const wording = labelled("Words of the link", words);
  const remove = before ? make("button", { type: "button", class: "button button-bad", onclick: (event) => drop(editor, type, range, event) }, "Remove the link") : null;
  await ask({
    title: before ? "Change the link" : "Add a link",
    body: make("div", { class: "stack" }, address, wording),
    action: before ? "Save" : "Add the link",
    more: [remove],
    submit: () => put(editor, type, range, words.value.trim() || field.title, field.value, before),
  });
  editor.view.focus();
}

function rangeOf({ selection, doc }, type) {
  const { from, to, empty, $from } = selection;
  const around = getMarkRange($from, type) ?? (empty ? null : getMarkRange(doc.resolve(from + 1), type));
  if (!around || (!empty && (around.to < to || around.from > from))) return { from, to, mark: null };
  const mark = doc.resolve(around.from + 1).marks().find((one) => one.type === type);
  return { ...around, mark: mark ?? null };
}

function put(editor, type, { from, to, mark }, words, href, before) {
  if (!href) return "Say where the link leads.";
  if (!isAllowedAddress(href) || !/^[a-z][a-z0-9+.-]*:|^[/#]/i.test(href)) {
    return `“${href}” is not an address. Write it like https://www.example.org/page, or choose one of the articles found.`;
  }
  const shown = words || href.replace(/^(?:https?:\/\/|mailto:|tel:)/, "");
  const { state, view } = editor;
  const same = state.doc.textBetween(from, to, " ") === shown;
  const made = type.create({ href, title: mark?.attrs.title ?? "", auto: false });
  const { tr } = state;
  if (same && from < to) {
    if (before) tr.removeMark(from, to, type);
    tr.addMark(from, to, made);
  } else tr.replaceWith(from, to, state.schema.text(shown, made.addToSet(state.doc.resolve(from).marks())));
  view.dispatch(tr.removeStoredMark(type).scrollIntoView());
  return true;
}

function drop(editor, type, { from, to }, event) {
  editor.view.dispatch(editor.state.tr.removeMark(from, to, type));
  event.target.closest("dialog").close();
}
