// The grammar of articles in the browser: the same as scheduler/content/markdown.py has on the server. What one side
// reads as bold, a table or a note, the other must read so too: tests/unit/test_round_trip.py compares the two.
// markdown-it 14.2.0 is the twin of markdown-it-py 4.3.0 (14.3 reads a backslash before a space otherwise): the two
// pins move together.

import MarkdownIt from "markdown-it";

export const DATA_KINDS = ["video", "embed", "gallery", "faq", "button", "cta", "map"];
export const PROSE_KINDS = ["note", "callout"];
export const CALLOUTS = ["info", "tip", "warning"];
export const LARGEST_CHARACTERS = 500_000;
export const DEEPEST = 20; // levels of nesting that a CommonMark parser of this family reads; deeper text vanishes

const MOST_COLUMNS = 100;
const MOST = {
  ...Object.fromEntries([..."[]*_`~<!&\\>\n"].map((sign) => [sign, 20_000])),
  "|": 20_000, ":::": 1_000, "#": 5_000,
};
// What Python calls whitespace and a letter: its \s, strip() and \w are not those of JavaScript.
const SPACE = "[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]";
const STRIPPED = new RegExp(`^${SPACE}+|${SPACE}+$`, "g");
const EDGE = "[\\t-\\r \\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+"; // as mdTrim has it
const TRIMMED = new RegExp(`^${EDGE}|${EDGE}$`, "g");
const PAIR = new RegExp(
  `${SPACE}*([a-z]+)${SPACE}*=${SPACE}*(?:"([^"]*)"|'([^']*)'|((?:(?!${SPACE})[^"'{}])+))${SPACE}*`, "y");
const OPENINGS = Object.fromEntries(
  PROSE_KINDS.map((kind) => [kind, new RegExp(`^${SPACE}*${kind}(?![\\p{L}\\p{N}_-])(.*)$`, "u")]));

const parser = makeParser();

// The tokens of a text. Definitions of link addresses ([name]: /path) that stand elsewhere come in `references`.
export function tokensOf(text, references = {}) {
  return parser.parse(text.endsWith("\n") ? text : `${text}\n`, { references: { ...references } });
}

// The definitions of link addresses in a text, as `tokensOf` takes them.
export function referencesIn(text) {
  const env = { references: {} };
  if (text.includes("]:")) parser.parse(text, env);
  return env.references;
}

// How an address shows when it is its own words: <https://example.org/%20>.
export function shownAddress(url) {
  return parser.normalizeLinkText(url);
}

// Why a text is not read at all, or "" if it is: the limits and the words of the server's size_problem.
export function sizeProblem(text) {
  const characters = [...text].length;
  if (characters > LARGEST_CHARACTERS) {
    return `the text has ${grouped(characters)} characters; ${grouped(LARGEST_CHARACTERS)} is the most: ` +
      "make it several articles";
  }
  for (const [sign, most] of Object.entries(MOST)) {
    const number = text.split(sign).length - 1;
    const shown = sign === "\n" ? "lines" : `signs "${sign}"`;
    if (number > most) return `the text has ${grouped(number)} ${shown}; ${grouped(most)} is the most`;
  }
  const wide = text.split("\n").some((line) => line.split("|", MOST_COLUMNS + 2).length > MOST_COLUMNS + 1);
  return wide ? `the text has a table of more than ${MOST_COLUMNS} columns` : "";
}

// What follows the word `kind` in the opening line of a container, or null if the line does not open one.
export function containerParams(kind, info) {
  const match = OPENINGS[kind].exec(info);
  return match && settingsIn(match[1]) ? match[1] : null;
}

// The settings of a container's opening line ({title="..." kind=tip}); null when it is not one. As blocks.attributes.
export function settingsIn(params) {
  const whole = params.replace(STRIPPED, "");
  if (!whole) return {};
  if (!whole.startsWith("{") || !whole.endsWith("}") || [...whole].length > 1000) return null;
  const inner = whole.slice(1, -1);
  const found = {};
  let offset = 0;
  for (;;) {
    PAIR.lastIndex = offset;
    const match = PAIR.exec(inner);
    if (!match) break;
    found[match[1]] = match[2] || match[3] || match[4] || "";
    offset = PAIR.lastIndex;
  }
  return inner.slice(offset).replace(STRIPPED, "") ? null : found;
}

function makeParser() {
  const made = new MarkdownIt("commonmark", { html: false, maxNesting: DEEPEST }).enable(["table", "strikethrough"]);
  for (const kind of PROSE_KINDS) {
    made.block.ruler.before("fence", `container_${kind}`, containerRule(kind), {
      alt: ["paragraph", "reference", "blockquote", "list"],
    });
  }
  made.inline.ruler.at("backticks", backticks);
  made.core.ruler.after("block", "trim_as_the_server", trimAsTheServer);
  // Addresses stay as they are written: the server judges and encodes them.
  made.validateLink = () => true;
  made.normalizeLink = (url) => url;
  return made;
}

// The words of a block without spaces of any width at their edges: markdown-it-py cuts more off than markdown-it.
function trimAsTheServer({ tokens }) {
  for (const token of tokens) if (token.type === "inline") token.content = token.content.replace(TRIMMED, "");
}

// Code between backticks as markdown-it-py finds it: a run of another length, seen while looking ahead, hides nothing,
// and code that is all spaces keeps them.
function backticks(state, silent) {
  if (state.src[state.pos] !== "`") return false;
  let start = state.pos + 1;
  while (start < state.posMax && state.src[start] === "`") start += 1;
  const sign = state.src.slice(state.pos, start);
  const end = lastRuns(state)[sign.length] >= start ? closingRun(state, start, sign.length) : -1;
  if (!silent && end < 0) state.pending += sign;
  if (!silent && end >= 0) {
    const token = state.push("code_inline", "code", 0);
    token.content = state.src.slice(start, end).replace(/\n/g, " ").replace(/^ (.*[^ ].*) $/, "$1");
  }
  state.pos = end < 0 ? start : end + sign.length;
  return true;
}

// Where a run of so many backticks begins; -1 if there is none before the end of what is read.
function closingRun({ src, posMax }, from, length) {
  let start = src.indexOf("`", from);
  while (start >= 0 && start < posMax) {
    let end = start + 1;
    while (src[end] === "`") end += 1;
    if (end > posMax) return -1;
    if (end - start === length) return start;
    start = src.indexOf("`", end);
  }
  return -1;
}

// The last place of a run of each length: without it, runs that nothing closes would be looked for again and again.
function lastRuns(state) {
  if (!state.backticksScanned) {
    state.backticks = Object.fromEntries([...state.src.matchAll(/`+/g)].map((run) => [run[0].length, run.index]));
    state.backticksScanned = true;
  }
  return state.backticks;
}

// mdit_py_plugins.container, line by line (the one for JavaScript differs in what it takes for indented code).
function containerRule(kind) {
  return (state, startLine, endLine, silent) => {
    if (isCode(state, startLine)) return false;
    const start = state.bMarks[startLine] + state.tShift[startLine];
    const markers = colonsAt(state, startLine);
    const params = state.src.slice(start + markers, state.eMarks[startLine]);
    if (markers < 3 || containerParams(kind, params) === null) return false;
    if (silent) return true;
    const [end, closed] = endOfContainer(state, startLine, endLine, markers);
    pushContainer(state, kind, params, startLine, end);
    state.line = end + (closed ? 1 : 0);
    return true;
  };
}

function endOfContainer(state, startLine, endLine, markers) {
  for (let line = startLine + 1; line < endLine; line += 1) {
    const start = state.bMarks[line] + state.tShift[line];
    if (start < state.eMarks[line] && state.sCount[line] < state.blkIndent) return [line, false];
    const found = colonsAt(state, line);
    if (!found || isCode(state, line) || found < markers) continue;
    if (state.skipSpaces(start + found) >= state.eMarks[line]) return [line, true];
  }
  return [endLine, false];
}

function pushContainer(state, kind, params, startLine, end) {
  const { parentType, lineMax } = state;
  state.parentType = "container";
  state.lineMax = end; // no lazy continuation goes past the closing line
  const open = state.push(`container_${kind}_open`, "div", 1);
  Object.assign(open, { block: true, info: params, map: [startLine, end] });
  state.md.block.tokenize(state, startLine + 1, end);
  state.push(`container_${kind}_close`, "div", -1).block = true;
  Object.assign(state, { parentType, lineMax });
}

function colonsAt(state, line) {
  const start = state.bMarks[line] + state.tShift[line];
  let end = start;
  while (end < state.src.length && state.src[end] === ":") end += 1;
  return end - start;
}

function isCode(state, line) {
  return state.sCount[line] - state.blkIndent >= 4;
}

function grouped(number) {
  return number.toLocaleString("en-US");
}
