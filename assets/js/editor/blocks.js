// Putting blocks into the text, moving them and taking them away.

import { NodeSelection, Selection, TextSelection } from "@tiptap/pm/state";

const MOVABLE_IN = new Set(["doc", "note", "callout", "blockquote", "bulletList", "orderedList"]);

// Put a block (JSON of a node) where the cursor is: instead of an empty paragraph, else below. The cursor goes on inside
// of it when it holds words, else behind it.
export function insertBlock(editor, json) {
  const { state, view } = editor;
  const { tr, from, behind } = withBlock(state, state.selection, json);
  tr.setSelection(firstWords(tr.doc, from, behind) ?? Selection.near(tr.doc.resolve(behind + 1)));
  view.dispatch(tr.scrollIntoView());
  view.focus();
}

// Put a block where something was dropped, and leave the cursor where it is.
export function insertBlockAt(editor, pos, json) {
  const { state, view } = editor;
  const { tr, from, to, behind } = withBlock(state, Selection.near(state.doc.resolve(pos)), json);
  const cursor = state.selection.from;
  if (to > from && cursor >= from && cursor <= to) tr.setSelection(Selection.near(tr.doc.resolve(behind + 1)));
  view.dispatch(tr);
}

// The change that puts a block where a selection is, from `from` to `to`, with a paragraph to go on in behind it.
function withBlock({ doc, schema, tr }, selection, json) {
  const node = schema.nodeFromJSON(json);
  const { from, to } = placeFor(doc, selection, node);
  tr.replaceWith(from, to, node);
  const behind = from + node.nodeSize;
  if (!tr.doc.resolve(behind).nodeAfter) tr.insert(behind, schema.nodes.paragraph.create());
  return { tr, from, to, behind };
}

function firstWords(doc, from, end) {
  if (!doc.nodeAt(from).content.size) return null;
  const found = Selection.near(doc.resolve(from + 1));
  return found instanceof TextSelection && found.from < end ? found : null;
}

function placeFor(doc, selection, node) {
  if (selection instanceof NodeSelection && selection.node.isBlock) return { from: selection.to, to: selection.to };
  const { $from } = selection;
  for (let depth = $from.depth; depth > 0; depth -= 1) {
    const parent = $from.node(depth - 1);
    const index = $from.index(depth - 1);
    const own = $from.node(depth);
    const empty = own.type.name === "paragraph" && own.content.size === 0;
    if (empty && parent.canReplaceWith(index, index + 1, node.type)) return { from: $from.before(depth), to: $from.after(depth) };
    if (parent.canReplaceWith(index + 1, index + 1, node.type) && MOVABLE_IN.has(parent.type.name)) {
      return { from: $from.after(depth), to: $from.after(depth) };
    }
  }
  return { from: doc.content.size, to: doc.content.size };
}

// The position of the block that a position stands in, as far as it can be moved.
export function blockAt(doc, pos) {
  const node = doc.nodeAt(pos);
  const $pos = doc.resolve(pos);
  if (node?.isBlock && MOVABLE_IN.has($pos.parent.type.name) && $pos.parent.type.name !== "listItem") return pos;
  for (let depth = $pos.depth; depth > 0; depth -= 1) {
    if (MOVABLE_IN.has($pos.node(depth - 1).type.name)) return $pos.before(depth);
  }
  return null;
}

// Move a block one place up (-1) or down (1). Returns its new position, or null when it is at the end already.
export function moveBlock(editor, pos, step) {
  const { state, view } = editor;
  const $pos = state.doc.resolve(pos);
  const beyond = $pos.index() + step;
  const neighbour = $pos.parent.maybeChild(beyond);
  if (!neighbour || (step > 0 && isLastAndEmpty($pos.parent, beyond))) return null;
  const node = state.doc.nodeAt(pos);
  const offset = state.selection.from - pos;
  const target = step < 0 ? pos - neighbour.nodeSize : pos + neighbour.nodeSize;
  const tr = state.tr.delete(pos, pos + node.nodeSize);
  tr.insert(target, node);
  const inside = offset >= 0 && offset < node.nodeSize;
  if (inside) tr.setSelection(selectionIn(tr.doc, target, node, offset, state.selection));
  view.dispatch(tr.scrollIntoView());
  return target;
}

function selectionIn(doc, target, node, offset, before) {
  if (before instanceof NodeSelection && offset === 0) return NodeSelection.create(doc, target);
  return Selection.near(doc.resolve(target + offset));
}

function isLastAndEmpty(parent, index) {
  const last = parent.child(index);
  return index === parent.childCount - 1 && last.type.name === "paragraph" && last.content.size === 0;
}

// Go on writing below the block at a position: in the empty paragraph there, or in a new one.
export function writeBelow(editor, pos) {
  const { state, view } = editor;
  const { doc, schema, tr } = state;
  const at = doc.nodeAt(pos).isInline ? doc.resolve(pos).before() : pos;
  const behind = at + doc.nodeAt(at).nodeSize;
  const next = doc.resolve(behind).nodeAfter;
  if (next?.type.name !== "paragraph" || next.content.size) tr.insert(behind, schema.nodes.paragraph.create());
  view.dispatch(tr.setSelection(TextSelection.create(tr.doc, behind + 1)).scrollIntoView());
  view.focus();
}

// From a selected photo, the arrow keys lead to the words above and below its paragraph.
export function leavePhoto(editor, step) {
  const { selection, doc, tr } = editor.state;
  if (!(selection instanceof NodeSelection) || !selection.node.isInline) return false;
  const { $from } = selection;
  const beyond = Selection.findFrom(doc.resolve(step < 0 ? $from.before() : $from.after()), step);
  if (!beyond) return false;
  editor.view.dispatch(tr.setSelection(beyond).scrollIntoView());
  return true;
}

export function removeBlock(editor, pos) {
  const { state, view } = editor;
  const tr = state.tr.delete(pos, pos + state.doc.nodeAt(pos).nodeSize);
  tr.setSelection(Selection.near(tr.doc.resolve(Math.min(pos, tr.doc.content.size)), -1));
  view.dispatch(tr.scrollIntoView());
  view.focus();
}
