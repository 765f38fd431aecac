/* What an answer can be narrowed by, where no hub says so: of the results that are shown. */

const NARROWING = ["in", "kind", "when", "language", "who"];

/* What narrows a search, of the fields of an address. */
export const narrowedBy = (params) => {
  const found = {};
  for (const name of NARROWING) if (params.get(name)) found[name] = params.get(name);
  return found;
};

/* The same in the query language. */
export const filtersOf = ({ in: where, kind, when, language, who }) => [
  where && `in:${where}`, kind && `kind:${kind}`, language && `lang:${language}`,
  when && `after:${when} before:${+when + 1}`, who && `by:${who.trim().replace(/\s+/g, "+")}`,
].filter(Boolean).join(" ");

const nameOf = (tag, lang) => {
  try {
    return new Intl.DisplayNames([lang], { type: "language" }).of(tag);
  } catch {
    return tag;
  }
};

/* {taken: [[name, "", words]], found: [[heading, [[name, value, words]]]]}: what was chosen, and values in
   which the rows differ. */
export const offered = (rows, chosen, headings, lang) => {
  const titleOf = (key) => {
    const { place = {} } = rows.find((row) => row.key === key) || {};
    return place[lang] || Object.values(place)[0] || key.split("/").pop();
  };
  const shown = { language: (tag) => nameOf(tag, lang), in: titleOf };
  const words = (name, value) => (shown[name] || String)(value);
  const all = rows.map((row) => ({
    in: row.key, who: row.author, language: row.lang.split("-")[0].toLowerCase(),
    when: row.seconds && String(new Date(row.seconds * 1000).getUTCFullYear()),
  }));
  const taken = Object.entries(chosen).map(([name, value]) => [name, "", words(name, value)]);
  const found = Object.entries(headings).filter(([name]) => !chosen[name]).map(([name, heading]) => {
    const values = [...new Set(all.map((row) => row[name]).filter(Boolean))].sort().slice(0, 8);
    return [heading, values.map((value) => [name, value, words(name, value)])];
  });
  return { taken, found: found.filter(([, values]) => values.length > 1) };
};

/* Whether a place is one of these, or its address ends so. */
export const isNamed = (place, names) => names.some((name) => `/${place}`.endsWith(`/${name}`));

/* Whether a segment, as the manifest lists it, may hold what the filters leave. */
export const mayHold = ({ places, tongues = [""] }, { in: names, kind: kinds, lang: langs }, kindOf) =>
  (!names.length || places.some((place) => isNamed(place, names)))
  && (!kinds.length || places.some((place) => kinds.includes(kindOf(place))))
  && (!langs.length || tongues.some((tongue) => langs.includes(tongue)));

/* The kind of a place; where indexes differ, the first one is right. */
export const kindsOf = (indexes) => (place) =>
  indexes.map(({ manifest }) => manifest.places[place]?.kind).find(Boolean);
