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
  const places = document.querySelector("[data-posts]");
  const listed = () => all("[data-posts] .post");
  let posts = listed();
  const focus = (post) => {
    post.tabIndex = -1;
    post.focus({ preventScroll: true });
    post.scrollIntoView({ block: "start" });
  };
  const focusable = () => posts.forEach((post) => { post.tabIndex = -1; });
  focusable();
  /* What is typed into a box stays in this browser until it has come: until the hub says so, or leads
     to a post that was not there. So a lost line loses nothing. Names and addresses are not kept. */
  const write = document.querySelector("form.write[enctype]");
  const SENT = "soli-sent";
  if (shelf) {
    const [key, before] = (shelf.getItem(SENT) || "").split(" ");
    const hash = location.hash.slice(1);
    const came = key && hash && before.indexOf(hash) < 0 && posts.some((post) => post.id === hash)
      && location.pathname.indexOf(key.replace(/^.*(?=\/conferences\/)/, "")) >= 0;
    if (came || (key && document.querySelector("[data-sent]"))) shelf.removeItem(key);
    shelf.removeItem(SENT); /* the answer: what is opened later is none */
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
  /* A link may lead to the wrong page of a long topic: there is a way on, or the server knows one. */
  const arrived = () => {
    const mid = location.hash.slice(1);
    const named = document.getElementById(mid);
    if (named && places) {
      for (let at = named; at; at = at.parentElement) if (at.nodeName === "DETAILS") at.open = true;
      if (named.nodeName === "A") location.replace(named.href);
      else if (posts.indexOf(named) >= 0) focus(named);
    } else if (places && /^[a-z2-7]{32}$/.test(mid) && document.querySelector(".pager")) {
      const url = new URL(`../../mid/${place}/${mid}`, new URL(main.dataset.at, location.href)).href;
      fetch(url, { method: "HEAD" }).then((answer) => answer.ok && location.replace(url)).catch(() => {});
    }
    if (write && mid === "reply") write.elements.text.focus();
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
  let spoken = () => {}; /* has what comes later in the language that was chosen */
  window.solicommWords = (lang, dir, words) => { told[lang] = { dir, words }; };
  const load = (url) => new Promise((done, failed) => {
    const script = document.createElement("script");
    script.onload = done;
    script.onerror = failed;
    script.src = policy.createScriptURL(url);
    document.head.appendChild(script);
  });
  /* What few need is in a file of its own. */
  const more = () => load(me.dataset.more).then(() => window.solicommMore);
  /* Times in the reader's zone, named beside them; UTC when pointed at. */
  const local = () => all("time[datetime]", main || document).forEach((time) => {
    if (time.title || time.closest(".body") || !/\d:\d\d UTC/.test(time.textContent)) return;
    const moment = new Date(time.dateTime);
    if (!moment.getTimezoneOffset()) return;
    time.title = time.textContent;
    time.textContent = moment.toLocaleString(written(root.lang), {
      day: "numeric", month: "long", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short"
    });
  });
  /* Who is signed in is asked only by a browser that was: no cookie, no request. */
  const mine = document.querySelector("[data-me]");
  if (mine && /(^|; )solicomm-signed-in=1/.test(document.cookie)) load(mine.dataset.me).catch(() => {});
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
    document.querySelector(".top .me, .top nav").before(box);
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
      put(row.querySelector(".meta"), " ", link(more > 0 ? saying[0].replace("{}", more) : saying[1], `${topic}#new`));
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
  /* Posts are numbered through all pages; the first page says where each of them begins. */
  const number = (post) => parseInt(post.getAttribute("aria-label").slice(1), 10);
  const topic = (read, tid, first) => {
    const seen = read.t[tid];
    const fresh = (post) => {
      const time = post.querySelector("time");
      return seen ? number(post) > seen : time && Date.parse(time.dateTime) / 1000 > read.since;
    };
    const unread = posts.filter(fresh);
    const begins = (places.dataset.begins || "0").split(" ");
    let there = unread.length ? `#${unread[0].id}` : "";
    if (first && !there && +places.dataset.total > (seen || 0)) {
      const page = begins.filter((at) => +at <= seen || !seen).length;
      if (page > 1 && (seen || location.hash === "#new")) there = `page/${page}/#new`;
    }
    if (location.hash === "#new") {
      if (there[0] === "p") {
        location.replace(there);
        return;
      }
      history.replaceState(null, "", there || `#${posts[posts.length - 1].id}`);
    }
    unread.forEach((post) => {
      post.classList.add("unread");
      const talk = post.closest(".branch");
      if (talk) talk.open = true;
    });
    const head = main.querySelector(".head");
    const marks = element("p");
    marks.className = "marks print-no";
    if (there && unread[0] !== posts[0]) put(marks, link(saying[2], there));
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
    if (all(".pager a[rel]").length) {
      put(marks, button(saying[10], (pressed) => more().then((has) => has.printAll(pressed))));
    }
    if (head) put(head, marks);
    const note = () => {
      delete read.t[tid];
      read.t[tid] = Math.max(seen || 0, ...posts.map(number));
      keep(key, read);
    };
    note();
    return () => {
      posts.filter((post) => !post.tabIndex).filter(fresh).forEach((post) => post.classList.add("unread"));
      note();
    };
  };
  /* Later posts come into this page. */
  const grow = (came) => {
    const last = all(".pager a[rel=next]").pop();
    if (!last || location.protocol === "file:") return;
    last.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      const before = posts;
      more().then((has) => has.next(last)).then((those) => {
        those.forEach(spoken);
        posts = listed();
        came();
        focusable();
        local();
        focus(posts[before.length]);
        grow(came);
      }).catch(() => { location.href = last.href; });
    });
  };
  const tools = (read) => {
    const box = document.querySelector("[data-marks]");
    if (!box) return;
    put(
      box,
      button(saying[5], () => {
        keep(key, Object.assign(read, { since: Math.floor(Date.now() / 1000), t: {} }));
        location.reload();
      }),
      button(saying[6], () => more().then((has) => has.save(recall))),
      button(saying[7], () => more().then((has) => has.take(recall, sane, keep))),
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
    if (tid && posts.length) grow(topic(read, tid, !page) || (() => {}));
    else if (!tid) lists(read);
    tools(read);
  };
  /* The telephone's own way to share; else the address is copied, and stands there. */
  const share = document.querySelector("[data-share]");
  if (share) {
    share.firstElementChild.addEventListener("click", (event) => {
      const address = share.querySelector("code");
      const url = address.textContent;
      if (navigator.share) {
        event.preventDefault();
        navigator.share({ title: document.title, url }).catch(() => {});
      } else if (navigator.clipboard && !share.open) {
        const copied = () => put(address.parentNode, ` ${share.dataset.share}`);
        navigator.clipboard.writeText(url).then(copied).catch(() => {});
      }
    });
  }
  const settled = () => {
    remember();
    local();
    addEventListener("hashchange", arrived);
    arrived();
  };
  if (shelf && languages.size > 1) {
    const wanted = shelf.getItem("soli-lang");
    const chosen = languages.has(wanted) ? wanted : own;
    menu(chosen);
    if (chosen === own) settled();
    else {
      const words = [own, chosen].map((lang) => load(languages.get(lang).url));
      Promise.all([more(), ...words]).then(([has]) => {
        spoken = (where) => has.speak(own, chosen, told, where);
        spoken();
        const say = has.translator(told, own, chosen);
        saying.forEach((word, at) => { saying[at] = say(word.replace("{}", "%")) || word; });
        saying[0] = saying[0].replace("%", "{}");
        document.querySelector(".langs summary span").textContent = `${saying[8]}: `;
      }).catch(() => {}).then(settled);
    }
  } else settled();
})();
