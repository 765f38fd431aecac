/* Small comforts. Every page reads and answers without this file. What a reader has read, and in
   which language, is remembered in the browser alone and sent to nobody. */
"use strict";
(() => {
  const me = document.currentScript;
  const root = document.documentElement;
  const main = document.querySelector("main");
  const all = (what, where = document) => [...where.querySelectorAll(what)];
  /* Storage fails where it is switched off, and forgets on file://: then nothing is offered. */
  let shelf = null;
  try {
    shelf = localStorage;
    shelf.getItem("soli");
  } catch (_) { shelf = null; }
  const own = root.lang;

  /* From a folder on a stick, where no server adds index.html to an address. */
  if (location.protocol === "file:") {
    for (const at of document.querySelectorAll("a[href], form[action]")) {
      const key = at.href ? "href" : "action";
      if (at[key].startsWith("file:")) at[key] = at[key].replace(/\/(?=[?#]|$)/, "/index.html");
    }
  }

  /* What scrolls sideways can be scrolled by keyboard (WCAG 2.1.1). */
  for (const box of all("table, pre")) if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;

  const element = (name, text) => {
    const made = document.createElement(name);
    made.textContent = text || "";
    return made;
  };
  /* What Element.append does, which Chrome has since 54. */
  const put = (where, ...what) => what.forEach((one) => {
    where.appendChild(one.nodeType ? one : document.createTextNode(one));
  });
  /* As the pages write it: day before month, European digits. */
  const written = (lang) => lang.replace(/^en$/, "en-GB") + "-u-nu-latn";
  /* j and k walk from post to post, once the focus is in one: elsewhere the keys stay the
     browser's (WCAG 2.1.4). Opening a link to a post puts the focus there. */
  const posts = [...document.querySelectorAll("[data-posts] > .post")];
  const focus = (post) => {
    post.tabIndex = -1;
    post.focus({ preventScroll: true });
    post.scrollIntoView({ block: "start" });
  };
  posts.forEach((post) => { post.tabIndex = -1; });
  /* What is typed into a box stays in this browser until it has come: until the hub says so, or leads
     to a post that was not there. So a lost line loses nothing. Names and addresses are not kept. */
  const write = document.querySelector("form.write[enctype]");
  const SENT = "soli-sent";
  if (shelf) {
    const [key, before] = (shelf.getItem(SENT) || "").split(" ");
    const hash = location.hash.slice(1);
    const came = hash && before && before.indexOf(hash) < 0 && posts.some((post) => post.id === hash);
    if (key && (came || document.querySelector("[data-sent]"))) {
      shelf.removeItem(key);
      shelf.removeItem(SENT);
    }
  }
  if (shelf && write) {
    const key = `soli-draft:${location.pathname.replace(/page\/\d+\/$/, "")}`;
    const boxes = [write.elements.text, write.elements.subject].filter(Boolean);
    let kept = [];
    try {
      kept = JSON.parse(shelf.getItem(key)) || [];
    } catch (_) { /* not ours */ }
    boxes.forEach((one, at) => { one.value = one.value || kept[at] || ""; });
    const note = (name, value) => {
      try {
        shelf.setItem(name, value);
      } catch (_) { /* full */ }
    };
    write.addEventListener("input", () => note(key, JSON.stringify(boxes.map((one) => one.value))));
    write.addEventListener("submit", () => note(SENT, `${key} ${posts.map((one) => one.id).join()},`));
  }
  const arrived = () => {
    const named = posts.find((post) => post.id === location.hash.slice(1));
    if (named) focus(named);
    if (write && location.hash === "#reply") write.elements.text.focus();
  };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { j: 1, k: -1 }[event.key];
    const here = step && posts.findIndex((post) => post.contains(document.activeElement));
    const next = step && here >= 0 ? posts[here + step] : null;
    if (next) focus(next);
  });

  /* Another language for the words of the interface: a topic is one file for all languages. The
     words of both languages are lists in the same order (pipeline/interface.py); what people wrote
     stays as it is. */
  const policy = window.trustedTypes
    ? trustedTypes.createPolicy("solicomm", { createScriptURL: (url) => url })
    : { createScriptURL: (url) => url };
  const told = {};
  window.solicommWords = (lang, dir, words) => { told[lang] = { dir, words }; };
  const load = (url) => new Promise((done, failed) => {
    const script = document.createElement("script");
    script.onload = done;
    script.onerror = failed;
    script.src = policy.createScriptURL(url);
    document.head.appendChild(script);
  });
  /* Who is signed in is asked only by a browser that was: no cookie, no request. */
  const mine = document.querySelector("[data-me]");
  if (mine && /(^|; )solicomm-signed-in=1/.test(document.cookie)) load(mine.dataset.me).catch(() => {});
  const FORMS = { ar: ["zero", "one", "two", "few", "many", "other"], ru: ["one", "few", "many"] };
  const form = (forms, lang, count) => {
    const order = FORMS[lang] || ["one", "other"];
    const place = Intl.PluralRules ? order.indexOf(new Intl.PluralRules(lang).select(count)) : Number(count !== 1);
    return forms[place < 0 ? forms.length - 1 : Math.min(place, forms.length - 1)];
  };
  const NUMBER = /\d+([.,\s]\d{3})*/;
  const translator = (from, to, lang) => {
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
        const said = Array.isArray(word) ? form(word, lang, +number.replace(/\D/g, "")) : word;
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
  const speak = (lang) => {
    const say = translator(own, lang, lang);
    for (const text of all("bdi, .body, [data-own]")) {
      if (text.parentElement.closest("[lang]") === root && !text.lang) text.lang = own;
    }
    root.lang = lang;
    root.dir = told[lang].dir;
    const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
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
    for (const element of all("[aria-label], [title]")) {
      for (const name of ["aria-label", "title"]) {
        const word = element.hasAttribute(name) && say(element.getAttribute(name));
        if (word) element.setAttribute(name, word);
      }
    }
    all("time[datetime]").filter((time) => !time.closest(".body")).forEach(day);
  };
  const languages = new Map((me.dataset.langs || "").split(" ").filter(Boolean)
    .map((one) => one.split("|")).map(([code, name, url]) => [code, { name, url }]));
  const choose = (lang) => {
    if (lang === own) shelf.removeItem("soli-lang");
    else shelf.setItem("soli-lang", lang);
  };
  const menu = (chosen) => {
    const box = element("details");
    box.className = "langs";
    const summary = box.appendChild(element("summary"));
    summary.appendChild(element("span", `${saying[8]}: `)).className = "vh";
    summary.appendChild(element("bdi", languages.get(chosen).name)).lang = chosen;
    const list = box.appendChild(element("ul"));
    for (const [code, { name }] of languages) {
      const button = list.appendChild(element("li")).appendChild(element("button", name));
      button.lang = code;
      if (code === chosen) button.setAttribute("aria-current", "true");
      button.addEventListener("click", () => {
        choose(code);
        location.reload();
      });
    }
    document.querySelector(".top .wrap").appendChild(box);
  };
  for (const link of all(".langs a[hreflang]")) {
    link.addEventListener("click", () => shelf && shelf.setItem("soli-lang", link.lang));
  }

  /* What is new since the last visit: numbers beside topics, a way to the first unread post. */
  const saying = (me.dataset.say || "").split("|");
  const place = main && main.dataset.conference;
  const key = `soli:${place}`;
  const MOST = 1500; /* topics remembered: 64 KB */
  const fresh = () => ({ v: 1, since: Math.floor(Date.now() / 1000), t: {}, star: [], mute: [] });
  const sane = (read) => {
    const known = fresh();
    if (!read || read.v !== 1 || typeof read.t !== "object" || !read.t) return known;
    for (const tid of Object.keys(read.t)) if (read.t[tid] > 0) known.t[tid] = Math.floor(read.t[tid]);
    if (read.since > 0) known.since = Math.floor(read.since);
    for (const list of ["star", "mute"]) {
      known[list] = Array.isArray(read[list]) ? read[list].map(String) : [];
    }
    return known;
  };
  const recall = (name) => {
    try {
      return sane(JSON.parse(shelf.getItem(name)));
    } catch (_) { return fresh(); }
  };
  const keep = (name, read) => {
    const tids = Object.keys(read.t);
    tids.slice(0, Math.max(0, tids.length - MOST)).forEach((tid) => delete read.t[tid]);
    try {
      shelf.setItem(name, JSON.stringify(read));
    } catch (_) { /* full: the next visit sees more as new */ }
  };
  const button = (text, act) => {
    const made = element("button", text);
    made.type = "button";
    made.addEventListener("click", () => act(made));
    return made;
  };
  const link = (text, url) => {
    const made = element("a", text);
    made.className = "new";
    made.href = url;
    return made;
  };
  const lists = (read) => {
    const rows = all("li[data-t]").filter((row) => row.querySelector("a"));
    const show = (row, posts, last) => {
      const { t: tid } = row.dataset;
      row.classList.toggle("star", read.star.includes(tid));
      row.classList.toggle("mute", read.mute.includes(tid));
      const seen = read.t[tid];
      const more = seen ? posts - seen : 0;
      const news = seen ? more > 0 : last > read.since;
      if (!news || row.querySelector(".new") || read.mute.includes(tid)) return;
      const topic = row.querySelector("a").href.replace(/(\/t\/[a-z2-7]{32}\/).*/, "$1");
      const page = Math.floor((seen || 0) / 100) + 1;
      const url = `${topic}${page > 1 && more > 0 ? `page/${page}/` : ""}#new`;
      put(row.querySelector(".meta"), " ", link(more > 0 ? saying[0].replace("{}", more) : saying[1], url));
    };
    const when = (row) => all("time", row).map((time) => Date.parse(time.dateTime) / 1000 || 0);
    const later = rows.filter((row) => !row.dataset.n);
    rows.forEach((row) => show(row, +row.dataset.n, row.dataset.n ? Math.max(0, ...when(row)) : 0));
    if (!later.length) return;
    const day0 = new Date(Math.max(read.since * 1000, Date.now() - 62 * 864e5));
    const months = [];
    for (let at = day0; at <= new Date(); at = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + 1))) {
      months.push(at.toISOString().slice(0, 7));
    }
    const base = new URL(main.dataset.at, location.href);
    for (const month of months) {
      fetch(new URL(`index/${month}.json`, base)).then((answer) => (answer.ok ? answer.json() : []))
        .then((items) => {
          const known = new Map(items.map((item) => [item[0], item]));
          for (const row of later) {
            const item = known.get(row.dataset.t);
            if (item) show(row, item[1], item[2]);
          }
        }).catch(() => {});
    }
  };
  /* A topic of several pages on paper: the others are fetched and put around this one. */
  const page = (url) => new Promise((done, failed) => {
    const asked = new XMLHttpRequest();
    asked.responseType = "document";
    asked.open("GET", url);
    asked.onload = () => (asked.response ? done(asked.response) : failed(Error(url)));
    asked.onerror = () => failed(Error(url));
    asked.send();
  });
  const printAll = (pressed) => {
    pressed.disabled = true;
    const here = document.querySelector("[data-posts]");
    const add = (rel, place, at, from) => {
      const way = at.querySelector(`.pager a[rel=${rel}]`);
      if (!way) return Promise.resolve();
      const url = new URL(way.getAttribute("href"), from).href;
      return page(url).then((there) => {
        place(all("[data-posts] > *", there).map((post) => document.adoptNode(post)));
        return add(rel, place, there, url);
      });
    };
    return add("next", (more) => put(here, ...more), document, location.href)
      .then(() => add("prev", (more) => {
        const first = here.firstChild;
        more.forEach((one) => here.insertBefore(one, first));
      }, document, location.href))
      .then(() => {
        pressed.disabled = false;
        print();
      });
  };
  const topic = (read, tid, page) => {
    const seen = read.t[tid];
    const first = (page - 1) * 100;
    const unread = posts.filter((post, at) => {
      const time = post.querySelector("time");
      return seen ? first + at >= seen : time && Date.parse(time.dateTime) / 1000 > read.since;
    });
    if (location.hash === "#new") {
      history.replaceState(null, "", `#${(unread[0] || posts[posts.length - 1]).id}`);
    }
    unread.forEach((post) => post.classList.add("unread"));
    const head = main.querySelector(".head");
    const marks = element("p");
    marks.className = "marks print-no";
    if (unread.length && unread[0] !== posts[0]) put(marks, link(saying[2], `#${unread[0].id}`));
    ["star", "mute"].forEach((list, at) => {
      const mark = button(saying[3 + at], (pressed) => {
        const on = !read[list].includes(tid);
        read[list] = on ? [...read[list], tid] : read[list].filter((one) => one !== tid);
        pressed.setAttribute("aria-pressed", String(on));
        keep(key, read);
      });
      mark.setAttribute("aria-pressed", String(read[list].includes(tid)));
      put(marks, mark);
    });
    if (all(".pager a[rel]").length) put(marks, button(saying[10], printAll));
    if (head) put(head, marks);
    delete read.t[tid];
    read.t[tid] = Math.max(seen || 0, first + posts.length);
    keep(key, read);
  };
  const tools = (read) => {
    const box = document.querySelector("[data-marks]");
    if (!box) return;
    const save = () => {
      const names = Object.keys(shelf).filter((name) => name.startsWith("soli:"));
      const data = {};
      for (const name of names) data[name] = recall(name);
      const made = element("a");
      made.href = URL.createObjectURL(new Blob([JSON.stringify(data)], { type: "application/json" }));
      made.download = "solicomm-read.json";
      made.click();
    };
    const field = element("input");
    field.type = "file";
    field.accept = ".json,application/json";
    field.hidden = true;
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
    put(
      box,
      button(saying[5], () => {
        keep(key, Object.assign(read, { since: Math.floor(Date.now() / 1000), t: {} }));
        location.reload();
      }),
      button(saying[6], save), button(saying[7], () => field.click()), field,
      element("small", saying[9])
    );
    box.hidden = false;
  };
  const remember = () => {
    if (!shelf || !place || location.protocol === "file:") return;
    const known = shelf.getItem(key) !== null;
    const read = recall(key);
    if (!known) keep(key, read);
    const [, tid, page] = /\/t\/([a-z2-7]{32})\/(?:page\/(\d+)\/)?/.exec(location.pathname) || [];
    if (tid && posts.length) topic(read, tid, +(page || 1));
    else if (!tid) lists(read);
    tools(read);
  };
  const settled = () => {
    remember();
    addEventListener("hashchange", arrived);
    arrived();
  };
  if (shelf && languages.size > 1) {
    const wanted = shelf.getItem("soli-lang");
    const chosen = languages.has(wanted) ? wanted : own;
    menu(chosen);
    if (chosen === own) settled();
    else {
      Promise.all([own, chosen].map((lang) => load(languages.get(lang).url))).then(() => {
        speak(chosen);
        const say = translator(own, chosen, chosen);
        saying.forEach((word, at) => { saying[at] = say(word.replace("{}", "%")) || word; });
        saying[0] = saying[0].replace("%", "{}");
        document.querySelector(".langs summary span").textContent = `${saying[8]}: `;
      }).catch(() => {}).then(settled);
    }
  } else settled();
})();
