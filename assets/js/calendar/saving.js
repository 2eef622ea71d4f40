// Saves where a post was moved to. The server decides: it knows the zone, the queue and who else changed the post.
import { toast } from "../toast.js";

const saves = new Map();

// Asks the server to keep the event where it stands now; puts it back, with the server's sentence, when it refuses.
// Presses that follow each other quickly wait for the one before, and only the last place is asked for.
export function save(event, { before, done }) {
  const state = saves.get(event.id) ?? { kept: before, chain: Promise.resolve() };
  saves.set(event.id, state);
  state.chain = state.chain.then(() => ask(event, state, done));
  return state.chain;
}

async function ask(event, state, done) {
  const wanted = wall(event);
  if (wanted === state.kept) return;
  const answer = await post(event, wanted);
  if (answer.ok) {
    state.kept = answer.at.slice(0, 16);
    event.setExtendedProp("version", answer.version);
    event.setExtendedProp("when", answer.when);
  } else {
    event.setStart(state.kept, { maintainDuration: true });
  }
  toast(answer.message, answer.ok ? "ok" : "bad");
  done(event, answer);
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
