/* Where terms lie in an index, and their postings (docs/formats/search.md, sections 3 to 5). */
import { foundTogether, slotOf, togetherOf } from "./joined.js";
import { reader, readShard, stepped } from "./loading.js";

const asItIs = (value) => value;

/* The numbers of the parts, by their lower bounds, that hold a term, or all that begin with it. */
const covering = (bounds, term, prefix) => {
  let next = 0;
  while (next < bounds.length && bounds[next] <= term) next++;
  const found = next ? [next - 1] : [];
  while (prefix && next < bounds.length && bounds[next].startsWith(term)) found.push(next++);
  return found;
};

const directories = async (index, segment, term, prefix) => {
  if (!segment.pages) return [{ ...segment, from: 0 }];
  const pages = covering(segment.pages, term, prefix).map(async (number) => {
    const page = await index.get(`${segment.id}/p${number}.js`, asItIs);
    return page && { ...page, from: number * segment.page };
  });
  return (await Promise.all(pages)).filter(Boolean);
};

/* A number for every document of a segment, from one of its files, as `read` makes it of what stands
   there; null when it does not come. */
const columnOf = (index, segment, name, read = asItIs) => index.get(`${segment.id}/${name}.js`, (bytes) => {
  const from = reader(bytes);
  const column = from.numbers(segment.documents);
  from.end();
  return read(column);
}, true);

/* The same of differences, zigzag. */
const stepsOf = (index, segment, name) => columnOf(index, segment, name, stepped);

/* The postings in a segment of a token's terms: [term, postings by field]. */
const foundIn = async (index, segment, { text, prefix }) => {
  const names = [];
  for (const { bounds, big, from } of await directories(index, segment, text, prefix)) {
    const own = Object.keys(big || {}).filter((t) => prefix ? t.startsWith(text) : t === text);
    names.push(...own.map((term) => `b${big[term]}`));
    if (prefix || !own.length) {
      names.push(...covering(bounds, text, prefix).map((number) => from + number));
    }
  }
  if (!names.length) return [];
  const [lengths, ...shards] = await Promise.all([
    stepsOf(index, segment, "l"),
    ...names.map((name) => index.get(`${segment.id}/${name}.js`,
      (bytes) => readShard(bytes, index.manifest.fields), true)),
  ]);
  const is = (term) => prefix ? term.startsWith(text) : term === text;
  return shards.filter(Boolean).flatMap((shard) => {
    try {
      return shard(is, lengths || []);
    } catch {
      index.broken = true;
      return [];
    }
  });
};

/* All segments of all indexes, each with the first of its ids: others' before our own, old before new,
   so that of equals the greater id comes first. */
export const segmentsOf = (indexes) => {
  let first = 0;
  return [...indexes].reverse().flatMap((index) => index.manifest.segments.map((segment) => {
    const placed = { index, segment, first, dead: new Set(segment.dead) };
    first += segment.documents;
    return placed;
  }));
};

/* The postings of a token's terms in segments that are asked together, [{index, placeOf, terms}]; the place of
   a dead document is -1. */
const listsIn = async (together, token) => {
  const joined = together.group && await foundTogether(together, token, covering);
  if (joined) {
    const { places, found } = joined;
    return [{ index: together.index, placeOf: (id) => places[id], terms: found }];
  }
  return Promise.all(together.members.map(async ({ index, segment, first, dead }) => ({
    index, placeOf: (id) => dead.has(id) ? -1 : first + id,
    terms: await foundIn(index, segment, token).catch(() => {
      index.broken = true;  // its lists are none: another hub may say anything
      return [];
    }),
  })));
};

/* Live postings by term, of a token {text, prefix}: {term: [[documents, tf, lengths] by field]}. */
export const postingsOf = async (segments, token) => {
  const found = new Map();
  const lists = await Promise.all(togetherOf(segments).map((some) => listsIn(some, token)));
  for (const { index, placeOf, terms } of lists.flat()) {
    for (const [term, postings] of terms) {
      if (!found.has(term)) found.set(term, index.manifest.fields.map(() => [[], [], []]));
      postings.forEach(([ids, tf, lengths], f) => {
        const [allIds, allTf, allLengths] = found.get(term)[f];
        ids.forEach((id, n) => {
          const place = placeOf(id);
          if (place < 0) return;
          allIds.push(place);
          allTf.push(tf[n]);
          allLengths.push(lengths[n]);
        });
      });
    }
  }
  return found;
};

/* For more files of lists than this the column of all places is read. */
const FEW = 8;

/* The documents of each place that a file of lists has. */
const listsOf = (index, segment, file) => {
  const { id, inside, places } = segment;
  const count = (inside[file + 1] ?? places.length) - inside[file];
  return index.get(`${id}/i${file}.js`, (bytes) => {
    const from = reader(bytes);
    const lists = Array.from(from.numbers(count), (size) => size);
    lists.forEach((size, n) => {
      let local = 0;
      lists[n] = size && from.numbers(size).map((gap) => local += gap) || [];
    });
    from.end();
    return lists;
  }, true);
};

/* Whether each document of a segment is in a place that is wanted: `is(place)` says so. */
export const insideOf = async ({ index, segment }, is) => {
  const { places, documents, inside } = segment;
  const wanted = places.map((place) => Boolean(is(place)));
  if (wanted.every((one) => one === wanted[0])) return Array(documents).fill(wanted[0]);
  const numbers = [...wanted.keys()].filter((number) => wanted[number]);
  const files = Array.isArray(inside)
    && [...new Set(numbers.map((number) => inside.findLastIndex((first) => first <= number)))];
  if (!files || files.length > FEW) {
    return (await columnOf(index, segment, "a"))?.map((place) => wanted[place]);
  }
  const found = new Uint8Array(documents);
  await Promise.all(files.map(async (file) => {
    const lists = await listsOf(index, segment, file);
    lists?.forEach((some, n) => {
      if (wanted[inside[file] + n]) some.forEach((local) => { found[local] = 1; });
    });
  }));
  return found;
};

/* Whether each document of a segment is in one of these languages. */
export const spokenOf = async ({ index, segment }, wanted) => {
  const { tongues = [""], documents } = segment;
  if (tongues.length < 2) return Array(documents).fill(wanted.includes(tongues[0]));
  return (await columnOf(index, segment, "g"))?.map((number) => wanted.includes(tongues[number]));
};

/* Whether each document of a segment is of a day from `after` on, and earlier than `before`. */
export const withinOf = async ({ index, segment }, after, before) => {
  const days = await stepsOf(index, segment, "t");
  return days?.map((day) => day >= after && day < before);
};

/* What to show of a document, from its table. */
export const rowOf = async (segments, id) => {
  const { index, segment, first } = segments.findLast((s) => s.first <= id);
  const row = segment.first + id - first;
  const { chunk } = index.manifest;
  const slot = await slotOf(index, segment, id - first);
  const file = slot || await index.get(`${segment.table}/${Math.floor(row / chunk)}.js`, asItIs);
  const n = slot ? 0 : row % chunk;
  if (!file?.u || file.u[n] === undefined) return null;
  const text = (column) => String(column?.[n] ?? "");
  const below = text(file.u);
  const address = below.endsWith("#") ? below + below.slice(2, 34) : below;
  const place = text(file.p);
  return {
    title: text(file.t), author: text(file.a), lang: text(file.l), text: text(file.s),
    seconds: Math.abs(file.d?.[n]) < 8e12 ? file.d[n] : 0,
    key: place,
    place: index.manifest.places[place]?.title || {},
    /* below the index's own hub, whatever another one says: no `//evil.example` */
    url: new URL(`./${place && `${place}/`}${address}`, index.home || index.base || new URL("../../", index.root)).href,
  };
};
