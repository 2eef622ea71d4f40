// The lines of a table in Markdown. Needs no DOM.

import { linesOfWords } from "./words.js";

// `rows` are those of the editor, the first one holds the headings.
export function tableLines(rows, hand) {
  const cells = rows.map((row) => (row.content ?? []).flatMap((cell) => [cell, ...spanned(cell)]));
  const columns = [...Array(Math.max(1, ...cells.map((row) => row.length))).keys()];
  const shown = cells.map((row) => rowLine(columns.map((at) => (row[at] ? cellText(row[at], hand) : ""))));
  const signs = { left: ":---", center: ":---:", right: "---:" };
  const rule = rowLine(columns.map((at) => signs[cells[0]?.[at]?.attrs?.align] ?? "---"));
  return [shown[0] ?? rowLine([""]), rule, ...shown.slice(1)];
}

function spanned(cell) {
  return Array.from({ length: (cell.attrs?.colspan ?? 1) - 1 }, () => ({ content: [] }));
}

function cellText({ content = [] }, hand) {
  const space = { type: "text", text: " " };
  const nodes = content.flatMap((block, index) => [...(index ? [space] : []), ...(block.content ?? [])]);
  const [line = ""] = linesOfWords(nodes, { hand, oneLine: true, first: false });
  return line.replaceAll("|", "\\|");
}

function rowLine(cells) {
  return `| ${cells.join(" | ")} |`;
}
