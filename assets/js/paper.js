// asOnPaper(document, true): a page in a frame looks as it would be printed: what its style sheets say for paper holds,
// what they say for screens does not. asOnPaper(document, false) takes it back.
const KEPT = new WeakMap();

export function asOnPaper(page, wanted) {
  for (const sheet of page.styleSheets) for (const rule of rulesOf(sheet)) turn(rule.media, wanted);
  page.documentElement.style.colorScheme = "";
  page.documentElement.style.padding = wanted ? "0.6in" : "";
}

function turn(media, wanted) {
  if (!KEPT.has(media)) KEPT.set(media, media.mediaText);
  const said = KEPT.get(media);
  media.mediaText = wanted ? onPaper(said) : said;
}

// "print" holds, "screen" does not, and what asks for nothing of the two is left as it is.
function onPaper(said) {
  return said.split(",").map((part) => {
    if (/^\s*(only\s+)?print\b/i.test(part)) return part.replace(/^\s*(only\s+)?print\b/i, "all");
    if (/^\s*(only\s+)?screen\b/i.test(part)) return "not all";
    return part;
  }).join(",");
}

function* rulesOf(holder) {
  for (const rule of holder.cssRules ?? []) {
    if (rule.media?.mediaText) yield rule;
    if (rule.styleSheet) yield* rulesOf(rule.styleSheet);
    else if (rule.cssRules) yield* rulesOf(rule);
  }
}
