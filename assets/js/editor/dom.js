// Making elements. `on…` attributes are listeners; true and false set and leave out an attribute.

export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

// The sprite's address is taken from an icon that is on every admin page.
export function icon(name) {
  const sprite = document.querySelector("svg.icon use").getAttribute("href").split("#")[0];
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  for (const [key, value] of Object.entries({ class: "icon", viewBox: "0 0 24 24", "aria-hidden": "true" })) svg.setAttribute(key, value);
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `${sprite}#${name}`);
  svg.append(use);
  return svg;
}

export function iconButton(name, label, press, attributes = {}) {
  return make("button", { type: "button", class: "icon-button", "aria-label": label, title: label, onclick: press, ...attributes }, icon(name));
}

// A label with its control. `control` gets an id and, with a hint, its description.
let fields = 0;
export function labelled(label, control, { hint = "", required = false } = {}) {
  const id = `rt-field-${(fields += 1)}`;
  control.id = id;
  control.classList.add("control");
  if (hint) control.setAttribute("aria-describedby", `${id}-hint`);
  if (required) control.required = true;
  const words = make("label", { for: id }, label, required ? make("span", { class: "rt-needed" }, " (needed)") : null);
  return make("div", { class: "field" }, words, control, hint ? make("p", { class: "hint", id: `${id}-hint` }, hint) : null);
}
