/* Files of the index, read and never run; from a folder on a stick as scripts, the only way there. */

export const FROM_FILE = location.protocol === "file:";
export const TIMEOUT = 20000;
/* For the manifest of another hub: nobody waits longer because it is down. */
const PATIENCE = 4000;

/* Scripts are ours: addresses come from the page, or lie below the index beside it. */
const policy = globalThis.trustedTypes
  ? trustedTypes.createPolicy("solicomm-search", { createScriptURL: (url) => url })
  : { createScriptURL: (url) => url };

const scripts = {};
export const loadScript = (url) => scripts[url] ||= new Promise((done, failed) => {
  const script = document.createElement("script");
  script.onload = done;
  script.onerror = () => {
    delete scripts[url];
    failed(Error(url));
  };
  script.src = policy.createScriptURL(url);
  document.head.append(script);
});

const told = {};
globalThis.solicommSearch = (path, value) => { told[path] = value; };

/* Of other hubs nothing is run, not even from a folder. */
const loadFile = async (root, path, patience = TIMEOUT) => {
  if (FROM_FILE && root.startsWith("file:")) {
    await loadScript(root + path);
    return told[path];
  }
  const answer = await fetch(root + path, { signal: AbortSignal.timeout(patience) });
  const text = answer.ok ? await answer.text() : "";
  return JSON.parse(text.slice(text.indexOf(",") + 1, text.lastIndexOf(")")));
};

/* A megabyte from another hub may unpack to a gigabyte; no file of ours comes near this. */
const LARGEST = 1 << 25;

export const inflated = async (bytes) => {
  const from = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")).getReader();
  const parts = [];
  for (let size = 0; ;) {
    const { done, value } = await from.read();
    if (done) return parts.length === 1 ? parts[0] : new Uint8Array(await new Blob(parts).arrayBuffer());
    size += value.length;
    if (size > LARGEST) {
      from.cancel().catch(() => 0);
      throw Error("too long");
    }
    parts.push(value);
  }
};

const unzip = (base64) => {
  const said = atob(base64);
  const bytes = new Uint8Array(said.length);
  for (let at = 0; at < said.length; at++) bytes[at] = said.charCodeAt(at);
  return inflated(bytes);
};

const MOST = 2 ** 53;

/* Unsigned LEB128 numbers of bytes, in turn. */
export const reader = (bytes) => {
  let at = 0;
  return {
    numbers(count) {
      if (count > bytes.length - at) throw Error("cut short");
      const found = new Float64Array(count);
      for (let n = 0; n < count; n++) {
        let byte = bytes[at++];
        let value = byte & 127;
        for (let place = 128; byte > 127; place *= 128) {
          byte = bytes[at++];
          value += (byte & 127) * place;
        }
        if (!(value < MOST)) throw Error("too large");
        found[n] = value;
      }
      if (at > bytes.length) throw Error("cut short");
      return found;
    },
    take(count) {
      at += count;
      return bytes.subarray(at - count, at);
    },
    end() {
      if (at !== bytes.length) throw Error("too long");
    },
  };
};

/* The numbers of which these are the differences, zigzag. */
export const stepped = (column) => {
  let value = 0;
  return column.map((step) => value += step % 2 ? -(step + 1) / 2 : step / 2);
};

export const decoder = new TextDecoder();

/* Terms as a shard has them: octets shared with the one before, and octets that follow. */
const spelledOut = (from, size, shared, rest) => {
  const spelled = new Uint8Array(size);
  let length = 0;
  let total = 0;
  return Array.from(shared, (same, t) => {
    const more = from.take(rest[t]);
    length = Math.min(same, length);
    spelled.set(more, length);
    length += more.length;
    total += length;
    if (total > LARGEST) throw Error("too long");
    return decoder.decode(spelled.subarray(0, length));
  });
};

export const sum = (numbers) => numbers.reduce((total, n) => total + n, 0);

/* A shard: the postings, [documents, tf, lengths] for each field, of the terms that `is` takes; of the
   others nothing is read. The lengths of the last field are not in it: `lengths` gives them for every
   document. */
export const readShard = (bytes, fields) => {
  const from = reader(bytes);
  const [count] = from.numbers(1);
  const shared = from.numbers(count);
  const rest = from.numbers(count);
  const terms = spelledOut(from, bytes.length, shared, rest);
  const df = fields.map(() => from.numbers(count));
  const last = df.length - 1;
  const total = sum(df.map(sum));
  const gaps = from.numbers(total);
  const tf = from.numbers(total);
  const inline = from.numbers(total - sum(df[last]));
  from.end();
  /* Where in the columns the postings of each term and field begin. */
  const begins = terms.map(() => []);
  let next = [0, 0];
  terms.forEach((_, t) => df.forEach((counts, f) => {
    begins[t].push(next);
    next = [next[0] + counts[t], next[1] + (f < last ? counts[t] : 0)];
  }));
  const postings = (t, lengths) => df.map((counts, f) => {
    const [at, within] = begins[t][f];
    let id = 0;
    const documents = gaps.slice(at, at + counts[t]).map((gap) => id += gap);
    if (id >= lengths.length) throw Error("no such document");
    return [documents, tf.subarray(at, at + counts[t]), f < last
      ? inline.subarray(within, within + counts[t]) : documents.map((one) => lengths[one])];
  });
  return (is, lengths) => terms.flatMap((term, t) => is(term) ? [[term, postings(t, lengths)]] : []);
};

const SOUND_FIELDS = "title,author,body";

/* Another hub may say anything, and must not take this page's memory or its own search from it. */
const isCount = (n, most = 1e7) => Number.isInteger(n) && n >= 0 && n <= most;

/* Where filters leave nothing, each of them is read. */
const TIERS = 2000;

/* The older tiers that a manifest names, the newest first (docs/formats/search.md, section 11). */
export const olderOf = ({ older = [] }) => older;

const isSound = (said) =>
  said.version === 1 && String(said.fields) === SOUND_FIELDS
  && [said.boosts, said.lengths].every((list) => Array.isArray(list) && list.length === 3)
  && [...said.boosts, said.k1, said.b].every(Number.isFinite)
  && said.lengths.every((n) => isCount(n, 1e12)) && isCount(said.documents)
  && isCount(said.chunk) && said.chunk > 0
  && Object.values(said.languages).every((n) => isCount(n)) && Object(said.places) === said.places
  && isCount(said.segments.reduce((all, { documents }) => all + documents, 0))
  && olderOf(said).length <= TIERS
  && olderOf(said).every(({ id, documents, days = [] }) => /^[0-9a-f]{16}$/.test(id)
    && isCount(documents) && Array.isArray(days) && days.every(Number.isFinite))
  && said.segments.every(({ first, documents, places, dead, tongues = [] }) =>
    isCount(first) && isCount(documents) && [places, dead, tongues].every(Array.isArray));

/* One index: its manifest, and its files, each fetched once. `broken` says that one did not come. */
export const openIndex = async (root, isPeer) => {
  const manifest = await loadFile(root, "manifest.js", isPeer ? PATIENCE : TIMEOUT);
  if (manifest.version > 1) throw Error("version");
  if (!isSound(manifest)) throw Error("form");
  const files = {};
  const index = {
    root, manifest, broken: false,
    /* The file as `read` makes it of value or bytes; null when it does not come. */
    get(path, read, binary) {
      files[path] ||= (async () => {
        const value = await loadFile(root, path);
        return read(binary ? await unzip(value) : value);
      })().catch(() => {
        delete files[path];
        this.broken = true;
        return null;
      });
      return files[path];
    },
  };
  return index;
};

/* An older tier of an index, as an index of its own; null when it does not come. */
export const openTier = async (index, number) => {
  const entry = olderOf(index.manifest)[number - 1];
  const path = `${entry.id}/m.js`;
  const said = await index.get(path, (bytes) => JSON.parse(decoder.decode(bytes)), true);
  const { documents, lengths, languages, segments } = said || {};
  const manifest = { ...index.manifest, documents, lengths, languages, segments };
  try {
    if (isSound(manifest) && documents === entry.documents) {
      return Object.assign(Object.create(index), { manifest, broken: false });
    }
  } catch { /* it lacks something */ }
  index.broken = true;
  return null;
};
