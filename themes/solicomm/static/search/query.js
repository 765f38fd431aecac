/* What the reader typed, as clauses and filters (docs/formats/search.md, section 8). */
import { bigrams, isShort, normalise, piecesOf } from "./analysis.js";

const FIELDS = {
  title: "title", subject: "title", author: "author", from: "author", body: "body", text: "body",
  by: "author",
};
const PART = /^([+-]?)(?:([a-z]+):)?(.*?)(\*?)(?:~\d*)?(?:\^(\d+))?$/su;
const DAY = /^(\d{4})(?:-(\d\d?)(?:-(\d\d?))?)?$/;

/* A day as its number since 1970; NaN for what is none. */
const dayOf = (text) => {
  const [, year, month, day] = DAY.exec(text) || [];
  const date = new Date(0);
  date.setUTCFullYear(+year, (month || 1) - 1, day || 1);
  const same = date.getUTCMonth() === (month || 1) - 1 && date.getUTCDate() === +(day || 1);
  return same ? date / 864e5 : NaN;
};

/* A clause's tokens: {text, prefix}; of Chinese, Japanese, Korean one for each two characters. */
const tokensOf = (pieces, star) => {
  const prefix = star && pieces.length === 1;
  return pieces.flatMap(({ text, cjk }) => {
    if (!cjk) return isShort(text) ? [{ text, prefix: prefix && [...text].length > 2 }] : [];
    return bigrams(cjk).map((pair) => ({ text: pair, cjk, prefix: cjk.length < 2 || prefix }));
  });
};

/* {clauses: [{sign, field, boost, tokens}], filters: {in: [place], kind: [], lang: [], after: day,
   before: day}}; the sign "by" leaves only what matches and does not count for the rank. */
export const parseQuery = (text) => {
  const clauses = [];
  const filters = { in: [], kind: [], lang: [] };
  for (const part of text.slice(0, 1000).split(/[\s"]+/)) {
    let [, sign, name, words, star, boost] = PART.exec(part);
    if (/^(in|kind|lang)$/.test(name)) filters[name].push(words.toLowerCase());
    if (name === "after" || name === "before") filters[name] = dayOf(words);
    if (/^(in|kind|lang|after|before)$/.test(name)) continue;
    const field = Object.hasOwn(FIELDS, name) && FIELDS[name];
    if (name && !field) words = `${name}:${words}`;
    const pieces = piecesOf(normalise(words));
    if (pieces.length && clauses.length < 16) {
      const tokens = tokensOf(pieces, star);
      clauses.push({ sign: name === "by" ? name : sign, field, tokens, boost: Math.min(+boost || 1, 100) });
    }
  }
  return { clauses, filters };
};
