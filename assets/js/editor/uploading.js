// Photos and videos that are pasted or dropped into the text: they go to the library, are asked what they show, and then
// stand in the text. Until then their place holds a bar.

import { Extension } from "@tiptap/core";
import { Plugin, PluginKey } from "@tiptap/pm/state";
import { Decoration, DecorationSet } from "@tiptap/pm/view";
import { ask } from "./dialogs.js";
import { labelled, make } from "./dom.js";
import { photoNode, videoNode } from "./insertions.js";
import { describe, upload } from "./library.js";

const key = new PluginKey("uploading");
const MANY = 20;

export const Uploading = Extension.create({
  name: "uploading",
  addProseMirrorPlugins() {
    const { editor } = this;
    return [new Plugin({
      key,
      state: { init: () => DecorationSet.empty, apply: (tr, places) => moved(tr, places) },
      props: {
        decorations: (state) => key.getState(state),
        handlePaste: (_view, event) => take(editor, event, event.clipboardData, editor.state.selection.to),
        handleDrop: (view, event, _slice, own) => !own && take(editor, event, event.dataTransfer, view.posAtCoords({ left: event.clientX, top: event.clientY })?.pos),
      },
    })];
  },
});

function moved(tr, places) {
  const { add, remove } = tr.getMeta(key) ?? {};
  let now = places.map(tr.mapping, tr.doc);
  if (add) now = now.add(tr.doc, [Decoration.widget(add.pos, add.element, { side: 1, entry: add.element, stopEvent: () => true, ignoreSelection: true })]);
  return remove ? now.remove(now.find(undefined, undefined, (spec) => spec.entry === remove)) : now;
}

// Text that was copied together with its picture (Word does that) stays text.
function take(editor, event, data, pos) {
  const files = [...(data?.files ?? [])];
  if (!files.length || data.getData("text/plain").trim()) return false;
  event.preventDefault();
  bring(editor, files, pos ?? editor.state.selection.to);
  return true;
}

// Bring files into the library and then into the text, one after the other, at a position.
export async function bring(editor, files, pos) {
  const wanted = files.filter((file) => isWanted(editor, file)).slice(0, MANY);
  if (files.length > MANY) editor.storage.surface.warn(`These are ${files.length} files; the first ${MANY} are taken.`);
  const entries = wanted.map((file) => place(editor, file, pos));
  for (const entry of entries) await one(editor, entry);
}

function isWanted(editor, file) {
  const known = /^(?:image|video)\//.test(file.type) || /\.(?:heic|heif|avif|mov|mp4|m4v|webm)$/i.test(file.name);
  if (!known) editor.storage.surface.warn(`${file.name || "This file"} is neither a photo nor a video: it was not added.`);
  return known;
}

function place(editor, file, pos) {
  const stop = new AbortController();
  const name = file.name && file.name !== "image.png" ? file.name : "Pasted photo";
  const bar = make("progress", { max: "1", value: "0", "aria-label": `Upload of ${name}` });
  const words = make("span", { class: "rt-upload__words" }, `${name}: waiting`);
  const cancel = make("button", { type: "button", class: "button button-small", onclick: () => stop.abort() }, "Cancel");
  const element = make("span", { class: "rt-upload", contenteditable: "false" }, words, bar, cancel);
  editor.view.dispatch(editor.state.tr.setMeta(key, { add: { pos, element } }).setMeta("addToHistory", false));
  return { file, name, stop, bar, words, cancel, element };
}

async function one(editor, entry) {
  const { file, name, stop, bar, words } = entry;
  try {
    const asset = await upload(file, {
      signal: stop.signal,
      progressed(share) {
        if (share === null) bar.removeAttribute("value");
        else bar.value = share;
        words.textContent = share === null ? `${name}: making the sizes for the site …` : `${name}: ${Math.round(share * 100)} %`;
      },
    });
    const isVideo = /^video\//.test(file.type) || /\.(?:mov|mp4|m4v|webm)$/i.test(file.name);
    const alt = asset.alt || (await askForWords(asset, isVideo));
    settle(editor, entry, isVideo ? videoNode(asset) : photoNode({ ...asset, alt }));
  } catch (error) {
    settle(editor, entry, null);
    if (error.name !== "AbortError") editor.storage.surface.warn(`${name} was not added. ${error.message}`);
  }
}

// Takes the bar away and puts the block where it stood.
function settle(editor, { element, name }, json) {
  if (editor.isDestroyed) return;
  const [mark] = key.getState(editor.state).find(undefined, undefined, (spec) => spec.entry === element);
  editor.view.dispatch(editor.state.tr.setMeta(key, { remove: element }).setMeta("addToHistory", false));
  if (!json || !mark) return;
  const at = Math.min(mark.from, editor.state.doc.content.size);
  editor.storage.surface.insertAt(at, json);
  editor.storage.surface.say(`${name} is in the text.`);
}

// "What does it show?": saved in the library. Resolves with "" when somebody wants to say it later.
async function askForWords(asset, isVideo) {
  let said = "";
  const area = make("textarea", { rows: 3, autofocus: true });
  const hint = "One sentence for people who cannot see it, such as: A runner stretches her calf on a kerb.";
  const body = [
    make("img", { class: "rt-dialog__photo", src: asset.thumb, alt: "" }),
    labelled("What does it show?", area, { hint, required: true }),
  ];
  await ask({
    title: isVideo ? "Describe this video" : "Describe this photo",
    body,
    action: "Put it into the text",
    submit: async () => {
      const words = area.value.trim().replace(/\s+/g, " ");
      if (!words) return "Say what it shows. Close this window to do it later: the photo is marked until then.";
      const problem = await describe(asset, words);
      if (!problem) said = words;
      return problem || true;
    },
  });
  return said;
}
