// Writing the YAML of a data block: tables, lists and texts, as scheduler/content/yaml_tree.py reads them.

export function toYaml(table) {
  return linesOf(table).join("\n");
}

function linesOf(value) {
  if (Array.isArray(value)) return value.flatMap((item) => indented(linesOf(item), "- ", "  "));
  if (typeof value !== "object") return [scalar(value)];
  return Object.entries(value).flatMap(([key, entry]) => {
    if (Array.isArray(entry)) return entry.length ? [`${key}:`, ...indented(linesOf(entry), "  ", "  ")] : [`${key}: []`];
    if (typeof entry === "object") return [`${key}:`, ...indented(linesOf(entry), "  ", "  ")];
    return isBlock(entry) ? [`${key}: |-`, ...indented(entry.split("\n"), "  ", "  ")] : [`${key}: ${scalar(entry)}`];
  });
}

function indented(lines, first, others) {
  return lines.map((line, index) => (line ? `${index ? others : first}${line}` : ""));
}

// Several lines stay lines, where YAML lets them be as they are.
function isBlock(text) {
  return text.includes("\n") && !/^\s|[^\n\S]\n|\s$|[^\P{C}\n]|[\u2028\u2029\ufeff]/u.test(text);
}

function scalar(text) {
  return isPlain(text) ? text : quoted(text);
}

function isPlain(text) {
  if (!text || text !== text.trim() || /[^\P{C}]|[\u2028\u2029]/u.test(text)) return false;
  if (/^[-?:,[\]{}#&*!|>'"%@`=]|: |:$| #/.test(text)) return false;
  return !/^(?:~|null|true|false|yes|no|on|off|y|n|[-+.\d:_]+(?:e[-+]?\d+)?)$/i.test(text);
}

// JSON's quotes are YAML's, but for a few signs that YAML takes for line ends or does not take at all.
function quoted(text) {
  return JSON.stringify(text).replace(/[\x7f-\x9f\u2028\u2029\ufeff]/g, (sign) => `\\u${sign.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
