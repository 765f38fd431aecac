/* One query over all indexes: what it means, what it finds, what must be said about it. */
import { isStopWord, latinOf, scriptOf, termOf } from "./analysis.js";
import { olderOf, openIndex, sum } from "./loading.js";
import { isNamed, kindsOf, mayHold } from "./narrowing.js";
import { parseQuery } from "./query.js";
import { respelled } from "./respelling.js";
import { rank } from "./scoring.js";
import { insideOf, postingsOf, segmentsOf, spokenOf, withinOf } from "./segments.js";
import { nearest } from "./suggesting.js";

/* Opens what can be opened: {indexes, newer, absent: [root]}. What members of this hub may search
   besides (`own`) counts as its own: its places are below the same folder. */
export const openAll = async (roots, own = []) => {
  const opened = { indexes: [], newer: false, absent: [] };
  const all = [roots[0], ...own, ...roots.slice(1)];
  const home = new URL("../../", roots[0]).href;
  const answers = await Promise.allSettled(all.map((root, i) => openIndex(root, i > own.length)));
  answers.forEach(({ value, reason }, i) => {
    /* Only a copy that this hub keeps may say where its texts are. */
    const kept = i > own.length && new URL(all[i]).host === new URL(home).host && value?.manifest.base;
    if (kept) value.base = `${kept}/`;
    if (value) opened.indexes.push(i > own.length ? value : Object.assign(value, { home }));
    else if (!i && reason.message === "version") opened.newer = true;
    else opened.absent.push(all[i]);
  });
  return opened;
};

const RARE = 200;

/* The languages a query needs: the page's, those that are not rare in the indexes, and those of scripts in it. */
const languagesOf = (clauses, page, indexes) => {
  const counts = {};
  let total = 0;
  for (const { manifest } of indexes) {
    total += manifest.documents;
    for (const [lang, n] of Object.entries(manifest.languages)) counts[lang] = (counts[lang] || 0) + n;
  }
  const latin = new Set(Object.keys(counts).filter((lang) => latinOf(lang) === lang
    && (counts[lang] * RARE >= total || lang === page || !lang)));
  const scripts = clauses.flatMap(({ tokens }) => tokens.filter((t) => !t.cjk))
    .map(({ text }) => scriptOf(text));
  const needed = new Set(scripts.flatMap((lang) => lang ? [lang] : [...latin, page]));
  needed.delete("");
  return { latin: [...latin], needed: [...needed] };
};

const termsOf = (text, lang) => [text, ...respelled(text, lang)].map((word) => termOf(word, lang));

/* The terms that a token may be indexed as; none for a stop word of the page's language, or of all. */
const variantsOf = ({ text, cjk, prefix }, latin, page) => {
  if (cjk) return [text];
  const script = scriptOf(text);
  if (!prefix && isStopWord(text, script || page)) return [];
  if (script) return [...new Set(termsOf(text, script))].sort();
  const terms = latin.filter((lang) => !isStopWord(text, lang)).flatMap((lang) => termsOf(text, lang));
  return [...new Set(terms)].sort();
};

const isWeak = ({ text, cjk, prefix }, latin) => !cjk && !prefix && !scriptOf(text)
  && latin.some((lang) => isStopWord(text, lang));

/* Postings of several terms as if they were one. */
const joined = (postings) => postings.length < 2 ? postings[0] : postings[0].map((_, f) => {
  const found = new Map();
  for (const fields of postings) {
    const [ids, tf, lengths] = fields[f];
    ids.forEach((id, i) => found.set(id, [(found.get(id)?.[0] || 0) + tf[i], lengths[i]]));
  }
  const ids = [...found.keys()].sort((x, y) => x - y);
  return [ids, ids.map((id) => found.get(id)[0]), ids.map((id) => found.get(id)[1])];
});

const isThere = (dimension) => dimension && dimension.some(([ids]) => ids.length);

/* A token's dimensions; `terms` collects the terms in them. */
const dimensionsOf = async (token, segments, terms) => {
  const note = (variants, postings) => {
    const dimension = postings.length && joined(postings);
    if (isThere(dimension)) variants.forEach((term) => terms.add(term));
    return isThere(dimension) ? [dimension] : [];
  };
  if (token.prefix) {
    const text = termOf(token.text, "");
    const all = await postingsOf(segments, { text, prefix: true });
    const found = note([...all.keys()], [...all.values()]);
    if (found.length) return found;
  }
  const { variants } = token;
  const postings = await Promise.all(variants.map((text) => postingsOf(segments, { text })));
  return note(variants, variants.flatMap((term, i) => [postings[i].get(term)]).filter(Boolean));
};

/* What of the filters a document must pass. A filter that cannot be read leaves nothing. */
const filterOf = async (filters, segments, kindOf) => {
  const { in: names, kind: kinds, lang: langs, after = -Infinity, before = Infinity } = filters;
  if (Number.isNaN(after) || Number.isNaN(before)) return () => false;
  const dated = after !== -before;
  if (!dated && !names.length && !kinds.length && !langs.length) return () => true;
  const kept = [];
  await Promise.all(segments.map(async (placed) => {
    const named = (place) => isNamed(place, names);
    const inside = names.length && (await insideOf(placed, named) || []);
    const ofKind = kinds.length
      && (await insideOf(placed, (place) => kinds.includes(kindOf(place))) || []);
    const spoken = langs.length && (await spokenOf(placed, langs) || []);
    const within = dated && (await withinOf(placed, after, before) || []);
    for (let id = 0; id < placed.segment.documents; id++) {
      kept[placed.first + id] = [inside, ofKind, spoken, within].every((one) => !one || one[id]);
    }
  }));
  return (id) => kept[id];
};

const suggestionFor = async (text, missing, segments) => {
  let better = text;
  for (const { text: word } of missing) {
    const found = await nearest(segments, word);
    if (found) better = better.replace(RegExp(word, "iu"), found);
  }
  return better === text ? "" : better;
};

/* Answers a query in the page's language. `load(lang)` brings a stemmer.
   {problem, hits: [[id, score]], whole, relaxed, partial, suggestion, segments, terms, languages} */
export const search = async (text, tag, { indexes }, load) => {
  const page = latinOf(tag);
  const { clauses, filters } = parseQuery(text);
  const { latin, needed } = languagesOf(clauses, page, indexes);
  await Promise.all(needed.map(load));
  const kindOf = kindsOf(indexes);
  const all = segmentsOf(indexes);
  /* The others of a large index are not read, and their documents do not count. */
  const segments = all.filter(({ index, segment }) => !olderOf(index.manifest).length
    || mayHold(segment, filters, kindOf));
  const answer = { hits: [], segments, terms: new Set(), languages: latin };
  const asked = clauses.filter((clause) => {
    for (const token of clause.tokens) token.variants = variantsOf(token, latin, page);
    clause.tokens = clause.tokens.filter((token) => token.prefix || token.variants.length);
    clause.weak = clause.tokens.some((token) => isWeak(token, latin));
    return clause.tokens.length;
  });
  const only = (...signs) => asked.every(({ sign }) => signs.includes(sign));
  if (only("-", "by")) {
    const negated = asked.length && (only("by") ? "empty" : "negated");
    answer.problem = negated || (clauses.length ? "stopwords" : "empty");
    return answer;
  }
  const { fields, boosts, k1, b } = indexes[0].manifest;
  indexes.forEach((index) => { index.broken = false; });
  const missing = [];
  const keeping = filterOf(filters, segments, kindOf);
  await Promise.all(asked.map(async (clause) => {
    const { sign, field, tokens } = clause;
    const found = await Promise.all(tokens.map((token) => dimensionsOf(
      token, segments, sign === "-" ? new Set() : answer.terms,
    )));
    if (sign !== "-") {
      missing.push(...tokens.filter((t, i) => !found[i].length && !t.cjk && !t.prefix));
    }
    clause.tokens = found;
    clause.prohibited = sign === "-";
    clause.filter = sign === "by";
    clause.fields = fields.map((_, f) => f).filter((f) => !field || fields[f] === field);
  }));
  const documents = sum(indexes.map(({ manifest }) => manifest.documents));
  const corpus = {
    boosts, k1, b,
    documents: segments.length === all.length ? documents
      : sum(segments.map(({ segment, dead }) => segment.documents - dead.size)),
    averages: fields.map((_, f) => sum(indexes.map(({ manifest }) => manifest.lengths[f])) / documents),
    total: sum(all.map(({ segment }) => segment.documents)),
  };
  const keep = await keeping;
  const signed = clauses.some(({ sign }) => sign === "+");
  for (const clause of asked) {
    clause.required = /\+|by/.test(clause.sign);
    clause.needed = !clause.sign && !clause.weak && !signed;
  }
  Object.assign(answer, rank(asked, corpus, keep));
  answer.relaxed = answer.hits.length > 0 && !answer.whole;
  if (missing.length) answer.suggestion = await suggestionFor(text, missing, segments);
  answer.partial = indexes.some((index) => index.broken);
  return answer;
};
