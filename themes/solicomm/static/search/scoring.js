/* lunr.js 2.3.9's ranking (docs/formats/search.md, section 9), in lunr's order of operations. */

/* A dimension: its postings by field, [documents, tf, lengths], of all segments of all indexes. */
const inverseFrequency = (dimension, documents) => {
  const df = dimension.reduce((sum, [ids]) => sum + ids.length, 0);
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

/* Best first: [[id, score]]. `corpus` is {documents, lengths, boosts, k1, b, total}: total counts ids.
   Clauses are {required, prohibited, boost, fields, tokens: [[dimension]]}. */
export const rank = (clauses, corpus, keep) => {
  const { documents, lengths, boosts, k1, b, total } = corpus;
  const scores = new Float64Array(total);
  const wanted = clauses.filter((clause) => !clause.prohibited);
  boosts.forEach((fieldBoost, f) => {
    const average = lengths[f] / documents;
    const query = new Map();
    for (const clause of wanted) {
      if (!clause.fields.includes(f)) continue;
      for (const dimension of clause.tokens.flat()) {
        query.set(dimension, (query.get(dimension) || 0) + clause.boost);
      }
    }
    const norm = Math.sqrt([...query.values()].reduce((sum, q) => sum + q * q, 0));
    for (const [dimension, q] of query) {
      const idf = inverseFrequency(dimension, documents);
      const [ids, tf, length] = dimension[f];
      ids.forEach((id, i) => {
        const saturated = idf * ((k1 + 1) * tf[i])
          / (k1 * (1 - b + b * (length[i] / average)) + tf[i]);
        scores[id] += Math.round(saturated * fieldBoost * 1000) / 1000 * q / norm;
      });
    }
  });
  const tests = clauses.filter((clause) => clause.required || clause.prohibited).map((clause) => {
    const matches = matching(clause, total);
    return clause.prohibited ? (id) => !matches(id) : matches;
  });
  const touched = wanted.map((clause) => matching(clause, total, true));
  const found = [];
  for (let id = total - 1; id >= 0; id--) {
    if (touched.some((test) => test(id)) && tests.every((test) => test(id)) && keep(id)) {
      found.push([id, scores[id]]);
    }
  }
  const rounded = (score) => Math.round(score * 1e9);
  return found.sort((x, y) => rounded(y[1]) - rounded(x[1]) || y[0] - x[0]);
};
