// Whether the visual editor could hold a text without changing what it says.

import { DEEPEST, containerParams, settingsIn, sizeProblem, tokensOf } from "./grammar.js";
import { blocksOf, plain } from "./reading.js";
import { toMarkdown } from "./writing.js";

// Why a text must not be opened in the visual editor (a sentence that names the line), or "" if it may be.
//
// The text is written anew as if every block had been edited; what that says must be what the text says.
export function changedBy(text) {
  const problem = sizeProblem(text);
  if (problem) return `${problem[0].toUpperCase()}${problem.slice(1)}.`;
  const lines = text.replace(/\r\n?/g, "\n");
  const before = meaning(tokensOf(lines));
  const deep = before.find(({ level }) => level >= DEEPEST - 1);
  if (deep) return `Line ${deep.line} is nested deeper than pages show: its lists and quotes hold one another.`;
  const after = meaning(tokensOf(toMarkdown({ content: blocksOf(lines) }, { verbatim: false })));
  const at = before.findIndex(({ said }, index) => said !== after[index]?.said);
  if (at >= 0) return `Line ${before[at].line} would be changed: it says something the visual editor cannot hold.`;
  return after.length === before.length ? "" : "The end would be changed: it says something the visual editor cannot hold.";
}

// What tokens say, one entry a block or its words: the order in which bold, italic and links hold one another over the
// same words does not count, nor bold inside bold (which shows as bold), nor spaces that no page shows.
function meaning(tokens) {
  let line = 1;
  const isEmpty = (token) => token?.type === "inline" && token.children.length === 0;
  return tokens.filter((token, index) => {
    if (token.type === "paragraph_open") return !token.hidden && !isEmpty(tokens[index + 1]);
    return token.type === "paragraph_close" ? !token.hidden && !isEmpty(tokens[index - 1]) : !isEmpty(token);
  }).map((token) => {
    if (token.map) line = token.map[0] + 1;
    const said = token.type === "inline" ? words(token.children) : blockSays(token);
    return { line, level: token.level, said: JSON.stringify(said) };
  });
}

function blockSays(token) {
  if (token.type === "fence" || token.type === "code_block") {
    return ["code", token.info.trim(), token.content.replace(/\n$/, "")];
  }
  const kind = /^container_(\w+)_open$/.exec(token.type)?.[1];
  const settings = kind ? Object.entries(settingsIn(containerParams(kind, token.info))).sort() : [];
  return [token.type, token.tag, token.attrs, settings];
}

function words(children) {
  const runs = [];
  const open = [];
  for (const token of children) {
    const name = token.nesting ? JSON.stringify([token.tag, token.nesting === 1 ? token.attrs : null]) : "";
    if (token.nesting === 1) open.push(name);
    else if (token.nesting === -1) open.splice(open.findLastIndex((one) => one.startsWith(`["${token.tag}"`)), 1);
    else run(runs, token, [...new Set(open)].sort().join(" "));
  }
  runs.forEach((one, at) => {
    one[0] = one[0].replace(/[ \t\n]+/g, " ").replace(/ ?\v ?/g, "\v");
    const space = at > 0 ? /^[ \v]*/.exec(one[0])[0] : "";
    one[0] = one[0].slice(space.length);
    if (at > 0) runs[at - 1][0] = `${runs[at - 1][0]}${space}`.replace(/ +/g, " ").replace(/ ?\v ?/g, "\v");
  });
  return runs;
}

function run(runs, token, open) {
  const marks = token.type === "code_inline" ? `${open} code` : open;
  const last = runs.at(-1);
  const text = shown(token);
  if (/^[ \t\n\v]*$/.test(text) && last) last[0] += text;
  else if (last?.[1] === marks) last[0] += text;
  else if (text) runs.push([text, marks]);
}

function shown(token) {
  if (token.type === "softbreak") return " ";
  if (token.type === "hardbreak") return "\v";
  if (token.type === "image") return `\0${JSON.stringify([token.attrs, plain(token.children).trim()])}\0`;
  return token.content;
}
