// One edited word in a list, a table, a quote or a note changes its line of the file and no other: the lines that say
// the same as before stay as they stood. Needs no DOM.

const MOST_COMPARED = 1_000_000; // pairs of lines; a larger change is written anew

// `stood`: the block as the file has it; `before`: the same, and `now`: what it has become, both as the editor writes
// them. Returns `now` with the lines that did not change as they stood. Whoever asks reads it back: it may be wrong.
export function keptLines(stood, before, now) {
  const [file, old, fresh] = [stood, before, now].map((text) => text.split("\n"));
  const [inFile, inOld, inFresh] = [file, old, fresh].map(withWords);
  if (inFile.length !== inOld.length) return now; // then nothing says which line became which
  const same = matched(inOld.map((at) => old[at]), inFresh.map((at) => fresh[at]));
  const from = same.map((at, index) => (at < 0 ? replaced(same, index, inOld.length) : at));
  return inFresh.flatMap((at, index) => {
    const was = from[index];
    const together = was > 0 && from[index - 1] === was - 1;
    const gap = together ? file.slice(inFile[was - 1] + 1, inFile[was]) : fresh.slice((inFresh[index - 1] ?? -1) + 1, at);
    return [...gap, was < 0 ? fresh[at] : withOwnStart(file[inFile[was]], old[inOld[was]], fresh[at])];
  }).join("\n");
}

function withWords(lines) {
  return [...lines.keys()].filter((at) => /\S/.test(lines[at]));
}

// For every line of `now`, the line of `before` that it is; -1 for one that is new.
function matched(before, now) {
  const partners = now.map(() => -1);
  let start = 0;
  while (start < Math.min(before.length, now.length) && before[start] === now[start]) partners[start] = start++;
  let [end, last] = [before.length, now.length];
  while (end > start && last > start && before[end - 1] === now[last - 1]) partners[--last] = --end;
  if ((end - start) * (last - start) > MOST_COMPARED) return partners;
  const longest = longestCommon(before.slice(start, end), now.slice(start, last));
  for (let [one, other] = [0, 0]; start + one < end && start + other < last;) {
    if (before[start + one] === now[start + other]) partners[start + other++] = start + one++;
    else if (longest[one + 1][other] >= longest[one][other + 1]) one += 1;
    else other += 1;
  }
  return partners;
}

// How many lines two texts have in common from each pair of places on.
function longestCommon(before, now) {
  const table = Array.from({ length: before.length + 1 }, () => new Uint32Array(now.length + 1));
  for (let one = before.length - 1; one >= 0; one -= 1) {
    for (let other = now.length - 1; other >= 0; other -= 1) {
      table[one][other] = before[one] === now[other] ? table[one + 1][other + 1] + 1 : Math.max(table[one + 1][other], table[one][other + 1]);
    }
  }
  return table;
}

// The old line that a new one stands for, where as many lines came as went; else -1.
function replaced(partners, index, length) {
  const above = partners.findLastIndex((from, at) => at < index && from >= 0);
  const below = partners.findIndex((from, at) => at > index && from >= 0);
  const first = above < 0 ? -1 : partners[above];
  const [to, last] = below < 0 ? [partners.length, length] : [below, partners[below]];
  return to - above === last - first ? first + index - above : -1;
}

// A line of other words begins as it stood in the file: with its own sign of a list and its own indentation.
function withOwnStart(stood, before, now) {
  let same = 0;
  while (same < Math.min(stood.length, before.length) && stood.at(-1 - same) === before.at(-1 - same)) same += 1;
  const start = before.slice(0, before.length - same);
  return now.startsWith(start) ? stood.slice(0, stood.length - same) + now.slice(start.length) : now;
}
