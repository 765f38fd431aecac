/* "Did you mean": the nearest word with the same first letter (docs/formats/search.md, section 7). */
import { fold } from "./analysis.js";

/* Optimal string alignment: insert, delete, replace, swap neighbours. */
export const distance = (a, b) => {
  let before = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (a[i - 1] !== b[j - 1]));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        next[j] = Math.min(next[j], before[j - 2] + 1);
      }
    }
    [before, row] = [row, next];
  }
  return row[b.length];
};

/* The best candidate of `segments` for a word of the query, or "". */
export const nearest = async (segments, word) => {
  const wanted = [...fold(word)];
  const [letter] = word.match(/./u) || [""];
  if (wanted.length < 4) return "";
  const counts = new Map();
  await Promise.all(segments.map(async ({ index, segment }) => {
    if (!segment.letters?.includes(letter)) return;
    const name = `${segment.id}/w${letter.codePointAt(0).toString(16)}.js`;
    const list = await index.get(name, (value) => value);
    list?.w.forEach((found, i) => counts.set(found, (counts.get(found) || 0) + list.n[i]));
  }));
  let best = ["", wanted.length < 8 ? 1 : 2, 0];
  for (const [found, count] of counts) {
    const letters = [...fold(found)];
    if (Math.abs(letters.length - wanted.length) > best[1]) continue;
    const apart = distance(wanted, letters);
    const [name, least, most] = best;
    const better = apart - least || most - count || (found < name ? -1 : 1);
    if (name ? better < 0 : apart <= least) best = [found, apart, count];
  }
  return best[0];
};
