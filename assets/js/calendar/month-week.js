// What the calendar page needs of FullCalendar, in one place: the views, the drag, the theme.
// Every date in here is a wall time of the calendar's zone that is called UTC: the server owns all zone arithmetic, so
// the browser must not do any, and a time that the clocks skip can be dropped on (and is refused by the server).
import "temporal-polyfill/global";
import { Calendar } from "fullcalendar";
import dayGrid from "fullcalendar/daygrid";
import interaction from "fullcalendar/interaction";
import theme from "fullcalendar/themes/classic";
import timeGrid from "fullcalendar/timegrid";

export const VIEWS = { month: "dayGridMonth", week: "timeGridWeek" };
// A month is as high as its posts; a week scrolls inside the height that the style sheet gives it.
export const HEIGHTS = { month: "auto", week: "100%" };
const CLOCK = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

// Returns a calendar on `element`; `options` are FullCalendar's own and win over ours.
export function monthWeek(element, options) {
  return new Calendar(element, {
    plugins: [theme, dayGrid, timeGrid, interaction],
    timeZone: "UTC",
    headerToolbar: false,
    locale: "en-GB",
    firstDay: 1,
    fixedWeekCount: false,
    dayMaxEvents: false, // a post that hides behind "+3 more" could not keep the focus while it is moved
    eventDisplay: "block",
    eventTimeFormat: CLOCK,
    slotHeaderFormat: CLOCK,
    defaultTimedEventDuration: "00:30",
    eventMinHeight: 22,
    eventDurationEditable: false,
    snapDuration: "00:15",
    allDaySlot: false,
    nowIndicator: true,
    dayHeaderDidMount: ({ el }) => el.querySelectorAll("[aria-hidden]").forEach((part) => part.removeAttribute("aria-hidden")),
    viewDidMount: ({ el }) => el.querySelectorAll('[role="rowheader"]:empty').forEach(nameRow),
    ...options,
  });
}

// A header without words is announced as nothing.
function nameRow(header) {
  const words = document.createElement("span");
  words.className = "visually-hidden";
  words.textContent = header.getAttribute("aria-label") ?? "";
  header.append(words);
}
