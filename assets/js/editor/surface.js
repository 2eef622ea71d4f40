// The visual editor itself: the model of schema.js with keys, block views, menus and uploads around it.

import { Editor, Extension } from "@tiptap/core";
import { Dropcursor, Gapcursor, Placeholder, TrailingNode, UndoRedo } from "@tiptap/extensions";
import { NodeSelection } from "@tiptap/pm/state";
import { blockAt, insertBlock, insertBlockAt, leavePhoto, moveBlock } from "./blocks.js";
import { dataBlock } from "./insertions.js";
import { editLink } from "./link-dialog.js";
import { cleanPasted } from "./paste.js";
import { extensions, isAllowedAddress } from "./schema.js";
import { Suggesting } from "./suggesting.js";
import { bring, Uploading } from "./uploading.js";
import { dataBlockView } from "./views/data-block.js";
import { photoView } from "./views/photo.js";
import { proseView } from "./views/prose.js";
import { toYaml } from "./yaml.js";

const VIDEO_PAGE = /^https:\/\/(?:(?:www\.|m\.)?youtube\.com\/(?:watch\?|shorts\/)|youtu\.be\/|(?:www\.)?vimeo\.com\/\d)\S+$/;
const UNDER_BARS = { top: 180, right: 0, bottom: 90, left: 0 }; // px that bars may cover at the edges of the window
const VIEWS = { image: () => photoView, dataBlock: () => dataBlockView, note: () => proseView, callout: () => proseView };

// `host`: the element that menus stand in; `say` and `warn`: sentences for everybody; `changed()`: the text changed.
export function openSurface({ element, content, host, say, warn, toToolbar, changed, attributes }) {
  return new Editor({
    element,
    content,
    injectCSS: false,
    extensions: [
      ...extensions({ nodeViews: VIEWS }),
      surface({ host, say, warn, toToolbar }),
      Suggesting, Uploading, UndoRedo, Gapcursor, TrailingNode,
      Dropcursor.configure({ color: false, class: "rt-dropcursor" }),
      Placeholder.configure({ placeholder: "Write, or press / to put in a photo, a video, a note …" }),
    ],
    editorProps: {
      attributes,
      scrollThreshold: UNDER_BARS,
      scrollMargin: UNDER_BARS,
      transformPastedHTML: (html) => cleanPasted(html),
      handlePaste: (view, event) => pasteAddress(view, event),
    },
    onUpdate: changed,
  });
}

function surface({ host, say, warn, toToolbar }) {
  return Extension.create({
    name: "surface",
    priority: 1050,
    addStorage: () => ({ host, say, warn }),
    onBeforeCreate() {
      const { editor, storage } = this;
      storage.upload = (files) => bring(editor, files, editor.state.selection.to);
      storage.insertAt = (pos, json) => insertBlockAt(editor, pos, json);
    },
    addKeyboardShortcuts() {
      const { editor } = this;
      const heading = (level) => () => editor.commands.toggleHeading({ level });
      return {
        "Mod-k": () => Boolean(editLink(editor)),
        "Mod-Alt-1": heading(2), // the title of the page is the one and only first heading
        "Mod-Alt-2": heading(2),
        "Mod-Alt-3": heading(3),
        "Alt-ArrowUp": () => move(editor, -1, say),
        "Alt-ArrowDown": () => move(editor, 1, say),
        "Alt-F10": () => {
          toToolbar();
          return true;
        },
        ArrowUp: () => leavePhoto(editor, -1),
        ArrowDown: () => leavePhoto(editor, 1),
        Enter: () => enter(editor),
      };
    },
  });
}

function move(editor, step, say) {
  const { selection, doc } = editor.state;
  const at = blockAt(doc, selection.from);
  const target = at === null ? null : moveBlock(editor, at, step);
  say(target === null ? "It cannot go further." : `Moved ${step < 0 ? "up" : "down"}.`);
  return true;
}

// Enter on a selected block goes into its form or its fields.
function enter(editor) {
  const { selection } = editor.state;
  if (!(selection instanceof NodeSelection)) return false;
  const element = editor.view.nodeDOM(selection.from);
  if (selection.node.type.name === "dataBlock") element.dispatchEvent(new CustomEvent("rt-edit"));
  else if (selection.node.type.name === "image") element.querySelector("textarea").focus();
  else return false;
  return true;
}

// An address pasted over words becomes their link; that of a video page, alone in a paragraph, becomes the video.
function pasteAddress(view, event) {
  const text = event.clipboardData?.getData("text/plain").trim() ?? "";
  if (!/^https?:\/\/\S+$/.test(text) || !isAllowedAddress(text)) return false;
  const { selection, schema, tr } = view.state;
  const { parent } = selection.$from;
  if (!selection.empty && selection.$from.sameParent(selection.$to) && !parent.type.spec.code) {
    view.dispatch(tr.addMark(selection.from, selection.to, schema.marks.link.create({ href: text })));
    return true;
  }
  if (!VIDEO_PAGE.test(text) || parent.content.size || parent.type.name !== "paragraph") return false;
  insertBlock({ state: view.state, view }, dataBlock("embed", toYaml({ url: text })));
  return true;
}
