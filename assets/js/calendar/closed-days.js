// Blackout days: which dates they are, and the classes that shade them in month and week.

// Returns whether a date is closed; `text` holds spans like "2026-12-24..2026-12-26 2027-01-01".
export function closedDays(text) {
  const spans = text.split(" ").filter(Boolean).map((span) => span.split(".."));
  return (day) => spans.some(([first, last = first]) => first <= day && day <= last);
}

// Returns FullCalendar's options that shade closed days and say so.
export function shading(isClosed) {
  const on = (name) => ({ date }) => (isClosed(date.toISOString().slice(0, 10)) ? name : "");
  return { dayCellClass: on("day-closed"), dayLaneClass: on("day-closed"), dayCellTopClass: on("day-closed-words") };
}
