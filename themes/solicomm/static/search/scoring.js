/* BM25F, and all of the words before most of them (docs/formats/search.md, section 9). */

/* A dimension: its postings by field, [documents, tf, lengths], of all segments of all indexes. */
const rarityOf = (dimension, documents) => {
  const df = new Set(dimension.flatMap(([ids]) => ids)).size;
  return Math.log(1 + Math.abs((documents - df + 0.5) / (df + 0.5)));
};

/* Which documents match a clause: for each of its tokens one dimension, or any at all. */
const matching = (clause, total, any) => {
  const met = new Uint16Array(total);
  clause.tokens.forEach((dimensions, number) => {
    for (const dimension of dimensions) {
      for (const f of clause.fields) {
        for (const id of dimension[f][0]) if (any || met[id] === number) met[id] = number + 1;
      }
    }
  });
  const wanted = clause.tokens.length;
  return any ? (id) => met[id] > 0 : (id) => met[id] === wanted;
};

/* Adds to each document's score what it has of a dimension. */
const weigh = (scores, dimension, clause, corpus) => {
  const { documents, lengths, boosts, k1, b } = corpus;
  const worth = clause.boost * rarityOf(dimension, documents);
  const weights = new Map();
  for (const f of clause.fields) {
    const average = lengths[f] / documents;
    const [ids, tf, length] = dimension[f];
    ids.forEach((id, i) => weights.set(id, (weights.get(id) || 0)
      + boosts[f] * tf[i] / (1 - b + b * (length[i] / average))));
  }
  for (const [id, weight] of weights) scores[id] += worth * (k1 + 1) * weight / (k1 + weight);
};

/* {hits: [[id, score]], whole}: best first, those with all words (`whole` of them) before those with
   most; where none has all, one with any. `corpus` is {documents, lengths, boosts, k1, b, total}: total
   counts ids. Clauses are {required, needed, prohibited, filter, boost, fields, tokens: [[dimension]]}. */
export const rank = (clauses, corpus, keep) => {
  const { total } = corpus;
  const scores = new Float64Array(total);
  const wanted = clauses.filter((clause) => !clause.prohibited && !clause.filter);
  for (const clause of wanted) {
    for (const dimension of clause.tokens.flat()) weigh(scores, dimension, clause, corpus);
  }
  const tests = clauses.filter((clause) => clause.required || clause.prohibited).map((clause) => {
    const matches = matching(clause, total);
    return clause.prohibited ? (id) => !matches(id) : matches;
  });
  const needed = clauses.filter((clause) => clause.needed).map((clause) => matching(clause, total));
  const touched = wanted.map((clause) => matching(clause, total, true));
  const found = [];
  let whole = 0;
  for (let id = total - 1; id >= 0; id--) {
    if (touched.some((test) => test(id)) && tests.every((test) => test(id)) && keep(id)) {
      const met = needed.filter((test) => test(id)).length;
      const all = met === needed.length;
      whole += all;
      found.push([id, scores[id] * (needed.length ? Math.max(met, 0.5) / needed.length : 1), all, met]);
    }
  }
  const least = whole ? Math.ceil(2 * needed.length / 3) : 0;
  const rounded = (score) => Math.round(score * 1e9);
  const hits = found.filter(([, , , met]) => met >= least).sort((x, y) => y[2] - x[2]
    || rounded(y[1]) - rounded(x[1]) || y[0] - x[0]);
  return { hits: hits.map(([id, score]) => [id, score]), whole };
};
