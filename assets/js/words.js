// The browser's own store of words that the server does not have yet: one entry for each page of each article.
// localStorage, because it is written before the page can die; the words of an article fit many times.
const PREFIX = "drumbeat-words:";
const KEPT_DAYS = 60;
const ANSWER_WITHIN = 400;

const channel = "BroadcastChannel" in window ? new BroadcastChannel("drumbeat-words") : null;

// Store an entry; return false when the browser has no room, or keeps nothing.
export function keep(id, entry) {
  try {
    localStorage.setItem(`${PREFIX}${id}:${entry.tab}`, JSON.stringify({ ...entry, id }));
    return true;
  } catch {
    return false;
  }
}

export function forget(id, tab) {
  try {
    localStorage.removeItem(`${PREFIX}${id}:${tab}`);
  } catch {
    // A browser that keeps nothing has nothing to forget.
  }
}

// Return what pages that are gone left behind, the newest first: of one article, or of those that have no place yet.
export async function keptFor(id, ownTab) {
  const found = entries().filter((entry) => entry.tab !== ownTab && (id ? entry.id === id : !entry.there));
  if (!found.length) return [];
  const open = await openTabs();
  return found.filter((entry) => !open.has(entry.tab)).sort((one, two) => two.at - one.at);
}

// Tell other pages of this browser that this one is open; return a function that ends it.
export function heartbeat(tab) {
  const answer = (event) => { if (event.data === "who is open?") channel.postMessage({ tab }); };
  channel?.addEventListener("message", answer);
  return () => channel?.removeEventListener("message", answer);
}

function openTabs() {
  const open = new Set();
  if (!channel) return Promise.resolve(open);
  const hear = (event) => { if (event.data.tab) open.add(event.data.tab); };
  channel.addEventListener("message", hear);
  channel.postMessage("who is open?");
  return new Promise((done) => setTimeout(() => { channel.removeEventListener("message", hear); done(open); }, ANSWER_WITHIN));
}

function entries() {
  try {
    return Object.keys(localStorage).filter((key) => key.startsWith(PREFIX)).flatMap((key) => entry(key));
  } catch {
    return [];
  }
}

function entry(key) {
  try {
    const found = JSON.parse(localStorage.getItem(key));
    if (Array.isArray(found.fields) && Date.now() - found.at < KEPT_DAYS * 86_400_000) return [found];
  } catch {
    // Not one of ours: away with it.
  }
  localStorage.removeItem(key);
  return [];
}
