/* The page /search/: reads the form and the address, shows what is found, says what must be known. The hub
   searches, where one answers (asking.js); this script does wherever none does, and over several hubs.
   Texts stand in the page, in its language, as data-… of the status line. Nothing is remembered. */
import { fromHub } from "./asking.js";
import { loadScript } from "./loading.js";
import { marked } from "./marking.js";
import { filtersOf, narrowedBy, offered } from "./narrowing.js";
import { openAll } from "./searching.js";
import { rowOf } from "./segments.js";
import { searchFrom } from "./tiers.js";

const PAGE = 10;
const PAUSE = 200;

const start = (form) => {
  const { lang } = document.documentElement;
  const status = document.querySelector("[data-search-state]");
  const results = document.querySelector("ol.results");
  const more = document.querySelector("[data-more]");
  const onward = document.querySelector("a.button[data-older]");
  const mail = document.querySelector("[data-mail]");
  const { q, in: where } = form.elements;
  const say = status.dataset;
  const roots = form.dataset.index.split(" ").map((root) => new URL(root, location).href);
  const stems = JSON.parse(form.dataset.stems);
  const home = new URL(roots[0]).host;
  const load = (name) => loadScript(new URL(stems[name], location).href);
  const hub = new URL("../../", roots[0]).href;
  let hubAnswers = "hub" in form.dataset && roots.every((root) => new URL(root).origin === location.origin) && location.protocol !== "file:";
  let narrowed = {};
  let older = 0;
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

  const paramsNow = (text = q.value) => new URLSearchParams({
    q: text, ...where.value && { in: where.value }, ...narrowed,
  });

  /* What the results can be narrowed by, and what they were. */
  const narrow = (rows) => {
    const nav = document.querySelector(".narrow");
    if (!nav) return; // an older template of the operator's
    const { taken, found } = offered(rows, { ...narrowed, ...where.value && { in: where.value } },
      { in: say.in, when: say.when, language: say.language, who: say.who }, lang);
    const chips = (name, values) => {
      const made = element(name, "", { class: "chips" });
      for (const [field, value, words] of values) {
        const params = paramsNow();
        if (value) params.set(field, value);
        else params.delete(field);
        const shown = element("bdi", value ? words : `${words} ×`);
        made.append(element("a", shown, { href: `?${params}` }), " ");
      }
      return made;
    };
    const list = element("dl");
    for (const [heading, values] of found) {
      const group = element("div", element("dt", heading));
      group.append(chips("dd", values));
      list.append(group);
    }
    const details = element("details", element("summary", nav.getAttribute("aria-label")));
    details.open = Boolean(nav.querySelector("details[open]"));
    details.append(list);
    nav.replaceChildren(...taken.length ? [chips("p", taken)] : [], ...found.length ? [details] : []);
    nav.hidden = !nav.childElementCount;
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
      narrow(rows);
    }
    seen = from + hits.length;
    const [first] = rows.map((row) => place(row, answer));
    if (!mine) first?.querySelector("a").focus();
    results.hidden = !results.childElementCount;
    more.hidden = answer.hits.length <= seen;
    more.onclick = () => show(answer).then(offerOlder);
    return rows.length === hits.length;
  };

  const proposal = (text) => {
    const better = element("a", element("bdi", text), { href: `?${paramsNow(text)}` });
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

  /* Behind the last result, what the status line offers. */
  const offerOlder = () => {
    const link = status.querySelector("[data-older]");
    if (!onward) return; // an older template of the operator's
    onward.hidden = !link || !more.hidden;
    if (link) onward.href = link.href;
  };

  /* What of a large index was searched, and the way to what is older. */
  const reached = (reach) => {
    if (!reach) return [];
    const said = (reach.first > 1 ? say.reached : say.newest).replace(/{(\w+)}/g,
      (_, name) => reach[name].toLocaleString(`${lang}-u-nu-latn`));
    const params = paramsNow();
    params.set("older", reach.onward);
    return [said, reach.onward && element("a", say.older, { href: `?${params}`, "data-older": "1" })];
  };

  const report = (answer, partial) => {
    const { hits, whole, problem, relaxed, suggestion } = answer;
    const count = `${say.found} ${(whole || hits.length).toLocaleString(`${lang}-u-nu-latn`)}`;
    const [before, after] = say.meant.split("{words}");
    const meant = suggestion && [before, proposal(suggestion), after];
    tell("done",
      problem === "empty" ? say.empty : problem ? say[problem] : hits.length ? count : say.none,
      relaxed ? say.relaxed : whole < hits.length && say.most, ...reached(answer.reach), meant, partial && say.partial, opened.newer && say.newer,
      ...opened.absent.map((root) => say.absent.replace("{name}", new URL(root).host)));
    offerOlder();
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
    if (stems[lang]) load(lang).catch(() => 0); // most questions need it: not after the index
    opened = await (opened || forMembers().then((own) => openAll(roots, own)));
    if (!opened.indexes.length) return null;
    offerPlaces(opened.indexes.filter(({ home }) => home));
    const filters = filtersOf({ ...narrowed, in: where.value });
    const whole = filters ? `${filters} ${text}` : text;
    const answer = await searchFrom(older, whole, lang, opened, load);
    if (!typing || answer.hits.length && !answer.relaxed || !/[^\s*~^]{3}$/.test(text)) return answer;
    const begun = await searchFrom(older, `${whole}*`, lang, opened, load);
    return begun.hits.length && !begun.relaxed ? begun : answer;
  };

  /* Puts what the hub found into the page. */
  const take = (part, params) => {
    const wasOpen = document.querySelector(".narrow details[open]");
    const swap = (selector) => {
      const [old, fresh] = [document, part].map((from) => from.querySelector(selector));
      if (old && fresh) old.replaceWith(fresh);
      else if (old) old.hidden = true;
    };
    say.searchState = "done";
    status.replaceChildren(...part.querySelector("[role=status]").childNodes);
    swap(".narrow");
    swap(".save");
    const details = document.querySelector(".narrow details");
    if (details && wasOpen) details.open = true;
    if (where.length < 2) {
      where.append(...part.querySelectorAll("option"));
      where.parentElement.hidden = where.length < 2;
    }
    results.replaceChildren(...part.querySelector(".results").childNodes);
    results.hidden = !results.childElementCount;
    moreFromHub(params, part.querySelector("[rel=next]"));
  };

  const moreFromHub = (params, next) => {
    more.hidden = !next;
    offerOlder();
    more.onclick = async () => {
      const known = new Set([...results.querySelectorAll("a")].map(({ href }) => href));
      params.set("page", Number(params.get("page") || 1) + 1);
      const part = await fromHub(params);
      if (!part) return;
      take(part, params);
      const fresh = [...results.querySelectorAll("a")].find(({ href }) => !known.has(href));
      if (fresh) fresh.focus();
    };
  };

  /* Whether the hub answered; else this script has to. */
  const askHub = async (typing, mine) => {
    if (!hubAnswers || !q.value.trim()) return false;
    const params = paramsNow();
    params.set("part", 1);
    if (older) params.set("older", older);
    if (typing) params.set("typing", 1);
    const part = await fromHub(params);
    if (mine !== turn) return true;
    hubAnswers = Boolean(part);
    if (part) take(part, params);
    return hubAnswers;
  };

  const find = async (typing, again) => {
    const mine = ++turn;
    const text = q.value;
    mail.href = mail.href.replace(/subject=.*/, `subject=${encodeURIComponent(
      `${say.command} ${text.toWellFormed ? text.toWellFormed() : ""}`)}`);
    say.searchState = "busy";
    setTimeout(() => mine === turn && say.searchState === "busy" && tell("busy", say.busy), 300);
    try {
      if (await askHub(typing, mine)) return;
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
    older = 0;
    if (location.protocol !== "file:") {
      history[kept ? "pushState" : "replaceState"](null, "", `?${paramsNow()}`);
    }
    find(!kept);
  };

  const arrive = (params = new URLSearchParams(location.search)) => {
    const { in: place = "", ...others } = narrowedBy(params);
    q.value = params.get("q") || "";
    older = +/^[1-9][0-9]{0,4}$/.exec(params.get("older")) || 0;
    narrowed = others;
    if (where.length > 1) {
      const known = [...where.options].find(({ value }) => `/${value}`.endsWith(`/${place}`));
      where.value = place && known ? known.value : "";
    }
    if (q.value.trim()) find(false);
    else tell("done", say.empty);
  };

  /* The question came with the page, and no answer: no hub answers here, or it has too much to do. */
  const alone = () => {
    hubAnswers &&= !new URLSearchParams(location.search).get("q");
    arrive();
  };

  /* The answer came with the page. */
  const answered = () => {
    const params = new URLSearchParams(location.search);
    const next = document.querySelector("main [rel=next]");
    narrowed = narrowedBy(params);
    delete narrowed.in;
    params.set("part", 1);
    if (next) next.parentElement.remove();
    moreFromHub(params, next);
  };

  /* What narrows is a link, so that it can be opened beside; here it changes what is shown. */
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".narrow a, .says a, a[data-older]");
    if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (event.defaultPrevented) return;
    event.preventDefault();
    if (location.protocol !== "file:") history.pushState(null, "", link.href);
    arrive(new URL(link.href).searchParams);
    if ("older" in link.dataset) {
      status.tabIndex = -1;
      status.focus();
    } else q.focus();
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask(true);
  });
  q.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE);
  });
  where.addEventListener("change", () => ask(true));
  addEventListener("popstate", () => arrive());
  if ("answered" in form.dataset) answered();
  else alone();
};

/* Whoever lacks one of these is searched for by the hub (searchless.js). */
const able = () => "DecompressionStream" in globalThis && "timeout" in AbortSignal
  && "replaceChildren" in Element.prototype;

const form = globalThis.document?.querySelector("[data-search]");
if (form && (able() || location.protocol === "file:")) {
  form.dataset.ready = "1";
  start(form);
}
