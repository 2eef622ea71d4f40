// Small dialogs outside of the article's form, so that nothing typed in them counts as the article's text.

import { iconButton, make } from "./dom.js";

// Show a form. `submit` returns true to close, or a sentence that says what is wrong. Resolves when it is closed.
export function ask({ title, body, action, submit, more = [], wide = false }) {
  return new Promise((resolve) => {
    const problem = make("p", { class: "notice notice-bad", role: "alert", hidden: true });
    const go = make("button", { class: "button button-primary" }, action);
    const foot = make("div", { class: "rt-dialog__foot" }, more, go);
    const form = make("form", { class: "rt-dialog__form", novalidate: true }, problem, body, foot);
    const close = iconButton("x", "Close", () => dialog.close());
    const head = make("div", { class: "dialog__head" }, make("h2", {}, title), close);
    const dialog = make("dialog", { class: `rt-dialog${wide ? " rt-dialog--wide" : ""}`, "aria-label": title }, head, form);
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      go.disabled = true;
      const outcome = await Promise.resolve(submit()).catch((error) => error.message);
      go.disabled = false;
      if (outcome === true) dialog.close();
      else showProblem(problem, outcome);
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve();
    });
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector("[autofocus]")?.focus();
  });
}

function showProblem(problem, sentence) {
  problem.textContent = sentence;
  problem.hidden = !sentence;
  if (sentence) problem.scrollIntoView({ block: "nearest" });
}

// Let a person choose from the library. Resolves with [{id, alt, thumb, ...}], empty when nothing was chosen;
// `fromDevice(files)` is called instead when files of this device are chosen.
export function chooseAssets({ kind, label, multiple = false, fromDevice = null }) {
  return new Promise((resolve) => {
    const picker = make("asset-picker", { kind, label, multiple });
    const holder = make("div", { class: "rt-picker" }, picker);
    const chosen = [];
    picker.addEventListener("asset-chosen", (event) => chosen.push(event.detail));
    document.body.append(holder);
    picker.open();
    if (fromDevice) picker.dialog.querySelector(".dialog__head h2").after(deviceButton(kind, picker, fromDevice));
    picker.dialog.addEventListener("close", () => setTimeout(() => {
      holder.remove();
      resolve(chosen);
    }));
  });
}

function deviceButton(kind, picker, fromDevice) {
  const input = make("input", { type: "file", accept: kind === "video" ? "video/*" : "image/*", multiple: true, hidden: true });
  input.addEventListener("change", () => {
    picker.dialog.close();
    fromDevice([...input.files]);
  });
  const words = kind === "video" ? "Upload a video" : "Upload a photo";
  return make("span", { class: "rt-device" }, input, make("button", { type: "button", class: "button", onclick: () => input.click() }, words));
}
