/* What a phone keeps, for the worker and for the page of what is kept. Pages lie in caches named
   "soli-kept-<form> <place>", one a place; what there is of a place, and texts that wait, in the
   database "soli-offline". Everything is fetched as a stranger gets it: nothing that is only for
   who is signed in can be kept. */
"use strict";
const soli = (() => {
  const FORM = 1; /* raise it when caches or records mean something else: old ones are let go */
  const CACHE = `soli-kept-${FORM} `;
  const SHELL = "/offline/";
  const AT_ONCE = 4; /* files that are fetched at the same time */
  const HOUR = 36e5;

  const asked = (request) => new Promise((done, failed) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
  let opened = null;
  const database = () => {
    opened = opened || asked(Object.assign(indexedDB.open("soli-offline", FORM), {
      onupgradeneeded: ({ target: { result } }) => {
        for (const name of [...result.objectStoreNames]) {
          if (name !== "texts") result.deleteObjectStore(name);
        }
        result.createObjectStore("places", { keyPath: "place" });
        if (!result.objectStoreNames.contains("texts")) result.createObjectStore("texts", { keyPath: "key" });
      },
    })).then((db) => {
      db.onversionchange = () => { /* the page forgets everything, or a younger worker came */
        db.close();
        opened = null;
      };
      return db;
    }).catch((fault) => {
      opened = null;
      throw fault;
    });
    return opened;
  };
  /* Done when the change is on the phone, not when it was asked for. */
  const change = (store, act) => database().then((db) => new Promise((done, failed) => {
    const turn = db.transaction(store, "readwrite");
    turn.oncomplete = () => done();
    turn.onabort = turn.onerror = () => failed(turn.error);
    act(turn.objectStore(store));
  }));
  const close = () => (opened ? opened.then((db) => db.close(), () => {}) : Promise.resolve())
    .then(() => { opened = null; });
  const all = (store) => database().then((db) => asked(db.transaction(store).objectStore(store).getAll()));
  const one = (store, key) => database().then((db) => asked(db.transaction(store).objectStore(store).get(key)));
  const put = (store, value) => change(store, (at) => at.put(value));
  const remove = (store, key) => change(store, (at) => at.delete(key));

  /* Places. */
  const stranger = (url) => fetch(url, { credentials: "omit", redirect: "error", cache: "no-cache" });
  const list = (place, { lang, most, files, whole }) => stranger(
    `/offline/list?place=${encodeURIComponent(place)}&lang=${lang}`
    + (whole ? "" : `&most=${most}&files=${files ? 1 : 0}`))
    .then((answer) => (answer.ok ? answer.json() : answer.status === 404 ? null : Promise.reject(Error(answer.status))));
  /* The files that fit, in their order: [url, octets, stamp, kind]. The shell and the search are
     of no use in part. */
  const chosen = (files, { most, files: wanted }) => {
    let octets = 0;
    return files.filter(([, size, , kind]) => {
      if ((kind === "file" && !wanted) || octets + size > most) return false;
      octets += size;
      return true;
    });
  };
  const forget = async (place) => {
    await caches.delete(CACHE + place);
    await remove("places", place);
  };
  const isKeepable = (answer, place) => answer.ok && answer.type === "basic"
    && (place === SHELL || !/no-store|private/.test(answer.headers.get("cache-control") || ""));

  /* Keeps a place, or makes it new: only what is another is fetched. `tell` hears of each file.
     The record says what came of it: `state` is whole, part (no line, or closed on the way), full
     (no room on the phone) or large (the search does not fit). null: there is no such place. */
  const keep = async (place, wish, tell = () => {}) => {
    const found = await list(place, wish);
    if (!found) {
      await forget(place);
      return null;
    }
    const before = await one("places", place) || { have: {} };
    const record = Object.assign({}, wish, {
      place, title: found.title, have: before.have, octets: 0, state: "part", when: Date.now(),
    });
    let wanted = chosen(found.files, wish);
    if (wish.whole && wanted.length < found.files.length) {
      wanted = [];
      record.state = "large";
    }
    await put("places", record);
    const cache = await caches.open(CACHE + place);
    const missing = wanted.filter(([url, , stamp]) => record.have[url] !== stamp);
    const added = [];
    let [done, stop] = [wanted.length - missing.length, ""];
    tell(done, wanted.length);
    const fetchNext = async () => {
      for (let next = missing.shift(); next && !stop; next = missing.shift()) {
        const [url, , stamp] = next;
        try {
          const answer = await stranger(url);
          if (isKeepable(answer, place)) {
            await cache.put(url, answer);
            record.have[url] = stamp;
            added.push(url);
          }
        } catch (fault) {
          stop = fault.name === "QuotaExceededError" ? "full" : "part";
        }
        done += 1;
        tell(done, wanted.length);
        if (done % 25 === 0) await put("places", record);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, fetchNext));
    if (stop === "full") { /* a little room for what is written down, and for texts that wait */
      for (const url of added.splice(-3)) {
        await cache.delete(url);
        delete record.have[url];
      }
    }
    const names = new Map(wanted.map(([url, size]) => [url, size]));
    for (const url of Object.keys(record.have)) {
      if (names.has(url)) record.octets += names.get(url);
      else if (!stop) {
        await cache.delete(url);
        delete record.have[url];
      }
    }
    if (record.state !== "large") record.state = stop || "whole";
    await put("places", record);
    return record;
  };
  const kept = () => all("places");
  const renew = async (tell) => {
    for (const record of await kept()) await keep(record.place, record, tell);
  };

  /* The kept answer for an address; undefined where there is none. What stands behind "?" is for
     the page's script. */
  const lookup = (url, isPage) => caches.match(url, { ignoreVary: true, ignoreSearch: isPage });

  /* Texts that wait. Each has a key, made here once: the hub makes its Message-ID of it, so that
     however often a text is sent there is one post. */
  const texts = async () => {
    const found = await all("texts");
    const old = (text) => text.state === "sent" && text.at < Date.now() - HOUR;
    for (const text of found.filter(old)) await remove("texts", text.key);
    return found.filter((text) => !old(text)).sort((a, b) => a.at - b.at);
  };
  const hex = (bytes) => Array.from(new Uint8Array(bytes), (byte) => `0${byte.toString(16)}`.slice(-2)).join("");
  const newKey = () => hex(crypto.getRandomValues(new Uint8Array(16)));
  const body = (text) => {
    const made = new FormData();
    for (const [name, value] of text.fields) made.append(name, value);
    made.set("key", text.key);
    return made;
  };
  const post = (text) => fetch(text.url, {
    method: "POST", body: body(text), redirect: "manual", credentials: "same-origin",
  });
  const GATEWAY = [502, 503, 504];
  const noLine = (answer) => GATEWAY.indexOf(answer.status) >= 0;
  const field = (text, name) => (text.fields.find(([key]) => key === name) || ["", ""])[1];
  /* A text that has come keeps its key for an hour, without its words: who sends it again then,
     by reloading, sends the same one. */
  const came = (text) => put("texts", {
    key: text.key, url: text.url, digest: text.digest, at: Date.now(), state: "sent",
    said: (field(text, "subject") || field(text, "text")).slice(0, 80), asks: Boolean(field(text, "email")),
    fields: [],
  });
  const WAITS = ["sending", "waits"];
  /* Sends what waits, one after the other. Killed on the way, the next call sends the same. */
  let sending = null;
  const send = () => {
    sending = sending || (async () => {
      for (const text of (await texts()).filter(({ state }) => WAITS.indexOf(state) >= 0)) {
        const answer = await post(text);
        if (noLine(answer) || answer.status === 429) break;
        if (answer.type === "opaqueredirect" || answer.ok) await came(text);
        else await put("texts", Object.assign(text, { state: "refused" }));
      }
    })().then(() => { sending = null; }, () => { sending = null; }); /* no line: later */
    return sending;
  };

  return {
    CACHE, SHELL, WAITS, all, came, close, forget, hex, keep, kept, lookup, newKey, noLine, post, put,
    remove, renew, send, stranger, texts,
  };
})();
