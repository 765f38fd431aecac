/* Segments that are asked together: what a question needs of them comes in one answer, what the results
   show in another, as ranges of two files (docs/formats/search.md, section 13). Where a server does not
   answer so, the files of each segment are read. */
import { FROM_FILE, TIMEOUT, decoder, inflated, readShard, reader, stepped } from "./loading.js";

const UNIT = 64;

/* Ranges that lie beside each other as one. */
const merged = (ranges) => {
  const found = [];
  for (const [from, to] of [...ranges].sort(([x], [y]) => x - y)) {
    const last = found.at(-1);
    if (last && from <= last[1]) last[1] = Math.max(last[1], to);
    else found.push([from, to]);
  }
  return found;
};

/* What stands before the octets of a part. */
const BLANK = [13, 10, 13, 10];
const RANGE = /content-range:\s*bytes (\d+)-(\d+)\//i;

/* Parts of an answer, [[first octet, octets]]: one, or several between lines that say which. */
const partsOf = (answer, bytes) => {
  const alone = answer.headers.get("content-range");
  if (alone) return [[+RANGE.exec(`content-range: ${alone}`)[1], bytes]];
  const parts = [];
  for (let at = 0; ;) {
    let end = at;
    while (end < bytes.length && !BLANK.every((octet, n) => bytes[end + n] === octet)) end++;
    const said = RANGE.exec(decoder.decode(bytes.subarray(at, end)));
    const [from, last] = said ? [+said[1], +said[2]] : [0, -1];
    if (last < from) return parts; // no part, or none that could be
    at = end + BLANK.length + last - from + 1;
    parts.push([from, bytes.subarray(end + BLANK.length, at)]);
  }
};

const partsFrom = async (url, ranges) => {
  const stop = new AbortController();
  const late = setTimeout(() => stop.abort(), TIMEOUT);
  const told = ranges.map(([from, to]) => `${from}-${to - 1}`).join(",");
  const answer = await fetch(url, { headers: { Range: `bytes=${told}` }, signal: stop.signal });
  if (answer.status !== 206) {
    stop.abort();
    throw Error("no ranges");
  }
  const parts = partsOf(answer, new Uint8Array(await answer.arrayBuffer()));
  clearTimeout(late);
  return parts;
};

/* Octets and ranges that servers give in one answer; of more than that they send the whole file. */
const MOST_TOGETHER = 1 << 19;
const MOST_RANGES = 100;

/* Ranges as a server answers them: more in one request where they are few, a long one by itself. */
const inRequests = (ranges) => {
  const found = [];
  let octets = 0;
  for (const range of merged(ranges)) {
    octets += range[1] - range[0];
    if (!found.length || octets > MOST_TOGETHER || found.at(-1).length === MOST_RANGES) {
      found.push([]);
      octets = range[1] - range[0];
    }
    found.at(-1).push(range);
  }
  return found;
};

const fetched = async (url, ranges) => {
  const parts = (await Promise.all(inRequests(ranges).map((some) => partsFrom(url, some)))).flat();
  return ([from, to]) => {
    const [first, bytes] = parts.find(([start, some]) => start <= from && to <= start + some.length);
    return bytes.subarray(from - first, to - first);
  };
};

/* Octets of a file, [from, to]. What is asked for in one turn is one request, or as few as may be. */
const octetsOf = (index, path, range) => {
  index.asking ||= {};
  const { ranges, answer } = index.asking[path] ||= {
    ranges: [],
    answer: new Promise((done) => { setTimeout(done); }).then(() => {
      const wanted = index.asking[path].ranges;
      delete index.asking[path];
      return fetched(index.root + path, wanted);
    }),
  };
  ranges.push(range);
  return answer.then((take) => take(range));
};

const placedIn = ({ segments }, group) => {
  const firsts = {};
  let documents = 0;
  for (const name of group.segments) {
    firsts[name] = documents;
    documents += segments.find(({ id }) => id === name)?.documents ?? NaN;
  }
  let at = 0;
  const pieces = group.sizes.map((size) => [at, at += size * UNIT]);
  return { ...group, firsts, documents, pieces, known: {} };
};

/* What is joined of an index, each with the place of every piece; nothing of other hubs, and where the
   manifest says something else. */
const groupsOf = (index) => {
  const { manifest } = index;
  if (index.apart || FROM_FILE || !index.home || !Array.isArray(manifest.joined)) return [];
  try {
    return index.groups ||= manifest.joined.map((group) => placedIn(manifest, group))
      .filter(({ documents }) => documents);
  } catch {
    index.apart = true;
    return [];
  }
};

const groupOf = (index, segment) => groupsOf(index).find(({ firsts }) => segment.id in firsts);

/* A piece as `read` makes it, once. */
const pieceOf = (index, group, number, read) => group.known[number] ||= octetsOf(
  index, `${group.id}/x.bin`, group.pieces[number],
).then(async (bytes) => {
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
  return read(await inflated(bytes.subarray(4, 4 + size)));
});

const lengthsOf = (index, group) => pieceOf(index, group, 0, (bytes) => {
  const from = reader(bytes);
  const steps = from.numbers(group.documents);
  from.end();
  return stepped(steps);
});

/* The segments, as [{group, members}] of what is joined and [{members: [segment]}] of the others. */
export const togetherOf = (segments) => {
  const found = new Map();
  for (const one of segments) {
    const { index, segment } = one;
    const group = groupOf(index, segment);
    const key = group || one;
    if (!found.has(key)) found.set(key, { index, group, members: [] });
    found.get(key).members.push(one);
  }
  return [...found.values()];
};

const placed = new WeakMap();

/* Where each id of what is joined lies among all segments; -1 for one that is dead, or of a segment that is
   not asked. */
const placesIn = ({ group, members }) => {
  if (!placed.has(members[0])) {
    const places = new Int32Array(group.documents).fill(-1);
    for (const { segment, first, dead } of members) {
      const begin = group.firsts[segment.id];
      for (let id = 0; id < segment.documents; id++) places[begin + id] = dead.has(id) ? -1 : first + id;
    }
    placed.set(members[0], places);
  }
  return placed.get(members[0]);
};

/* The postings of a token's terms in what is joined: {places, found: [[term, postings by field]]}; null where
   it cannot be read so. `covering(bounds, text, prefix)` gives the numbers of shards. */
export const foundTogether = async (together, { text, prefix }, covering) => {
  const { index, group } = together;
  try {
    const numbers = covering(group.bounds, text, prefix);
    const [lengths, ...shards] = await Promise.all([
      lengthsOf(index, group),
      ...numbers.map((number) => pieceOf(index, group, number + 1,
        (bytes) => readShard(bytes, index.manifest.fields))),
    ]);
    const is = (term) => prefix ? term.startsWith(text) : term === text;
    return { places: placesIn(together), found: shards.flatMap((shard) => shard(is, lengths)) };
  } catch {
    index.apart = true;
    return null;
  }
};

const COLUMNS = ["t", "a", "d", "u", "p", "l", "s"];

/* The columns of a document's row, each a list of one; null where it is to be read from its table. */
export const slotOf = async (index, segment, id) => {
  const group = groupOf(index, segment);
  if (!group) return null;
  const from = (group.firsts[segment.id] + id) * group.width;
  try {
    const bytes = await octetsOf(index, `${group.rows}/r.bin`, [from, from + group.width]);
    const row = JSON.parse(decoder.decode(bytes).trim() || "null");
    return row && Object.fromEntries(COLUMNS.map((name, n) => [name, [row[n]]]));
  } catch {
    index.apart = true;
    return null;
  }
};
