// The search of the pages, in node. Reads one JSON request a line and answers each with one line:
// {terms: text, lang} or {search: text, lang, roots, again: whether on the page that was asked before} or {parse: text} or {near: [a, b]} or {mark: text, …}.
// argv: the folder that holds stem-<lang>.js; roots are folders with an index.
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { runInThisContext } from "node:vm";

globalThis.location = { protocol: "http:" };
/* What was asked for, since the last answer. */
let requests = [];

/* Ranges as nginx answers them, or as one whose files have no ranges, or as none should: `rangeless` is true,
   or what is answered. */
const ranges = async (url, said) => {
  const octets = await readFile(fileURLToPath(url));
  const parts = said.slice("bytes=".length).split(",").map((part) => part.split("-").map(Number));
  if (typeof globalThis.rangeless === "string") return new Response(globalThis.rangeless, { status: 206 });
  if (globalThis.rangeless) return new Response(octets);
  const line = ([from, last]) => `bytes ${from}-${last}/${octets.length}`;
  if (parts.length === 1) {
    const [[from, last]] = parts;
    return new Response(octets.subarray(from, last + 1), { status: 206, headers: { "Content-Range": line(parts[0]) } });
  }
  const told = parts.flatMap((part) => [
    Buffer.from(`\r\n--0123\r\nContent-Type: application/octet-stream\r\nContent-Range: ${line(part)}\r\n\r\n`),
    octets.subarray(part[0], part[1] + 1),
  ]);
  const headers = { "Content-Type": "multipart/byteranges; boundary=0123" };
  return new Response(Buffer.concat([...told, Buffer.from("\r\n--0123--\r\n")]), { status: 206, headers });
};

globalThis.fetch = async (url, { headers = {} } = {}) => {
  requests.push(headers.Range ? `${url} ${headers.Range}` : url);
  try {
    if (headers.Range) return await ranges(url, headers.Range);
    const text = await readFile(fileURLToPath(url), "utf8");
    return { ok: true, text: async () => text };
  } catch {
    return { ok: false };
  }
};
const source = new URL("../../themes/solicomm/static/search/", import.meta.url);
const [analysis, query, searching, segments, suggesting, marking, tiers] = await Promise.all(
  ["analysis", "query", "searching", "segments", "suggesting", "marking", "tiers"].map(
    (name) => import(new URL(`${name}.js`, source))),
);
const loaded = new Set();
const load = async (lang) => {
  if (!loaded.has(lang)) runInThisContext(readFileSync(`${process.argv[2]}/stem-${lang}.js`, "utf8"));
  loaded.add(lang);
};

const termsOf = (text, latin) => analysis.piecesOf(analysis.normalise(text)).flatMap((piece) => {
  if (piece.cjk) return analysis.bigrams(piece.cjk);
  if (!analysis.isShort(piece.text)) return [];
  const lang = analysis.scriptOf(piece.text) || latin;
  const term = analysis.isStopWord(piece.text, lang) ? "" : analysis.termOf(piece.text, lang);
  return term ? [term] : [];
});

/* What was opened for a page on which one asks again and again. */
const pages = new Map();
const openedOnce = (roots) => {
  const page = roots.join(" ");
  if (!pages.has(page)) pages.set(page, searching.openAll(roots));
  return pages.get(page);
};

const answer = async (asked) => {
  if ("terms" in asked) {
    await Promise.all(["ru", "ar", asked.lang].filter(Boolean).map(load));
    return termsOf(asked.terms, asked.lang);
  }
  if ("parse" in asked) return query.parseQuery(asked.parse);
  if ("near" in asked) return suggesting.distance(...asked.near);
  if ("latin" in asked) return analysis.latinOf(asked.latin);
  if ("mark" in asked) {
    await Promise.all(asked.languages.map(load));
    return marking.marked(asked.mark, new Set(asked.wanted), asked.languages);
  }
  requests = [];
  globalThis.rangeless = asked.rangeless;
  const opened = await (asked.again ? openedOnce(asked.roots) : searching.openAll(asked.roots));
  const { newer, absent } = opened;
  if (!opened.indexes.length) return { newer, absent };
  const found = await tiers.searchFrom(asked.older ?? 0, asked.search, asked.lang, opened, load);
  const rows = await Promise.all(found.hits.slice(0, asked.rows ?? 10)
    .map(([id]) => segments.rowOf(found.segments, id)));
  return {
    newer, absent, rows, requests, hits: found.hits.slice(0, asked.hits ?? 1000), total: found.hits.length,
    whole: found.whole || 0, reach: found.reach ?? null,
    problem: found.problem || "", relaxed: Boolean(found.relaxed), partial: Boolean(found.partial)
      || opened.indexes.some((index) => index.broken), suggestion: found.suggestion || "",
  };
};

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
}
