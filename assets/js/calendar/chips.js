// How one post or article looks in a cell: icons carry what colour says too, and one sentence says it all.

const SVG = "http://www.w3.org/2000/svg";
const KEYS = "Alt+ArrowLeft Alt+ArrowRight Alt+ArrowUp Alt+ArrowDown";

// Returns the inside of a chip: state and network as icons, the time, the title.
export function chip({ event, timeText }, icons) {
  const { icon, stateIcon } = event.extendedProps;
  const parts = [span("chip-time tabular", timeText), drawn(icons, icon), span("chip-title", event.title || "(no text)")];
  if (stateIcon !== "clock") parts.splice(1, 0, drawn(icons, stateIcon));
  const inside = span("chip-inside", "");
  inside.append(...parts.filter(Boolean));
  return inside;
}

// Returns the classes of a chip.
export function chipClass({ event }) {
  const { tone } = event.extendedProps;
  const kind = event.id.startsWith("article-") ? "chip-article" : `chip-${tone || "plain"}`;
  return `chip ${kind}${event.startEditable ? " chip-movable" : ""}`;
}

// Makes the chip's element say everything, to the mouse and to a screen reader.
export function nameChip(element, event) {
  const words = `${event.extendedProps.when}: ${event.extendedProps.what}`;
  element.dataset.entry = event.id;
  element.title = words;
  element.setAttribute("aria-label", words);
  if (event.startEditable) element.setAttribute("aria-keyshortcuts", KEYS);
}

function span(className, text) {
  const element = document.createElement("span");
  element.className = className;
  element.textContent = text;
  return element;
}

function drawn(icons, name) {
  if (!name) return null;
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.append(document.createElementNS(SVG, "use"));
  svg.firstChild.setAttribute("href", `${icons}#${name}`);
  return svg;
}
