/* BM25F, and all of the words before most of them (docs/formats/search.md, section 9). */

/* How much a dimension tells, that so many (`df`) of all documents have. */
const rarityOf = (documents, df) => Math.log(1 + Math.abs((documents - df + 0.5) / (df + 0.5)));

/* Which documents match a clause: for each of its tokens one dimension. */
const matching = (clause, total) => {
  const met = new Uint16Array(total);
  clause.tokens.forEach((dimensions, number) => {
    for (const dimension of dimensions) {
      for (const f of clause.fields) {
        for (const id of dimension[f][0]) if (met[id] === number) met[id] = number + 1;
      }
    }
  });
  const wanted = clause.tokens.length;
  return (id) => met[id] === wanted;
};

/* Each id once that is in lists; `seen` has a place for every id, and gets `mark` there. */
const distinct = (lists, seen, mark) => {
  const found = [];
  for (const ids of lists) {
    for (const id of ids) {
      if (seen[id] === mark) continue;
      seen[id] = mark;
      found.push(id);
    }
  }
  return found;
};

/* Adds to each document's score what it has of a dimension, its postings by field, [documents, tf,
   lengths], of all segments of all indexes. `weights` are 0 before and after; `once` gives distinct ids. */
const weigh = (scores, dimension, clause, corpus, weights, once) => {
  const { documents, averages, boosts, k1, b } = corpus;
  const all = once(dimension.map(([ids]) => ids));
  const worth = clause.boost * rarityOf(documents, all.length);
  for (const f of clause.fields) {
    const average = averages[f];
    const [ids, tf, length] = dimension[f];
    for (let i = 0; i < ids.length; i++) {
      weights[ids[i]] += boosts[f] * tf[i] / (1 - b + b * (length[i] / average));
    }
  }
  for (const id of all) {
    const weight = weights[id];
    if (weight) scores[id] += worth * (k1 + 1) * weight / (k1 + weight);
    weights[id] = 0;
  }
};

/* {hits: [[id, score]], whole}: best first, those with all words (`whole` of them) before those with
   most; where none has all, one with any. `corpus` is {documents, averages, boosts, k1, b, total}: total
   counts ids. Clauses are {required, needed, prohibited, filter, boost, fields, tokens: [[dimension]]}. */
export const rank = (clauses, corpus, keep) => {
  const { total } = corpus;
  const scores = new Float64Array(total);
  const weights = new Float64Array(total);
  const seen = new Uint16Array(total);
  let mark = 0;
  const once = (lists) => distinct(lists, seen, ++mark);
  const wanted = clauses.filter((clause) => !clause.prohibited && !clause.filter);
  for (const clause of wanted) {
    for (const dimension of clause.tokens.flat()) {
      weigh(scores, dimension, clause, corpus, weights, once);
    }
  }
  const tests = clauses.filter((clause) => clause.required || clause.prohibited).map((clause) => {
    const matches = matching(clause, total);
    return clause.prohibited ? (id) => !matches(id) : matches;
  });
  const needed = clauses.filter((clause) => clause.needed).map((clause) => matching(clause, total));
  const touched = once(wanted.flatMap((clause) => clause.tokens.flat().flatMap(
    (dimension) => clause.fields.map((f) => dimension[f][0]),
  )));
  const found = touched.filter((id) => tests.every((test) => test(id)) && keep(id));
  /* How many of the needed clauses each has; to sort by, `keys` are scores that are the same in all
     programs, and `met` comes before them where it is all. */
  const met = new Uint16Array(total);
  const keys = new Float64Array(total);
  let whole = 0;
  for (const id of found) {
    met[id] = needed.reduce((count, test) => count + test(id), 0);
    whole += met[id] === needed.length;
    if (needed.length) scores[id] *= Math.max(met[id], 0.5) / needed.length;
    keys[id] = Math.round(scores[id] * 1e9);
  }
  const least = whole ? Math.ceil(2 * needed.length / 3) : 0;
  const hits = found.filter((id) => met[id] >= least).sort((x, y) =>
    (met[y] === needed.length) - (met[x] === needed.length) || keys[y] - keys[x] || y - x);
  return { hits: hits.map((id) => [id, scores[id]]), whole };
};
