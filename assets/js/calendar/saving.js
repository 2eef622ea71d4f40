// Saves where a post was moved to. The server decides: it knows the zone, the queue and who else changed the post.
import { toast } from "../toast.js";

const saves = new Map();

// Asks the server to keep an event where it stands now; puts it back, with the server's sentence, when it refuses.
// Presses that follow each other quickly wait for the one before, and only the last place is asked for. The event is
// looked up anew each time: FullCalendar's objects know only of changes that were made through themselves.
export function save(calendar, id, { before, done }) {
  const state = saves.get(id) ?? { chain: Promise.resolve(), waiting: 0 };
  if (!state.waiting) state.kept = before;
  state.waiting += 1;
  saves.set(id, state);
  state.chain = state.chain.then(() => ask(calendar, id, state, done)).finally(() => (state.waiting -= 1));
  return state.chain;
}

async function ask(calendar, id, state, done) {
  const event = calendar.getEventById(id);
  if (!event || wall(event) === state.kept) return;
  const answer = await post(event, wall(event));
  const now = calendar.getEventById(id);
  if (answer.ok) {
    state.kept = answer.at.slice(0, 16);
    now?.setExtendedProp("version", answer.version);
    now?.setExtendedProp("when", answer.when);
  } else {
    now?.setStart(state.kept, { maintainDuration: true });
  }
  toast(answer.message, answer.ok ? "ok" : "bad");
  if (now) done(now, answer);
}

async function post(event, at) {
  const { moveTo, version } = event.extendedProps;
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const headers = { Accept: "application/json", "X-CSRFToken": token };
  try {
    const response = await fetch(moveTo, { method: "POST", headers, body: new URLSearchParams({ at, version }) });
    return { ...(await response.json()), ok: response.ok, status: response.status };
  } catch {
    return { ok: false, status: 0, message: "It could not be saved: the server did not answer. It stays where it was." };
  }
}

// The event's wall time, "2026-11-24T09:00".
export function wall(event) {
  return event.start.toISOString().slice(0, 16);
}
