// Finding articles of this site by words of their title.

import { make } from "./dom.js";
import { Options } from "./options.js";

export async function findArticles(words, signal) {
  const own = document.querySelector("rich-text")?.dataset.article ?? "";
  const response = await fetch(`/admin/articles/suggest?${new URLSearchParams({ q: words, not: own })}`, { signal });
  return response.ok ? response.json() : [];
}

export function asOption({ id, title, status }) {
  return { id, title, label: title, words: status === "public" ? "" : `${status}: not a link before it is public`, icon: "file-text" };
}

// A field for an address that also finds articles: {input, extra, value, title}. `value` is what the link
// leads to, `title` that of the article that was chosen.
export function addressField(value, attributes = {}) {
  const said = make("p", { class: "hint", "aria-live": "polite" });
  const options = new Options("Articles", (item) => take(item));
  const input = make("input", {
    type: "text", value, role: "combobox", "aria-expanded": "false", "aria-controls": options.id, "aria-autocomplete": "list",
    autocomplete: "off", spellcheck: "false", inputmode: "url", placeholder: "https://… or words of an article’s title", ...attributes,
  });
  let asking = null;
  let title = "";

  function take(item) {
    title = item.title;
    input.value = `article:${item.id}`;
    said.textContent = `Leads to “${item.title}”, also when its address changes.`;
    settle([]);
  }

  function settle(found) {
    options.show(found.slice(0, 8).map(asOption));
    input.setAttribute("aria-expanded", String(options.open));
    mark();
  }

  function mark() {
    if (options.activeId) input.setAttribute("aria-activedescendant", options.activeId);
    else input.removeAttribute("aria-activedescendant");
  }

  async function search() {
    asking?.abort();
    asking = new AbortController();
    said.textContent = "";
    title = "";
    const words = input.value.trim();
    if (!words || /^(?:[a-z][a-z0-9+.-]*:|[/#])/i.test(words)) return settle([]);
    const found = await findArticles(words, asking.signal).catch(() => null);
    if (found) {
      settle(found);
      said.textContent = found.length ? `${found.length} ${found.length === 1 ? "article" : "articles"} found.` : "";
    }
  }

  input.addEventListener("input", search);
  input.addEventListener("blur", () => settle([]));
  input.addEventListener("keydown", (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!options.open || !(step || event.key === "Enter" || event.key === "Escape")) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Enter") take(options.active);
    else if (event.key === "Escape") settle([]);
    else options.move(step);
    mark();
  });
  return { input, extra: make("div", { class: "rt-under-field" }, options.element, said), get value() { return complete(input.value.trim()); }, get title() { return title; } };
}

// "example.org" is meant as a web address, "ann@example.org" as an e-mail address.
function complete(address) {
  if (/^[^\s/@:#]+@[^\s/@:]+\.[a-z]{2,}$/i.test(address)) return `mailto:${address}`;
  return /^(?:[\w-]+\.)+[a-z]{2,}(?:[/?#:]|$)/i.test(address) ? `https://${address}` : address;
}
