/* The page /search/: reads the form and the address, shows what is found, says what must be known.
   Texts stand in the page, in its language, as data-… of the status line. Nothing is remembered. */
import { loadScript } from "./loading.js";
import { marked } from "./marking.js";
import { openAll, search } from "./searching.js";
import { rowOf } from "./segments.js";

const PAGE = 10;
const PAUSE = 150;

const start = (form) => {
  const { lang } = document.documentElement;
  const status = document.querySelector("[data-search-state]");
  const results = document.querySelector("ol.results");
  const more = document.querySelector("[data-more]");
  const mail = document.querySelector("[data-mail]");
  const { q, in: where } = form.elements;
  const say = status.dataset;
  const roots = form.dataset.index.split(" ").map((root) => new URL(root, location).href);
  const stems = JSON.parse(form.dataset.stems);
  const home = new URL(roots[0]).host;
  const load = (name) => loadScript(new URL(stems[name], location).href);
  const hub = new URL("../../", roots[0]).href;
  let opened;
  let turn = 0;
  let seen = 0;
  const topics = new Map();
  let timer;

  const element = (name, text, attributes) => {
    const made = document.createElement(name);
    made.append(text || "");
    for (const key in attributes) if (attributes[key]) made.setAttribute(key, attributes[key]);
    return made;
  };

  const link = (url) => url.startsWith("file:") ? url.replace(/\/(#|$)/, "/index.html$1") : url;

  /* As the pages write it: day before month, European digits. */
  const dayOf = (seconds) => {
    const date = new Date(seconds * 1000);
    const style = { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" };
    const shown = date.toLocaleDateString(`${lang.replace(/^en$/, "en-GB")}-u-nu-latn`, style);
    return element("time", shown, { datetime: date.toISOString() });
  };

  const withMarks = (text, { terms, languages }, attributes) => {
    const made = element("bdi", "", attributes);
    for (const [part, mark] of marked(text, terms, languages)) {
      made.append(mark ? element("mark", part) : part);
    }
    return made;
  };

  /* Who says what, and when. Only the first of a topic says where; the others are links. */
  const hit = (row, answer, isFirst) => {
    const line = element("li");
    const { host } = new URL(row.url);
    const where = [row.place[lang] || Object.values(row.place)[0], host !== home && host];
    const [, leaf] = /#page=(\d+)$/.exec(row.url) || [];
    const page = leaf && say.leaf.replace("{number}", leaf);
    const said = [...isFirst ? where : [], page, row.author].filter(Boolean)
      .map((part) => element("bdi", part));
    if (row.seconds) said.push(dayOf(row.seconds));
    const meta = element("p", "", { class: "meta" });
    const inside = isFirst ? meta : element("a", said.length ? "" : "–", { href: link(row.url) });
    said.forEach((node, number) => inside.append(...(number ? [" · "] : []), node));
    if (!isFirst) meta.append(inside);
    line.append(meta);
    if (row.text) line.append(element("p", withMarks(row.text, answer), { lang: row.lang, dir: "auto" }));
    return line;
  };

  /* Puts a post below its topic, and a page of a text below its card, which stands where its best post does; anything else stands alone. */
  const place = (row, answer) => {
    const topic = row.url.replace(/#page=.*/, "").replace(/(page\/\d+\/)?(index\.html)?#.*|files\/[^/]*$/, "");
    const isFirst = !topics.has(topic);
    const found = hit(row, answer, isFirst);
    if (isFirst) {
      const line = element("li");
      const title = element("a", withMarks(row.title || "–", answer), { href: link(row.url) });
      const hits = element("ol", "", { class: "hits" });
      line.append(element("h2", title, { lang: row.lang }), hits);
      results.append(line);
      topics.set(topic, hits);
    }
    topics.get(topic).append(found);
    return isFirst ? results.lastChild : found;
  };

  /* Shows ten more; true when all of them came. */
  const show = async (answer, mine) => {
    const from = mine ? 0 : seen;
    const hits = answer.hits.slice(from, from + PAGE);
    const rows = (await Promise.all(hits.map(([id]) => rowOf(answer.segments, id)))).filter(Boolean);
    if (mine && mine !== turn) return false;
    if (mine) {
      results.replaceChildren();
      topics.clear();
    }
    seen = from + hits.length;
    const [first] = rows.map((row) => place(row, answer));
    if (!mine) first?.querySelector("a").focus();
    results.hidden = !results.childElementCount;
    more.hidden = answer.hits.length <= seen;
    more.onclick = () => show(answer);
    return rows.length === hits.length;
  };

  const proposal = (text) => {
    const params = new URLSearchParams({ q: text, ...where.value && { in: where.value } });
    const better = element("a", element("bdi", text), { href: `?${params}` });
    better.onclick = (event) => {
      event.preventDefault();
      q.value = text;
      ask(true);
      q.focus();
    };
    return better;
  };

  const tell = (state, ...sentences) => {
    say.searchState = state;
    status.replaceChildren(...sentences.filter(Boolean).map((sentence) => {
      const shown = element("span");
      shown.append(...[sentence].flat());
      return shown;
    }));
  };

  const report = (answer, partial) => {
    const { hits, problem, relaxed, suggestion } = answer;
    const count = `${say.found} ${hits.length.toLocaleString(`${lang}-u-nu-latn`)}`;
    const [before, after] = say.meant.split("{words}");
    const meant = suggestion && [before, proposal(suggestion), after];
    tell("done",
      problem === "empty" ? say.empty : problem ? say[problem] : hits.length ? count : say.none,
      relaxed && say.relaxed, meant, partial && say.partial, opened.newer && say.newer,
      ...opened.absent.map((root) => say.absent.replace("{name}", new URL(root).host)));
  };

  /* The places of the own indexes to choose from, once. */
  const offerPlaces = (own) => {
    if (where.length > 1 || !own.length) return;
    const wanted = new URLSearchParams(location.search).get("in") || "";
    for (const [key, { title }] of own.flatMap(({ manifest }) => Object.entries(manifest.places))) {
      if (key) where.add(new Option(title[lang] || Object.values(title)[0], key));
    }
    const known = [...where.options].find(({ value }) => `/${value}`.endsWith(`/${wanted}`));
    if (wanted && !known) where.add(new Option(wanted, wanted));
    where.value = wanted && known ? known.value : wanted;
    where.parentElement.hidden = where.length < 2;
  };

  /* What a member who is signed in may search besides. Nobody else asks. */
  const forMembers = async () => {
    if (!/(^|; )solicomm-signed-in=/.test(document.cookie)) return [];
    const answer = await fetch(`${hub}members/indexes.json`).catch(() => ({}));
    return answer.ok ? (await answer.json()).map((root) => hub + root) : [];
  };

  const answerTo = async (text, typing) => {
    opened = await (opened || forMembers().then((own) => openAll(roots, own)));
    if (!opened.indexes.length) return null;
    offerPlaces(opened.indexes.filter(({ home }) => home));
    const whole = where.value ? `in:${where.value} ${text}` : text;
    const answer = await search(whole, lang, opened, load);
    if (!typing || answer.hits.length && !answer.relaxed || !/[^\s*~^]{3}$/.test(text)) return answer;
    const begun = await search(`${whole}*`, lang, opened, load);
    return begun.hits.length && !begun.relaxed ? begun : answer;
  };

  const find = async (typing, again) => {
    const mine = ++turn;
    const text = q.value;
    mail.href = mail.href.replace(/subject=.*/, `subject=${encodeURIComponent(
      `${say.command} ${text.toWellFormed ? text.toWellFormed() : ""}`)}`);
    say.searchState = "busy";
    setTimeout(() => mine === turn && say.searchState === "busy" && tell("busy", say.busy), 300);
    try {
      const answer = await answerTo(text, typing);
      if (mine !== turn) return;
      const whole = answer && await show(answer, mine);
      if (mine !== turn) return;
      const partial = !whole || answer.partial;
      if (partial && !again) {
        opened = null;
        await find(typing, true);
      } else if (answer) report(answer, partial);
      else tell("done", opened.newer ? say.newer : say.failed);
    } catch (error) {
      if (mine === turn) tell("done", say.failed);
      throw error;
    }
  };

  /* Also writes the query into the address, where that is allowed (not from a folder). */
  const ask = (kept) => {
    clearTimeout(timer);
    const params = new URLSearchParams({ q: q.value, ...where.value && { in: where.value } });
    if (location.protocol !== "file:") history[kept ? "pushState" : "replaceState"](null, "", `?${params}`);
    find(!kept);
  };

  const arrive = () => {
    q.value = new URLSearchParams(location.search).get("q") || "";
    if (q.value.trim()) find(false);
    else tell("done", say.empty);
  };

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(true);
  });
  q.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  where.addEventListener("change", () => ask(true));
  addEventListener("popstate", arrive);
  arrive();
};

/* Whoever lacks one of these is searched for by the hub (searchless.js). */
const able = () => "DecompressionStream" in globalThis && "timeout" in AbortSignal
  && "replaceChildren" in Element.prototype;

const form = globalThis.document?.querySelector("[data-search]");
if (form && (able() || location.protocol === "file:")) {
  form.dataset.ready = "1";
  start(form);
}
