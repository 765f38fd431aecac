/* Which parts of a shown text are words of the query. */
import { RUNS, WORD, normalise, piecesOf, scriptOf, termOf } from "./analysis.js";

const isWanted = (word, terms, languages) => piecesOf(normalise(word)).some(({ text }) => {
  const script = scriptOf(text);
  return (script ? [script] : ["", ...languages]).some((lang) => terms.has(termOf(text, lang)));
});

/* Two neighbours that are a term are marked, both. */
const markedCharacters = (run, terms) => {
  const characters = [...run];
  return characters.map((c, i) => [c, terms.has((characters[i - 1] || "") + c)
    || terms.has(c + (characters[i + 1] || ""))]);
};

/* The text in order, as [[part, whether it is marked]]. */
export const marked = (text, terms, languages) => {
  const parts = [];
  let at = 0;
  for (const word of text.matchAll(WORD)) {
    parts.push([text.slice(at, word.index), false]);
    at = word.index + word[0].length;
    for (const [run, cjk] of word[0].matchAll(RUNS)) {
      if (cjk) parts.push(...markedCharacters(run, terms));
      else parts.push([run, isWanted(run, terms, languages)]);
    }
  }
  return [...parts, [text.slice(at), false]].filter(([part]) => part);
};
