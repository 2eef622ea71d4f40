// <post-calendar>: month and week on wide screens. Narrow ones, and browsers without JavaScript, have the agenda of the
// same page. The bar above works without this element too (its links are addresses); here it moves the calendar at once.
import { closedDays, shading } from "./closed-days.js";
import { chip, chipClass, nameChip } from "./chips.js";
import { HEIGHTS, monthWeek, VIEWS } from "./month-week.js";
import { quietly, save, wall } from "./saving.js";
import { toast } from "../toast.js";

const WIDE = matchMedia("(min-width: 48rem)");
const STEPS = { ArrowLeft: -24 * 60, ArrowRight: 24 * 60, ArrowUp: -15, ArrowDown: 15 };
const MONTH = { month: "long", year: "numeric" };
const DAY = { day: "numeric", ...MONTH };
const NAMES = Object.fromEntries(Object.entries(VIEWS).map(([name, type]) => [type, name]));

class PostCalendar extends HTMLElement {
  connectedCallback() {
    WIDE.addEventListener("change", () => (WIDE.matches ? this.begin() : this.moved && location.reload()));
    if (WIDE.matches) this.begin();
  }

  begin() {
    if (this.calendar) return;
    const { view, date, icons, now } = this.dataset;
    const grid = this.querySelector(".calendar-grid");
    const offset = Date.parse(`${now}Z`) - Date.now();
    this.isClosed = closedDays(this.dataset.closed);
    this.calendar = monthWeek(grid, {
      ...shading(this.isClosed),
      initialView: VIEWS[view],
      initialDate: date,
      height: HEIGHTS[view],
      now: () => new Date(Date.now() + offset).toISOString().slice(0, 19),
      scrollTime: "07:00",
      events: (range, give, fail) => quietly(() => this.load(range)).then(give, fail),
      eventContent: (info) => ({ domNodes: [chip(info, icons)] }),
      eventClass: chipClass,
      eventDidMount: ({ el, event }) => this.mounted(el, event),
      eventDrop: ({ event, oldEvent }) => this.keep(event, wall(oldEvent)),
      dateClick: (info) => this.compose(info),
      datesSet: ({ view: shown }) => this.showPlace(shown),
    });
    grid.dataset.view = view;
    this.calendar.render();
    document.addEventListener("keydown", (event) => this.moveByKey(event));
    document.addEventListener("pointerdown", () => (this.focused = undefined));
    document.addEventListener("focusin", (event) => (this.focused = entryOf(event.target)));
    document.querySelector(".calendar-bar").addEventListener("click", (event) => this.go(event));
    document.addEventListener("visibilitychange", () => document.hidden || this.calendar.refetchEvents());
  }

  async load({ startStr, endStr }) {
    const address = new URL(this.dataset.events, location.href);
    address.searchParams.set("start", startStr.slice(0, 10));
    address.searchParams.set("end", endStr.slice(0, 10));
    const response = await fetch(address, { headers: { Accept: "application/json" } }).catch(() => null);
    if (response?.ok) return response.json();
    toast("The calendar could not be loaded. Load the page again.", "bad");
    throw new Error("no events");
  }

  mounted(element, event) {
    nameChip(element, event);
    if (event.id === this.focused) element.focus();
  }

  // A click on an empty place opens the composer with that time.
  compose({ dateStr, allDay }) {
    const at = allDay ? `${dateStr.slice(0, 10)}T${this.dataset.time}` : dateStr.slice(0, 16);
    const now = this.calendar.getOption("now")();
    if (allDay ? at.slice(0, 10) < now.slice(0, 10) : at <= now.slice(0, 16)) {
      toast("That time has passed. Choose a later one.", "bad");
      return;
    }
    if (this.isClosed(at.slice(0, 10))) {
      toast("This is a blackout day: nothing goes out. Choose another day.", "bad");
      return;
    }
    location.assign(`${this.dataset.new}?at=${encodeURIComponent(at)}`);
  }

  moveByKey(pressed) {
    const minutes = pressed.altKey && !pressed.ctrlKey && !pressed.metaKey ? STEPS[pressed.key] : undefined;
    // A post that just moved to another week is drawn anew and has lost the focus for a moment: the key still means it.
    const entry = pressed.target === document.body ? this.focused : entryOf(pressed.target);
    const event = entry && this.calendar.getEventById(entry);
    if (!minutes || !event) return;
    pressed.preventDefault(); // Alt with ← would go back a page
    if (!event.startEditable) {
      toast("This cannot be moved.", "bad");
      return;
    }
    const before = wall(event);
    this.focused = event.id;
    event.moveDates({ minutes });
    this.keep(event, before);
  }

  keep(event, before) {
    this.focused = event.id;
    this.holdFocus(event.id);
    save(this.calendar, event, { before, done: (moved, answer) => this.settled(moved, answer) });
  }

  // What was missed waits again, and a refused post may have changed: then the truth is fetched once more.
  settled(event, answer) {
    this.moved = true; // the agenda below does not know yet
    const { activeStart, activeEnd } = this.calendar.view;
    if (event.start < activeStart || event.start >= activeEnd) this.calendar.gotoDate(event.start);
    if (answer.status === 409 || event.extendedProps.tone) this.calendar.refetchEvents();
    this.holdFocus(event.id);
  }

  // FullCalendar draws over several frames, at first unseen: until that is over the focus is given back if it got lost.
  holdFocus(id, frames = 20) {
    const element = this.querySelector(`[data-entry="${id}"]`);
    const event = this.calendar.getEventById(id);
    if (element && event) nameChip(element, event);
    if (document.activeElement === document.body && this.focused === id) element?.focus();
    if (frames) requestAnimationFrame(() => this.holdFocus(id, frames - 1));
  }

  go(clicked) {
    const link = clicked.target.closest("a");
    const step = link?.dataset.go;
    const view = link?.dataset.view;
    if ((!step && !VIEWS[view]) || !WIDE.matches || clicked.ctrlKey || clicked.metaKey || clicked.shiftKey) return;
    clicked.preventDefault();
    this.focused = undefined;
    this.moved = true;
    if (step) this.calendar[step]();
    else this.change(view);
  }

  change(view) {
    this.querySelector(".calendar-grid").dataset.view = view;
    this.calendar.setOption("height", HEIGHTS[view]);
    this.calendar.changeView(VIEWS[view]);
  }

  // The bar, its addresses and the address of the page follow what is shown, so that a reload shows it again.
  showPlace({ type, currentStart, currentEnd }) {
    const name = NAMES[type];
    const date = inside(this.calendar.getDate(), currentStart, currentEnd);
    const last = new Date(currentEnd.getTime() - 86_400_000);
    setText(document.getElementById("calendar-title"), name === "month" ? written(currentStart, MONTH) : weekName(currentStart, last));
    for (const link of document.querySelectorAll(".calendar-bar a[data-view]")) {
      link.href = address({ view: link.dataset.view, date });
      link.toggleAttribute("aria-current", false);
      if (link.dataset.view === name) link.setAttribute("aria-current", "page");
    }
    for (const input of document.querySelectorAll('.calendar-bar input[name="date"]')) input.value = date;
    for (const input of document.querySelectorAll('.calendar-bar input[name="view"]')) input.value = name;
    history.replaceState(null, "", address({ view: name, date }));
  }
}

// "23 – 29 November 2026": what does not change is said once, as the server says it.
function weekName(first, last) {
  const [left, right] = [written(first, DAY), written(last, DAY)].map((words) => words.split(" "));
  while (left.length > 1 && left.at(-1) === right[left.length - 1]) left.pop();
  return `${left.join(" ")} – ${right.join(" ")}`;
}

function written(date, format) {
  return new Intl.DateTimeFormat("en-GB", { ...format, timeZone: "UTC" }).format(date);
}

function inside(date, start, end) {
  return (date >= start && date < end ? date : start).toISOString().slice(0, 10);
}

function entryOf(element) {
  return element.closest?.("[data-entry]")?.dataset.entry;
}

function address(changes) {
  const url = new URL(location.href);
  for (const [name, value] of Object.entries(changes)) url.searchParams.set(name, value);
  return `${url.pathname}${url.search}`;
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

customElements.define("post-calendar", PostCalendar);
