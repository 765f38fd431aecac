/* Searches the texts of a package. Words are reduced as the hub's own search does (search/analysis.js
   of the theme). Besides, the beginning of a word finds it; in Arabic any part does, since the
   article, "and" and "in" are written together with it. All of it is in memory alone. */
const AROUND = 80;
const LONG = 220;
/* Languages that letters tell, whatever the text is in. */
const SCRIPTS = { ru: / [\u0400-\u052f]/, ar: / [\u0600-\u06ff\u0750-\u077f]/ };

/* `load(lang)` brings a stemmer. A row: topic, page, id, number, name, day, language, text. */
window.solicommFind = (load) => {
  const docs = [];
  const langs = new Set();
  const known = new Map();
  let last = -1;

  const flat = (text) => piecesOf(normalise(text)).filter((one) => isShort(one.text));
  const term = (text, latin) => {
    const key = `${latin} ${text}`;
    if (!known.has(key)) known.set(key, termOf(text, scriptOf(text) || latin));
    return known.get(key);
  };
  const fits = (doc, piece) => {
    const isInside = piece.cjk || (scriptOf(piece.text) === "ar" && piece.text.length > 2);
    if (doc.flat.includes(`${isInside ? "" : " "}${fold(piece.text)}`)) return true;
    if (piece.cjk) return false;
    if (!doc.terms) {
      doc.terms = new Set(doc.flat.trim().split(" ").map((one) => term(one, doc.latin)));
    }
    return doc.terms.has(term(piece.text, doc.latin));
  };

  /* The text around what was found: [text, whether it was asked for] in turn. */
  const excerpt = (doc, pieces) => {
    const text = doc.row[7];
    const marks = [];
    for (const found of text.matchAll(WORD)) {
      const one = { latin: doc.latin, flat: ` ${flat(found[0]).map((piece) => fold(piece.text)).join(" ")}` };
      if (one.flat.length > 1 && pieces.some((piece) => fits(one, piece))) {
        marks.push([found.index, found.index + found[0].length]);
      }
      if (marks.length && found.index > marks[0][0] + LONG) break;
    }
    const begin = marks.length ? Math.max(0, marks[0][0] - AROUND) : 0;
    const from = begin ? text.indexOf(" ", begin) + 1 || begin : 0;
    const to = Math.min(text.length, from + AROUND + LONG);
    const parts = from ? [["… ", false]] : [];
    let at = from;
    marks.filter((mark) => mark[0] >= from && mark[1] <= to).forEach((mark) => {
      parts.push([text.slice(at, mark[0]), false], [text.slice(mark[0], mark[1]), true]);
      at = mark[1];
    });
    parts.push([text.slice(at, to) + (to < text.length ? " …" : ""), false]);
    return parts;
  };

  return {
    /* `titles` are those of all topics: each finds the first post of its own. `lang` is what posts are
       in that do not say it. */
    add(rows, titles, lang) {
      rows.forEach((row) => {
        const title = row[0] === last ? "" : titles[row[0]];
        last = row[0];
        const text = ` ${flat(`${title} ${row[4]} ${row[7]}`).map((piece) => fold(piece.text)).join(" ")}`;
        const doc = { row, latin: latinOf(row[6] || lang), flat: text };
        docs.push(doc);
        langs.add(doc.latin);
        Object.keys(SCRIPTS).filter((one) => SCRIPTS[one].test(text)).forEach((one) => langs.add(one));
      });
    },
    /* The rows that have all words, in their order, and what makes an excerpt of one. */
    async ask(words) {
      const pieces = flat(words);
      await Promise.all([...langs].filter(Boolean).map((lang) => load(lang).catch(() => 0)));
      const telling = pieces.filter((piece) => ![...langs].some((lang) => isStopWord(piece.text, lang)));
      const needed = telling.length ? telling : pieces;
      const found = needed.length ? docs.filter((doc) => needed.every((piece) => fits(doc, piece))) : [];
      return found.map((doc) => ({ row: doc.row, excerpt: () => excerpt(doc, needed) }));
    },
  };
};
