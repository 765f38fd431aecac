/* What few readers need, loaded when they do: the words of the interface in another language, all
   pages of a topic on one, and what was read as a file (solicomm.js). */
"use strict";
(() => {
  const root = document.documentElement;
  const all = (what, where = document) => [...where.querySelectorAll(what)];
  const element = (name, text) => {
    const made = document.createElement(name);
    made.textContent = text || "";
    return made;
  };
  /* As the pages write it: day before month, European digits. */
  const written = (lang) => lang.replace(/^en$/, "en-GB") + "-u-nu-latn";
  const FORMS = { ar: ["zero", "one", "two", "few", "many", "other"], ru: ["one", "few", "many"] };
  const form = (forms, lang, count) => {
    const order = FORMS[lang] || ["one", "other"];
    const place = Intl.PluralRules ? order.indexOf(new Intl.PluralRules(lang).select(count)) : Number(count !== 1);
    return forms[place < 0 ? forms.length - 1 : Math.min(place, forms.length - 1)];
  };
  const NUMBER = /\d+([.,\s]\d{3})*/;
  const translator = (told, from, to) => {
    const known = new Map();
    told[from].words.forEach((word, place) => {
      [].concat(word).forEach((text, at) => known.set(text, [told[to].words[place], at]));
    });
    return (text, follows) => {
      const bare = text.trim();
      const found = known.get(bare) || known.get(bare.replace(NUMBER, "%"));
      if (found) {
        const [number] = NUMBER.exec(bare) || [String(found[1] + 1)];
        const [word] = found;
        const said = Array.isArray(word) ? form(word, to, +number.replace(/\D/g, "")) : word;
        return text.replace(bare, () => said.replace("%", number));
      }
      if (follows) { /* "Reply to <name>" */
        const around = known.get(`${bare} %`);
        if (around) {
          const [before, after] = around[0].split("%");
          return [before, after];
        }
      }
      return null;
    };
  };
  const day = (time) => {
    const moment = new Date(time.dateTime);
    const short = time.dateTime.length < 8 ? { month: "long", year: "numeric" }
      : { day: "numeric", month: time.textContent.includes(":") ? "long" : "short", year: "numeric" };
    const said = moment.toLocaleDateString(written(root.lang), Object.assign({ timeZone: "UTC" }, short));
    const [clock] = /\d\d:\d\d UTC/.exec(time.textContent) || [];
    time.textContent = clock ? `${said}${root.lang === "ar" ? "،" : ","} ${clock}` : said;
  };
  const speak = (own, lang, told, where = document) => {
    const say = translator(told, own, lang);
    for (const text of all("bdi, .body, [data-own]", where)) {
      if (text.parentElement.closest("[lang]") === root && !text.lang) text.lang = own;
    }
    root.lang = lang;
    root.dir = told[lang].dir;
    const walk = document.createTreeWalker(where.body || where, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walk.nextNode()) {
      if (!walk.currentNode.parentElement.closest("bdi, .body, time, script, .langs")) {
        nodes.push(walk.currentNode);
      }
    }
    for (const node of nodes) {
      const next = node.nextSibling;
      const said = node.data.split(/([·#])/).map((part, at, parts) => {
        const last = at === parts.length - 1 && next && next.nodeName === "BDI";
        const word = part.trim() && say(part, last);
        if (!Array.isArray(word)) return word || part;
        next.after(word[1]);
        return word[0];
      });
      node.data = said.join("");
    }
    for (const element of all("[aria-label], [title]", where)) {
      for (const name of ["aria-label", "title"]) {
        const word = element.hasAttribute(name) && say(element.getAttribute(name));
        if (word) element.setAttribute(name, word);
      }
    }
    all("time[datetime]", where).filter((time) => !time.closest(".body")).forEach(day);
  };

  /* Other pages of a topic: what stands on them is put around this one's, its links made whole. */
  const page = (url) => new Promise((done, failed) => {
    const asked = new XMLHttpRequest();
    asked.responseType = "document";
    asked.open("GET", url);
    asked.onload = () => (asked.status === 200 && asked.response ? done(asked.response) : failed(Error(url)));
    asked.onerror = () => failed(Error(url));
    asked.send();
  });
  const parts = (there, url) => all("[data-posts] > *", there).map((part) => {
    for (const [what, name] of [["[href]", "href"], ["[src]", "src"]]) {
      for (const one of all(what, part)) {
        one.setAttribute(name, new URL(one.getAttribute(name), url).href);
      }
    }
    return document.adoptNode(part);
  });
  const here = () => document.querySelector("[data-posts]");
  const way = (rel, where) => all(`.pager a[rel=${rel}]`, where).pop();
  /* Puts the next page below this one; the ways on are then those of that page. */
  const next = (link) => {
    if (link.hasAttribute("aria-busy")) return new Promise(() => {}); /* pressed twice */
    const url = link.href;
    const came = page(url);
    const free = () => link.removeAttribute("aria-busy");
    link.setAttribute("aria-busy", "true");
    came.then(free, free);
    return came.then((there) => {
      const where = here();
      const those = parts(there, url);
      those.forEach((part) => where.appendChild(part));
      const onward = way("next", there);
      const bars = all(".pager");
      const bar = bars[bars.length - 1];
      if (onward) link.setAttribute("href", new URL(onward.getAttribute("href"), url).href);
      else bar.parentNode.removeChild(bar);
      for (const old of bars.slice(0, -1)) old.parentNode.removeChild(old);
      if (onward) bar.replaceChild(link.cloneNode(true), link);
      return those;
    });
  };
  const printAll = (pressed) => {
    if (pressed.disabled) return Promise.resolve();
    pressed.disabled = true;
    const found = (rel, at, from) => {
      const on = way(rel, at);
      if (!on) return Promise.resolve([]);
      const url = new URL(on.getAttribute("href"), from).href;
      return page(url).then((there) => found(rel, there, url).then((more) => {
        const those = parts(there, url);
        return rel === "next" ? those.concat(more) : more.concat(those);
      }));
    };
    /* Put in place when all have come, and once: there is no way on then. */
    return Promise.all(["prev", "next"].map((rel) => found(rel, document, location.href)))
      .then(([before, after]) => {
        const where = here();
        const first = where.firstChild;
        before.forEach((one) => where.insertBefore(one, first));
        after.forEach((one) => where.appendChild(one));
        all(".pager").forEach((bar) => bar.parentNode.removeChild(bar));
        all(".branch").forEach((talk) => { talk.open = true; });
        pressed.disabled = false;
        print();
      }).catch(() => { pressed.disabled = false; });
  };
  /* What was read, as a file, for another browser. */
  const save = (recall) => {
    const data = {};
    for (const name of Object.keys(localStorage)) if (name.startsWith("soli:")) data[name] = recall(name);
    const made = element("a");
    made.href = URL.createObjectURL(new Blob([JSON.stringify(data)], { type: "application/json" }));
    made.download = "solicomm-read.json";
    made.click();
  };
  const take = (recall, sane, keep) => {
    const field = element("input");
    field.type = "file";
    field.accept = ".json,application/json";
    field.hidden = true;
    document.body.appendChild(field);
    field.addEventListener("change", () => field.files[0].text().then((text) => {
      const file = JSON.parse(text);
      for (const name of Object.keys(file)) {
        if (!name.startsWith("soli:")) continue;
        const [had, got] = [recall(name), sane(file[name])];
        for (const tid of Object.keys(got.t)) had.t[tid] = Math.max(had.t[tid] || 0, got.t[tid]);
        for (const list of ["star", "mute"]) had[list] = [...new Set([...had[list], ...got[list]])];
        keep(name, Object.assign(had, { since: got.since }));
      }
      location.reload();
    }).catch(() => { field.value = ""; }));
    field.click();
  };
  window.solicommMore = { speak, translator, next, printAll, save, take };
})();
