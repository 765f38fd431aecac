/* Snowball stemmers: the machine that the translated ones (solicomm_build/search/stemmerjs.py) run on,
   and who is here already. A stemmer is loaded only when a query needs its language. */

/* `w` word, `c` cursor, `l` limit, `b` limit backwards, `p` and `k` the slice; commands are named after
   Snowball's: i(n grouping) o(ut of grouping) gi, go (go on until), e(quals) f(ind among), each with b
   backwards; s(lice from) d(elete) n (insert) t(able). */
const machine = {
  begin(word) {
    this.w = word;
    this.c = this.b = this.p = 0;
    this.l = this.k = word.length;
  },
  step(group, wanted, on) {
    const fits = this.c < this.l && group.includes(this.w[this.c]) === wanted;
    if (fits) this.c += on;
    return fits;
  },
  stepBack(group, wanted, on) {
    const fits = this.c > this.b && group.includes(this.w[this.c - 1]) === wanted;
    if (fits) this.c -= on;
    return fits;
  },
  i(group) { return this.step(group, true, 1); },
  o(group) { return this.step(group, false, 1); },
  ib(group) { return this.stepBack(group, true, 1); },
  ob(group) { return this.stepBack(group, false, 1); },
  gi(group) { while (this.i(group)); return this.c < this.l; },
  go(group) { while (this.o(group)); return this.c < this.l; },
  gib(group) { while (this.ib(group)); return this.c > this.b; },
  gob(group) { while (this.ob(group)); return this.c > this.b; },
  e(text) {
    const fits = this.w.slice(this.c, this.l).startsWith(text);
    if (fits) this.c += text.length;
    return fits;
  },
  eb(text) {
    const fits = this.w.slice(this.b, this.c).endsWith(text);
    if (fits) this.c -= text.length;
    return fits;
  },
  /* The result of the longest ending of a table that stands here; 0 when none does. */
  f(table) {
    for (let n = Math.min(table.longest, this.l - this.c); n >= 0; n--) {
      const result = table.get(this.w.substr(this.c, n));
      if (result) {
        this.c += n;
        return result;
      }
    }
    return 0;
  },
  fb(table) {
    for (let n = Math.min(table.longest, this.c - this.b); n >= 0; n--) {
      const result = table.get(this.w.substr(this.c - n, n));
      if (result) {
        this.c -= n;
        return result;
      }
    }
    return 0;
  },
  n(from, to, text) {
    const more = text.length - (to - from);
    this.w = this.w.slice(0, from) + text + this.w.slice(to);
    this.l += more;
    if (this.c >= to) this.c += more;
    else if (this.c > from) this.c = from;
  },
  s(text) {
    this.n(this.p, this.k, text);
    this.k = this.p + text.length;
  },
  d() { this.s(""); },
  t(rows) {
    const table = new Map();
    table.longest = 0;
    for (const result in rows) {
      for (const ending of rows[result].split(" ")) {
        table.set(ending, +result);
        table.longest = Math.max(table.longest, ending.length);
      }
    }
    return table;
  },
};

export const stemmers = {};
export const stopWords = {};

/* What each `stem-<lang>.js` calls. Outside the basic plane a character is two units here and one in
   Python, so those wait outside: no rule names them, and no rule takes from the middle of a word. */
globalThis.solicommStem = (lang, stops, make) => {
  const run = make(machine);
  stopWords[lang] = new Set(stops.split(" "));
  stemmers[lang] = (word) => {
    const aside = [];
    machine.begin(word.replace(/[\u{10000}-\u{10ffff}]/gu, (c) => aside.push(c) && "\ue000"));
    run();
    return machine.w.replace(/\ue000/g, () => aside.shift());
  };
};
