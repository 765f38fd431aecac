/* The tiers of large indexes, the newest first (docs/formats/search.md, section 11). */
import { olderOf, openTier, sum } from "./loading.js";
import { kindsOf, mayHold } from "./narrowing.js";
import { parseQuery } from "./query.js";
import { search } from "./searching.js";

/* Older tiers that one question reads, where nothing is found in them. */
const AT_ONCE = 8;

/* Documents of all tiers newer than that. */
const before = (indexes, number) => sum(indexes.map(({ manifest }) =>
  sum([manifest, ...olderOf(manifest)].slice(0, number).map(({ documents }) => documents))));

/* Whether a tier may hold documents of the days that are wanted. */
const isDated = (indexes, number, { after = -Infinity, before: until = Infinity }) =>
  !number || indexes.some(({ manifest }) => {
    const one = olderOf(manifest)[number - 1];
    const [low, high] = one?.days || [-Infinity, Infinity];
    return one && high >= after && low < until;
  });

const tiersOf = async (indexes, number) => {
  const there = indexes.filter(({ manifest }) => number <= olderOf(manifest).length);
  const opened = await Promise.all(there.map((index) => number ? openTier(index, number) : index));
  return { some: opened.filter(Boolean), partial: opened.includes(null) };
};

/* Answers a query as `search` does, from the tier `start` (0 is the newest) or the next that may hold what
   the filters leave; of older ones from the first that has anything. `reach` says what was searched of a
   large index: documents from `first` to `last` of `total`, counted from the newest; `onward`, the tier to
   go on with, 0 for none. */
export const searchFrom = async (start, text, tag, opened, load) => {
  const { indexes } = opened;
  const deepest = Math.max(...indexes.map(({ manifest }) => olderOf(manifest).length));
  if (!deepest) return search(text, tag, opened, load);
  const { filters } = parseQuery(text);
  const from = Math.min(start, deepest);
  let left = Array.from({ length: deepest + 1 - from }, (_, n) => from + n)
    .filter((number) => isDated(indexes, number, filters));
  if (!left.length) left = [from];
  let answer;
  for (let at = 0, read = 0; ; at++) {
    const number = left[at];
    const isLast = at === left.length - 1;
    const { some, partial } = await tiersOf(indexes, number);
    if (!isLast && !some.some((index) => index.manifest.segments
      .some((segment) => mayHold(segment, filters, kindsOf([index]))))) continue;
    answer = some.length ? await search(text, tag, { indexes: some }, load)
      : { hits: [], segments: [], terms: new Set(), languages: [] };
    answer.partial ||= partial;
    const found = answer.hits.length > 0;
    if (!found && !answer.problem && from && ++read < AT_ONCE && !isLast) continue;
    const first = before(indexes, found || !from ? number : left[0]) + 1;
    answer.reach = {
      first, last: before(indexes, number + 1), total: before(indexes, deepest + 1),
      onward: isLast ? 0 : left[at + 1],
    };
    return answer;
  }
};
