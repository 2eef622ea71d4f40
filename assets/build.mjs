// Builds the browser code into scheduler/static/ under content-hashed names, with manifest.json to find them.
// The same inputs give the same bytes. Run by run.py and by the wheel build, with Node 20 or later.

import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { fileURLToPath } from "node:url";
import * as esbuild from "esbuild";

const HERE = path.dirname(fileURLToPath(import.meta.url));
const TARGET = process.argv[2] ? path.resolve(process.argv[2]) : path.join(HERE, "..", "scheduler", "static");
const WORK = `${TARGET}.new`;
// Licence texts that a package forgot to bring along.
const OMITTED = {
  "@iconify-json/lucide":
    "Copyright (c) Lucide Icons and Contributors (lucide.dev/license)\n\n" +
    "Permission to use, copy, modify, and/or distribute this software for any purpose with or without fee is hereby\n" +
    "granted, provided that the above copyright notice and this permission notice appear in all copies.\n\n" +
    'THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS SOFTWARE INCLUDING\n' +
    "ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE AUTHOR BE LIABLE FOR ANY SPECIAL,\n" +
    "DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS,\n" +
    "WHETHER IN AN ACTION OF CONTRACT, NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE\n" +
    "USE OR PERFORMANCE OF THIS SOFTWARE.",
};
const ENTRIES = [
  "js/admin.js", "js/calendar.js", "js/editor.js", "js/upload.js", "js/site.js", "js/search.js", "js/axe.js",
  "css/admin.css", "css/calendar.css", "css/site.css",
  "css/site-fonts-figtree.css", "css/site-fonts-inter.css", "css/site-fonts-lora.css", "css/site-fonts-nunito.css",
];

async function main() {
  rmSync(WORK, { recursive: true, force: true });
  mkdirSync(WORK, { recursive: true });
  const built = await bundle();
  const manifest = { ...bundledNames(built.metafile), ...writeIcons() };
  writeFileSync(path.join(WORK, "THIRD-PARTY.txt"), notices(built.metafile));
  writeFileSync(path.join(WORK, "manifest.json"), `${JSON.stringify(sorted(manifest), null, 2)}\n`);
  pack();
  putInPlace();
}

function bundle() {
  return esbuild.build({
    absWorkingDir: HERE,
    entryPoints: ENTRIES,
    outdir: WORK,
    entryNames: "[name]-[hash]",
    assetNames: "[name]-[hash]",
    bundle: true,
    minify: true,
    format: "esm",
    target: ["es2022"],
    charset: "utf8",
    legalComments: "none", // the licences are in THIRD-PARTY.txt
    loader: { ".woff2": "file" },
    logLevel: "warning",
    metafile: true,
    plugins: [wholeFolder],
  });
}

// `import "folder:./elements"` and `@import "folder:./admin"` take in every file of a folder in the order of their
// names, so that a new element or style sheet is one new file and no line elsewhere.
const wholeFolder = {
  name: "whole-folder",
  setup(build) {
    build.onResolve({ filter: /^folder:/ }, ({ path: wanted, resolveDir, kind }) => ({
      path: path.relative(HERE, path.join(resolveDir, wanted.slice("folder:".length))),
      namespace: "folder",
      pluginData: kind === "import-rule" ? "css" : "js",
    }));
    build.onLoad({ filter: /.*/, namespace: "folder" }, ({ path: folder, pluginData: kind }) => {
      const absolute = path.join(HERE, folder);
      const names = readdirSync(absolute).filter((name) => name.endsWith(`.${kind}`)).sort();
      const lines = names.map((name) => `${kind === "css" ? "@import" : "import"} "./${name}";`);
      return { contents: lines.join("\n"), loader: kind, resolveDir: absolute };
    });
  },
};

// {"admin.js": "admin-AB12CD34.js", ...}: what a template asks for -> the file that holds it.
function bundledNames(metafile) {
  return Object.fromEntries(Object.keys(metafile.outputs).map((output) => {
    const file = path.basename(output);
    return [file.replace(/-[A-Z0-9]{8}(\.[a-z0-9]+)$/, "$1"), file];
  }));
}

// One file of <symbol>s with the lucide icons that icons.json lists.
function writeIcons() {
  const wanted = JSON.parse(readFileSync(path.join(HERE, "icons.json"), "utf8"));
  const set = JSON.parse(readFileSync(path.join(packageFolder("@iconify-json/lucide"), "icons.json"), "utf8"));
  const body = (name) => set.icons[name]?.body ?? set.icons[set.aliases?.[name]?.parent]?.body;
  const missing = wanted.filter((name) => !body(name));
  if (missing.length) fail(`assets/icons.json asks for icons that lucide does not have: ${missing.join(", ")}.`);
  const drawn = { ...Object.fromEntries(wanted.map((name) => [name, body(name)])), ...ownIcons() };
  const names = Object.keys(drawn).sort();
  const symbols = names.map((name) => `<symbol id="${name}" viewBox="0 0 24 24">${drawn[name]}</symbol>`);
  const sprite = `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
  const file = `icons-${createHash("sha256").update(sprite).digest("hex").slice(0, 8).toUpperCase()}.svg`;
  writeFileSync(path.join(WORK, file), sprite);
  return { "icons.svg": file };
}

// What lucide does not draw (it has no signs of networks): icons/<name>.svg, 24 by 24, in the same stroke.
function ownIcons() {
  const folder = path.join(HERE, "icons");
  const files = readdirSync(folder).filter((file) => file.endsWith(".svg"));
  const inside = (file) => readFileSync(path.join(folder, file), "utf8").match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1];
  return Object.fromEntries(files.map((file) => [path.basename(file, ".svg"), inside(file)]));
}

// Each text once more, packed as small as it goes: beside it as .br and .gz, for browsers that take it so.
function pack() {
  for (const name of readdirSync(WORK).filter((file) => /\.(js|css|svg)$/.test(file))) {
    const bytes = readFileSync(path.join(WORK, name));
    const hints = { [constants.BROTLI_PARAM_MODE]: constants.BROTLI_MODE_TEXT, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
    writeFileSync(path.join(WORK, `${name}.br`), brotliCompressSync(bytes, { params: hints }));
    writeFileSync(path.join(WORK, `${name}.gz`), gzipSync(bytes, { level: 9 }));
  }
}

// Name, version, licence and licence text of every package that has a part in the built files.
function notices(metafile) {
  const used = Object.keys(metafile.inputs)
    .map((input) => input.match(/^(?:[a-z]+:)?node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1])
    .filter(Boolean);
  const names = [...new Set([...used, "@iconify-json/lucide"])].sort();
  return `${names.map(notice).join(`\n\n${"-".repeat(78)}\n\n`)}\n`;
}

function notice(name) {
  const folder = packageFolder(name);
  const { version, license } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
  const file = readdirSync(folder).sort().find((entry) => /^(licen[cs]e|copying)/i.test(entry));
  const text = file ? readFileSync(path.join(folder, file), "utf8").replaceAll("\r\n", "\n").trim() : OMITTED[name];
  if (!text) fail(`${name} ${version} brings no licence text: add it to OMITTED in assets/build.mjs.`);
  return `${name} ${version} (${license})\n\n${text}`.trim();
}

function packageFolder(name) {
  return path.join(HERE, "node_modules", name);
}

// A reader of the target sees the old files or the new ones, never a half-written folder.
function putInPlace() {
  const old = `${TARGET}.old`;
  rmSync(old, { recursive: true, force: true });
  if (existsSync(TARGET)) renameSync(TARGET, old);
  renameSync(WORK, TARGET);
  rmSync(old, { recursive: true, force: true });
}

function sorted(object) {
  return Object.fromEntries(Object.entries(object).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

await main();
