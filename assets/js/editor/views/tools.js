// The buttons of a block: edit, move up, move down, delete. Reached with Tab, or from the selected block.

import { NodeSelection } from "@tiptap/pm/state";
import { blockAt, moveBlock, removeBlock, writeBelow } from "../blocks.js";
import { iconButton, make } from "../dom.js";

// `more`: buttons in front. `what` names the block for people who cannot see it.
export function tools({ editor, getPos, what, more = [] }) {
  const move = (step) => {
    const at = blockAt(editor.state.doc, getPos());
    const target = at === null ? null : moveBlock(editor, at, step);
    editor.storage.surface.say(target === null ? `${what} cannot go further.` : `${what} moved ${step < 0 ? "up" : "down"}.`);
    if (target !== null) refocus(editor, target, step < 0 ? "up" : "down");
  };
  const remove = () => {
    const pos = getPos();
    const node = editor.state.doc.nodeAt(pos);
    const whole = node.isInline && editor.state.doc.resolve(pos).parent.childCount === 1;
    removeBlock(editor, whole ? editor.state.doc.resolve(pos).before() : pos);
    editor.storage.surface.say(`${what} deleted. Ctrl+Z brings it back.`);
  };
  return make("span", { class: "rt-tools" }, more,
    iconButton("arrow-up", `Move up: ${what}`, () => move(-1), { title: "Move up", "data-tool": "up" }),
    iconButton("arrow-down", `Move down: ${what}`, () => move(1), { title: "Move down", "data-tool": "down" }),
    iconButton("trash-2", `Delete: ${what}`, remove, { title: "Delete", "data-tool": "delete" }));
}

function refocus(editor, pos, tool) {
  const element = editor.view.nodeDOM(pos);
  element?.querySelector?.(`[data-tool="${tool}"]`)?.focus();
}

// What happens inside a block's own fields and buttons is no business of the text around it.
export function ownEvents(event) {
  return Boolean(event.target.closest?.("input, textarea, select, button, a, summary")) && !/^drag/.test(event.type);
}

// A field in a block that changes an attribute as it is typed. Enter goes on below, Escape selects the block.
export function field(element, { editor, getPos, value, changed, label, enter = () => writeBelow(editor, getPos()) }) {
  element.value = value;
  if (label) element.setAttribute("aria-label", label);
  element.addEventListener("input", (event) => {
    event.stopPropagation();
    changed(element.value.replace(/\s*\n\s*/g, " "));
  });
  element.addEventListener("keydown", (event) => {
    if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Enter") enter();
    else select(editor, getPos());
  });
  return element;
}

function select(editor, pos) {
  const { state, view } = editor;
  view.dispatch(state.tr.setSelection(NodeSelection.create(state.doc, pos)));
  view.focus();
}

export function setAttribute(editor, pos, name, value) {
  editor.view.dispatch(editor.state.tr.setNodeAttribute(pos, name, value));
}
