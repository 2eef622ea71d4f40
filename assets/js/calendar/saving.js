// Saves where a post was moved to. The server decides: it knows the zone, the queue and who else changed the post.
import { toast } from "../toast.js";

const saves = new Map();
let changes = 0;

// Asks the server to keep an event where it stands now; puts it back, with the server's sentence, when it refuses.
// Presses that follow each other quickly wait for the one before, and only the last place is asked for. The event is
// looked up anew each time: FullCalendar's objects know only of changes that were made through themselves.
export function save(calendar, event, { before, done }) {
  const { version, moveTo } = event.extendedProps;
  const state = saves.get(event.id) ?? { kept: before, version, moveTo, chain: Promise.resolve(), waiting: 0 };
  saves.set(event.id, state);
  state.wanted = wall(event);
  state.waiting += 1;
  changes += 1;
  state.chain = state.chain.then(() => ask(calendar, event.id, state, done)).finally(() => {
    state.waiting -= 1;
    if (!state.waiting) saves.delete(event.id);
  });
}

// Runs `load` while nothing is being saved, and again if something was moved meanwhile: what it brings is never old.
export async function quietly(load) {
  for (;;) {
    await Promise.all([...saves.values()].map((state) => state.chain));
    const before = changes;
    const found = await load();
    if (changes === before) return found;
  }
}

async function ask(calendar, id, state, done) {
  const { wanted } = state;
  if (wanted === state.kept) return;
  const answer = await post(state.moveTo, wanted, state.version);
  const event = calendar.getEventById(id);
  if (answer.ok) {
    Object.assign(state, { kept: answer.at.slice(0, 16), version: answer.version });
    event?.setExtendedProp("version", answer.version);
    event?.setExtendedProp("when", answer.when);
  } else {
    state.wanted = state.kept;
    event?.setStart(state.kept, { maintainDuration: true });
  }
  toast(answer.message, answer.ok ? "ok" : "bad");
  if (event) done(event, answer);
}

async function post(address, at, version) {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const headers = { Accept: "application/json", "X-CSRFToken": token };
  try {
    const response = await fetch(address, { method: "POST", headers, body: new URLSearchParams({ at, version }) });
    return { ...(await response.json()), ok: response.ok, status: response.status };
  } catch {
    return { ok: false, status: 0, message: "It could not be saved: the server did not answer. It stays where it was." };
  }
}

// The event's wall time, "2026-11-24T09:00".
export function wall(event) {
  return event.start.toISOString().slice(0, 16);
}
