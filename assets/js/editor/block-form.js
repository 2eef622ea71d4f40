// The form of a data block, made from kinds.js. The server checks what is typed: it knows what blocks may say.

import { addressField } from "./articles.js";
import { ask, chooseAssets } from "./dialogs.js";
import { iconButton, labelled, make } from "./dom.js";
import { KINDS } from "./kinds.js";
import { look, picture } from "./library.js";
import { toYaml } from "./yaml.js";

// Let a person fill in a block. Resolves with its YAML, or null when nothing shall change.
export async function fillIn(kind, fields, action = "Save") {
  const { name, fields: wanted } = KINDS[kind];
  const controls = wanted.map((field) => ({ field, ...control(field, fields[field.key]) }));
  controls[0].focus?.setAttribute("autofocus", "");
  let text = null;
  await ask({
    title: name,
    body: make("div", { class: "stack" }, controls.map(({ element }) => element)),
    action,
    submit: async () => {
      const typed = toYaml(merged(fields, controls));
      const problem = await problemWith(kind, typed, controls);
      if (problem) return problem;
      text = typed;
      return true;
    },
  });
  return text;
}

// What is typed, over what the block said; settings that the form does not know stay.
function merged(fields, controls) {
  const values = Object.fromEntries(controls.map(({ field, read }) => [field.key, read()]));
  const unknown = Object.entries(fields).filter(([key]) => !(key in values));
  const whole = { ...values, ...Object.fromEntries(unknown) };
  return Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== "" && value !== undefined));
}

async function problemWith(kind, text, controls) {
  for (const { element } of controls) mark(element, false);
  const empty = controls.filter(({ field, read }) => field.needed && !read()?.length);
  if (empty.length) return blame(empty, empty.map(({ field }) => `${field.label}: this is needed.`));
  const { problems } = await look(kind, text);
  const blamed = controls.filter(({ field }) => problems.some(({ reason }) => plain(reason, kind).startsWith(`${field.key}: `)));
  return blame(blamed, problems.map(({ reason }) => sentence(reason, kind)));
}

function blame(controls, sentences) {
  for (const { element } of controls) mark(element, true);
  controls[0]?.focus?.focus();
  return sentences.join(" ");
}

function mark(element, bad) {
  element.classList.toggle("field-bad", bad);
  element.querySelector(".control")?.setAttribute("aria-invalid", String(bad));
}

// A problem in the words of the form: "Address of the video: must be …", "give it a link (“Leads to”)".
export function sentence(reason, kind) {
  const labels = Object.fromEntries(KINDS[kind].fields.map(({ key, label }) => [key, label]));
  const words = plain(reason, kind)
    .replace(/^(\w+): /, (whole, key) => (labels[key] ? `${labels[key]}: ` : whole))
    .replace(/ \((\w+)\)/, (whole, key) => (labels[key] ? ` (“${labels[key]}”)` : whole));
  return `${words[0].toUpperCase()}${words.slice(1)}${/[.!?]$/.test(words) ? "" : "."}`;
}

function plain(reason, kind) {
  return reason.replace(`this ${kind} block: `, "");
}

// {element, focus, read} for one field.
function control(field, value = "") {
  switch (field.type) {
    case "long": return typed(field, make("textarea", { rows: 3 }), value);
    case "url": return typed(field, make("input", { type: "url", inputmode: "url", spellcheck: "false" }), value);
    case "address": return address(field, value);
    case "asset": return asset(field, value);
    case "questions": return questions(field, Array.isArray(value) ? value : []);
    default: return typed(field, make("input", { type: "text" }), value);
  }
}

function typed({ label, hint, needed }, element, value) {
  element.value = typeof value === "string" ? value : "";
  return { element: labelled(label, element, { hint, required: needed }), focus: element, read: () => element.value.trim() };
}

function address({ label, hint, needed }, value) {
  const field = addressField(value);
  const element = labelled(label, field.input, { hint, required: needed });
  field.input.after(field.extra);
  return { element, focus: field.input, read: () => field.value };
}

function asset({ label, kind }, value) {
  let id = value;
  const said = make("span", { class: "grow" }, id || "None chosen yet");
  if (id) picture(id).then((found) => found?.alt && said.replaceChildren(found.alt)).catch(() => {});
  const choose = make("button", { type: "button", class: "button" }, id ? "Choose another" : "Choose from the library");
  choose.addEventListener("click", async () => {
    const [chosen] = await chooseAssets({ kind, label: `Choose a ${kind}` });
    if (!chosen) return;
    id = chosen.id;
    said.textContent = chosen.alt || id;
  });
  const element = make("fieldset", { class: "rt-asset" }, make("legend", {}, label), make("div", { class: "row" }, said, choose));
  return { element, focus: choose, read: () => id };
}

function questions({ label }, entries) {
  const list = make("ol", { class: "rt-questions", role: "list" });
  const add = make("button", { type: "button", class: "button", onclick: () => list.append(question({}, list)) }, "Add a question");
  list.append(...(entries.length ? entries : [{}]).map((entry) => question(entry, list)));
  const element = make("fieldset", {}, make("legend", {}, label), list, add);
  const read = () => [...list.children].map((item) => item.read()).filter((entry) => entry.question || entry.answer);
  return { element, focus: list.querySelector("input"), read };
}

function question(entry, list) {
  const asked = make("input", { type: "text" });
  const answer = make("textarea", { rows: 2 });
  asked.value = entry.question ?? "";
  answer.value = entry.answer ?? "";
  const remove = iconButton("trash-2", "Remove this question", () => {
    (item.nextElementSibling ?? item.previousElementSibling)?.querySelector("input").focus();
    if (list.children.length > 1) item.remove();
  });
  const item = make("li", { class: "rt-question" }, labelled("Question", asked), labelled("Answer", answer), remove);
  item.read = () => ({ ...entry, question: asked.value.trim(), answer: answer.value.trim() });
  return item;
}
