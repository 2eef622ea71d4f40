// What the calendar page needs of FullCalendar, in one place: the views, the drag, the theme and the zone arithmetic.
import "temporal-polyfill/global";
import { Calendar } from "fullcalendar";
import dayGrid from "fullcalendar/daygrid";
import interaction from "fullcalendar/interaction";
import theme from "fullcalendar/themes/classic";
import timeGrid from "fullcalendar/timegrid";

// Returns a calendar on `element`; `options` are FullCalendar's own and win over ours.
export function monthWeek(element, options) {
  return new Calendar(element, {
    plugins: [theme, dayGrid, timeGrid, interaction],
    initialView: "dayGridMonth",
    headerToolbar: { start: "prev,today,next", center: "title", end: "dayGridMonth,timeGridWeek" },
    ...options,
  });
}
