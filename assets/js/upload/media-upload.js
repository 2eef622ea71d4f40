// <media-upload>: makes the plain upload form of the media library resumable, with drag-and-drop and progress.
//
// Inside: a form with data-endpoint (address of the tus server) and data-limit (bytes), its file input, and a list
// .upload-list in a section .upload-results. Every file becomes an entry of the list; when it has arrived, the server's
// own entry takes its place and asks for the alt text. Forms with data-words in the list are sent without a reload.
import { reasonOf } from "./reason.js";
import { resumable } from "./resumable.js";

const AT_ONCE = 2;

class MediaUpload extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form[data-endpoint]");
    this.input = this.form.querySelector('input[type="file"]');
    this.list = this.querySelector(".upload-list");
    this.results = this.querySelector(".upload-results");
    this.waiting = [];
    this.running = 0;
    this.form.querySelector("button").hidden = true;
    this.form.classList.add("drop-zone--ready");
    this.form.querySelector(".drop-zone__words label").textContent = "Drop photos and videos here, or choose them";
    this.input.addEventListener("change", () => {
      this.add(this.input.files);
      this.input.value = "";
    });
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.listenForDrops();
    this.list.addEventListener("submit", (event) => this.saveWords(event));
    window.addEventListener("beforeunload", (event) => {
      if (this.running || this.waiting.length) event.preventDefault();
    });
  }

  get csrf() {
    return document.querySelector('meta[name="csrf-token"]').content;
  }

  listenForDrops() {
    const over = (on) => this.form.classList.toggle("drop-zone--over", on);
    for (const type of ["dragenter", "dragover"]) {
      this.form.addEventListener(type, (event) => {
        if (!event.dataTransfer.types.includes("Files")) return;
        event.preventDefault();
        over(true);
      });
    }
    this.form.addEventListener("dragleave", (event) => {
      if (!this.form.contains(event.relatedTarget)) over(false);
    });
    this.form.addEventListener("drop", (event) => {
      event.preventDefault();
      over(false);
      this.add(event.dataTransfer.files);
    });
  }

  add(files) {
    for (const file of files) {
      const entry = new Entry(file);
      this.list.append(entry.element);
      if (file.size > Number(this.form.dataset.limit)) entry.fail("This file is larger than 500 MB. Cut it shorter or export it smaller.");
      else this.waiting.push(entry);
    }
    this.results.hidden = this.list.children.length === 0;
    this.next();
  }

  next() {
    while (this.running < AT_ONCE && this.waiting.length) this.start(this.waiting.shift());
  }

  start(entry) {
    this.running += 1;
    const done = () => {
      this.running -= 1;
      this.next();
    };
    const upload = resumable(entry.file, {
      endpoint: this.form.dataset.endpoint,
      csrf: this.csrf,
      metadata: {},
      progressed: (sent, total) => entry.progress(sent, total),
      finished: (address) => this.finish(entry, address).finally(done),
      failed: (reason) => {
        entry.fail(reasonOf(reason), () => this.again(entry));
        done();
      },
    });
    entry.onCancel(() => {
      upload.abort(true).catch(() => {});
      entry.element.remove();
      done();
    });
  }

  again(entry) {
    entry.reset();
    this.waiting.push(entry);
    this.next();
  }

  async finish(entry, address) {
    entry.process();
    const answer = await fetch(`${address}/finish`, {
      method: "POST",
      headers: { "X-CSRFToken": this.csrf, "HX-Request": "true" },
    }).catch(() => null);
    if (!answer || (!answer.ok && answer.status !== 422)) {
      entry.fail("The server could not process this file. Try it once more.", () => this.again(entry));
      return;
    }
    const item = fragment(await answer.text());
    entry.element.replaceWith(item);
    if (!this.list.contains(document.activeElement)) item.querySelector("textarea")?.focus();
    refreshGrid();
  }

  async saveWords(event) {
    const form = event.target.closest("form[data-words]");
    if (!form) return;
    event.preventDefault();
    const button = form.querySelector("button");
    button.disabled = true;
    const answer = await fetch(form.action, {
      method: "POST",
      headers: { "X-CSRFToken": this.csrf, "HX-Request": "true" },
      body: new FormData(form),
    }).catch(() => null);
    button.disabled = false;
    const item = answer && fragment(await answer.text());
    if (!item?.matches("li")) {
      button.textContent = "Not saved. Try again";
      return;
    }
    form.closest("li").replaceWith(item);
    const unnamed = [...this.list.querySelectorAll("textarea")].find((area) => !area.value.trim());
    (unnamed ?? item.querySelector("textarea")).focus();
    refreshGrid();
  }
}

// One file on its way.
class Entry {
  constructor(file) {
    this.file = file;
    this.element = fragment(
      '<li class="upload-entry"><span class="upload-entry__picture upload-entry__picture--none upload-entry__picture--waiting"></span>' +
        '<div class="grow"><p class="upload-entry__name"></p><div class="upload-entry__row"><span class="hint tabular" role="status"></span>' +
        '<button type="button" class="button button-small"></button></div><progress max="1" value="0"></progress></div></li>',
    );
    this.element.querySelector(".upload-entry__name").textContent = file.name;
    this.bar = this.element.querySelector("progress");
    this.bar.setAttribute("aria-label", `Upload of ${file.name}`);
    this.words = this.element.querySelector(".hint");
    this.button = this.element.querySelector("button");
    this.button.addEventListener("click", () => this.pressed?.());
    this.reset();
  }

  reset() {
    this.bar.hidden = false;
    this.bar.value = 0;
    this.words.className = "hint tabular";
    this.words.textContent = "Waiting";
    this.button.hidden = true;
    this.pressed = null;
  }

  onCancel(act) {
    this.button.hidden = false;
    this.button.textContent = "Cancel";
    this.pressed = act;
  }

  progress(sent, total) {
    this.bar.value = total ? sent / total : 1;
    this.words.textContent = `${megabytes(sent)} of ${megabytes(total)} MB`;
  }

  process() {
    this.bar.removeAttribute("value");
    this.words.textContent = "Arrived. Making the sizes for the site …";
    this.button.hidden = true;
  }

  fail(reason, again = null) {
    this.bar.hidden = true;
    this.words.className = "error";
    this.words.textContent = reason;
    this.button.hidden = !again;
    this.button.textContent = "Try again";
    this.pressed = again;
  }
}

function megabytes(bytes) {
  return (bytes / 1e6).toFixed(1);
}

function fragment(html) {
  return new DOMParser().parseFromString(`<ul>${html}</ul>`, "text/html").body.querySelector("ul").firstElementChild;
}

// The grid below shows the new file at once, with the search that is in force.
async function refreshGrid() {
  const grid = document.getElementById("media-grid");
  const answer = await fetch(location.href, { headers: { "HX-Request": "true" } }).catch(() => null);
  if (!grid || !answer?.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("media-grid");
  if (fresh) grid.replaceWith(fresh);
}

customElements.define("media-upload", MediaUpload);
