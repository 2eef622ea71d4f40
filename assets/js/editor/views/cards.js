// What visitors see of a data block, drawn small. `data` is what the server made of it, `fields` what its author wrote.

import { icon, make } from "../dom.js";

export const cards = { sign: icon, source, video, embed, faq, button, cta, map };

function source(text) {
  return make("pre", { class: "rt-card__source" }, text);
}

function video(data, pictures) {
  const film = pictures?.[data.asset];
  const picture = film ? make("img", { src: film.src || film.thumb, alt: "" }) : null;
  const still = make("span", { class: "rt-still" }, picture, make("span", { class: "rt-still__play" }, icon("play")),
    film?.duration_ms ? make("span", { class: "rt-still__length tabular" }, duration(film.duration_ms)) : null);
  const words = make("div", { class: "rt-card__words" }, title(data.title || film?.alt || data.asset), line(data.caption || film?.caption), film ? state(film) : null);
  return make("div", { class: "rt-card__media" }, still, words);
}

// Captions and poster come from the library: what is there, what is missing, and the way to it.
function state(film) {
  const captions = film.captions.length
    ? make("span", { class: "pill pill-ok" }, icon("check"), `Captions: ${film.captions.join(", ")}`)
    : make("span", { class: "pill pill-warn" }, icon("triangle-alert"), "No captions yet");
  const poster = make("span", { class: `pill ${film.poster ? "pill-ok" : "pill-warn"}` }, icon(film.poster ? "check" : "triangle-alert"), film.poster ? "Poster" : "No poster yet");
  const link = make("a", { href: film.href, target: "_blank", rel: "noopener" }, film.captions.length ? "Open in the library" : "Add captions in the library",
    make("span", { class: "visually-hidden" }, " (opens in a new tab)"));
  return make("p", { class: "rt-card__state" }, captions, poster, link);
}

function embed(data) {
  const still = make("span", { class: "rt-still rt-still--plain" }, make("span", { class: "rt-still__play" }, icon("play")));
  const where = data.provider ? `On ${data.provider}. Nothing is loaded from there before a visitor presses play.` : data.url;
  return make("div", { class: "rt-card__media" }, still, make("div", { class: "rt-card__words" }, title(data.title || "Video"), line(where), line(data.url)));
}

function faq(data) {
  const entries = Array.isArray(data.questions) ? data.questions : [];
  const shown = entries.map(({ question, answer }) => [make("dt", {}, question ?? ""), make("dd", {}, answer ?? "")]);
  return make("div", { class: "rt-card__words" }, data.title ? title(data.title) : null, make("dl", { class: "rt-faq" }, shown));
}

function button(data) {
  return make("div", { class: "rt-card__center" }, make("span", { class: "rt-pretend" }, data.label || "Button"), line(data.href));
}

function cta(data, _pictures, fields) {
  const where = fields.href || (data.href ? `your booking page: ${data.href}` : "");
  const words = make("div", { class: "rt-card__words" }, data.title ? title(data.title) : null, line(data.text), line(where && `Leads to ${where}`));
  return make("div", { class: "rt-card__invite" }, words, make("span", { class: "rt-pretend" }, data.label || "Button"));
}

function map(data) {
  const words = make("div", { class: "rt-card__words" }, title(data.label || "Show on the map"), line(data.address));
  return make("div", { class: "rt-card__place" }, icon("map-pin"), words);
}

function title(words) {
  return make("p", { class: "rt-card__title" }, words);
}

function line(words) {
  return words ? make("p", { class: "rt-card__line" }, words) : null;
}

function duration(ms) {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
