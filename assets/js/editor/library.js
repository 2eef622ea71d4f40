// What the editor knows of the media library and of blocks. The server is asked once for each, and again when somebody
// comes back from another tab: what a photo shows may have been said there.

import { resumable } from "../upload/resumable.js";
import { reasonOf } from "../upload/reason.js";

const known = new Map(); // id -> promise of a picture, or null when the library has none
const looks = new Map(); // kind and text -> promise of a look
let waiting = [];

export const changes = new EventTarget(); // "change": ask again

addEventListener("focus", () => forget());

export function forget() {
  known.clear();
  looks.clear();
  changes.dispatchEvent(new Event("change"));
}

// The picture of an id; null when the library does not have it. Rejects without a connection.
export function picture(id) {
  if (!known.has(id)) {
    known.set(id, new Promise((resolve, reject) => waiting.push({ id, resolve, reject })));
    if (waiting.length === 1) queueMicrotask(askForPictures);
  }
  return known.get(id);
}

async function askForPictures() {
  const asked = waiting;
  waiting = [];
  try {
    const query = new URLSearchParams(asked.map(({ id }) => ["id", id]));
    const found = await answer(await fetch(`/admin/writing/pictures?${query}`));
    for (const { id, resolve } of asked) resolve(found[id] ?? null);
  } catch (error) {
    for (const { id, reject } of asked) {
      known.delete(id);
      reject(error);
    }
  }
}

// How a data block looks: {fields, data, problems: [{line, reason}], pictures}.
export function look(kind, text) {
  const key = `${kind}\n${text}`;
  if (!looks.has(key)) {
    const asked = fetch("/admin/writing/block", {
      method: "POST",
      headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() },
      body: JSON.stringify({ kind, text }),
    }).then(answer);
    asked.catch(() => looks.delete(key));
    looks.set(key, asked);
  }
  return looks.get(key);
}

async function answer(response) {
  const json = response.headers.get("Content-Type")?.startsWith("application/json");
  if (!response.ok || !json) throw new Error("The server did not answer. Check the connection, and whether you are still signed in.");
  return response.json();
}

export function csrf() {
  return document.querySelector('meta[name="csrf-token"]').content;
}

// Bring a file into the library: {id, alt, thumb, action, version}. Rejects with a sentence for the marketer.
// `progressed(share)` is called with 0 to 1, and with null while the server works; `signal` takes it back.
export async function upload(file, { progressed, signal }) {
  const address = await sent(file, progressed, signal);
  progressed(null);
  const response = await fetch(`${address}/finish`, {
    method: "POST",
    headers: { "X-CSRFToken": csrf(), "HX-Request": "true" },
    signal,
  });
  if (!response.ok && response.status !== 422) throw new Error("The server could not process this file. Try it once more.");
  const entry = entryIn(await response.text());
  if (!entry?.dataset.asset) throw new Error(problemsIn(entry) || "This file was refused.");
  known.delete(entry.dataset.asset);
  return described(entry);
}

// Say what an uploaded photo shows. Returns "" or why it was not saved.
export async function describe({ action, version, id }, alt) {
  const body = new URLSearchParams({ alt, version });
  const response = await fetch(action, { method: "POST", headers: { "X-CSRFToken": csrf(), "HX-Request": "true" }, body });
  const entry = entryIn(await response.text());
  known.delete(id);
  if (response.ok) return "";
  return problemsIn(entry) || "The words could not be saved in the library. Try again.";
}

function sent(file, progressed, signal) {
  return new Promise((resolve, reject) => {
    const way = resumable(file, {
      endpoint: "/admin/uploads/",
      csrf: csrf(),
      metadata: {},
      progressed: (bytes, total) => progressed(total ? bytes / total : 1),
      finished: resolve,
      failed: (reason) => reject(new Error(reasonOf(reason))),
    });
    signal.addEventListener("abort", () => {
      way.abort(true).catch(() => {});
      reject(new DOMException("Taken back", "AbortError"));
    });
  });
}

function entryIn(html) {
  return new DOMParser().parseFromString(`<ul>${html}</ul>`, "text/html").querySelector("li");
}

function described(entry) {
  const form = entry.querySelector("form");
  return {
    id: entry.dataset.asset,
    alt: form.elements.alt.value,
    thumb: entry.querySelector("img").getAttribute("src"),
    action: form.getAttribute("action"),
    version: form.elements.version.value,
  };
}

function problemsIn(entry) {
  return [...(entry?.querySelectorAll(".error") ?? [])].map((problem) => problem.textContent.trim()).join(" ");
}
