/* Opens a sealed package (docs/formats/stick.md) with its words: scripts of the same folder bring
   what is sealed, since nothing else can be read by file://. Keys and posts are in memory alone. */
(() => {
  const box = document.querySelector("[data-sealed]");
  const part = (name) => box.querySelector(`[data-part=${name}]`);
  const words = JSON.parse(part("words").content.textContent);
  const base = document.currentScript.src.replace(/[^/]*$/, "");
  const epoch = base.split("/").slice(-2)[0];
  const SCHEMA = "solicomm/sealed@1";
  const NAME = /^[0-9a-f]{16}$/;
  const KEPT = ["href", "title", "id", "class", "start", "lang", "dir", "cite", "colspan", "rowspan", "datetime"];
  const LEADS = /^(#|https?:|mailto:|tel:)/;
  const LEFT = "script,style,link,meta,base,title,iframe,frame,object,embed,form,input,button,select,textarea,img,picture,video,audio,svg,math,template,noscript";
  const HITS = 30;
  const waiting = new Map();
  const stems = {};
  let opened = null;
  let turn = 0;
  let wanted = "";

  const utf8 = (text) => new TextEncoder().encode(text);
  const octets = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const wrong = (name) => Object.assign(new Error(name), { said: name });
  const say = (name, value = "", other = "") => {
    const isWrong = /^wrong/.test(name);
    const line = name ? words[name].replace("{n}", () => value).replace("{m}", () => other) : "";
    part("wrong").textContent = isWrong ? line : "";
    part("told").textContent = isWrong ? "" : line;
  };

  /* What a script of the folder says, which calls one of the two names below. */
  const give = (name, said) => {
    const got = waiting.get(name);
    waiting.delete(name);
    if (got) got(said);
  };
  window.solicommSealedKeys = (said) => give("keys", said);
  window.solicommSealed = (name, said) => give(name, said);
  const run = (src) => new Promise((done, failed) => {
    const script = document.createElement("script");
    script.onload = () => { script.remove(); done(); };
    script.onerror = () => { script.remove(); failed(wrong("wrongMissing")); };
    script.src = src;
    document.head.appendChild(script);
  });
  const brought = async (file, name) => {
    let said = null;
    waiting.set(name, (value) => { said = value; });
    await run(base + file).then(() => waiting.delete(name), (error) => { waiting.delete(name); throw error; });
    if (!said) throw wrong("wrongFile");
    return said;
  };

  /* A nonce of 12 octets, then the rest; within, a length of 4 octets, as many octets, and zeros. */
  const unsealed = async (key, sealed, about) => {
    const how = { name: "AES-GCM", iv: sealed.subarray(0, 12), additionalData: utf8(about), tagLength: 128 };
    const plain = await crypto.subtle.decrypt(how, key, sealed.subarray(12));
    return new Uint8Array(plain, 4, new DataView(plain).getUint32(0));
  };
  const json = (plain) => JSON.parse(new TextDecoder().decode(plain));
  const piece = async (name, from) => {
    if (!NAME.test(name)) throw wrong("wrongFile");
    const said = await brought(`p/${name}.js`, name);
    const about = [SCHEMA, from.conference, from.epoch, name].join("\n");
    try {
      return await unsealed(from.key, octets(said), about);
    } catch (error) {
      throw wrong("wrongFile");
    }
  };
  const page = async (name, from) => json(await piece(name, from));
  const open = async (said) => {
    const keys = await brought("keys.js", "keys");
    if (keys.schema !== SCHEMA || !NAME.test(keys.epoch)) throw wrong("wrongFile");
    if (keys.epoch !== epoch) throw wrong("wrongOther");
    const typed = await crypto.subtle.importKey("raw", utf8(said), "PBKDF2", false, ["deriveKey"]);
    const how = { name: "PBKDF2", hash: "SHA-256", salt: octets(keys.salt), iterations: keys.iterations };
    const outer = await crypto.subtle.deriveKey(how, typed, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
    const inner = json(await unsealed(outer, octets(keys.wrapped), `${SCHEMA}\n${keys.epoch}`).catch(() => {
      throw wrong("wrongWords");
    }));
    const key = await crypto.subtle.importKey("raw", octets(inner.key), "AES-GCM", false, ["decrypt"]);
    const made = { key, conference: inner.conference, epoch: keys.epoch };
    return Object.assign(made, { index: await page(inner.index, made) });
  };
  const files = sealedFiles(words, (name) => piece(name, opened));

  /* Posts are clean when they are sealed; whoever sealed others than ours gets no further. */
  const put = (html, into) => {
    const read = new DOMParser().parseFromString(html, "text/html");
    read.querySelectorAll(LEFT).forEach((one) => one.remove());
    read.body.querySelectorAll("*").forEach((one) => {
      one.getAttributeNames().forEach((name) => {
        const leads = name === "href" && !LEADS.test(one.getAttribute(name));
        if (leads || KEPT.indexOf(name) < 0) one.removeAttribute(name);
      });
    });
    while (read.body.firstChild) into.appendChild(document.adoptNode(read.body.firstChild));
  };
  const list = (topics) => {
    const rows = document.createElement("ul");
    topics.filter((topic) => topic.pages.length).forEach((topic) => {
      const row = rows.appendChild(document.createElement("li"));
      const way = row.appendChild(document.createElement("a"));
      way.href = `#${topic.pages[0]}`;
      way.appendChild(document.createElement("bdi")).textContent = topic.title;
      if (topic.lang) way.lang = topic.lang;
      const meta = row.appendChild(document.createElement("span"));
      meta.className = "meta";
      meta.textContent = ` ${topic.said}`;
    });
    return rows;
  };
  const further = async (topic, number, mine) => {
    part("further").hidden = true;
    const from = opened;
    const found = await page(topic.pages[number], from);
    if (turn !== mine || opened !== from) return;
    put(found.html, part("shown"));
    files.put(found.files, part("shown"));
    part("further").hidden = number + 1 >= topic.pages.length;
    part("more").onclick = () => further(topic, number + 1, mine).catch(fault);
  };
  const fault = (error) => say(error.said || "wrongFile");

  /* Of a search: the texts are brought once, then all is found among them. */
  const stem = (lang) => {
    stems[lang] = stems[lang] || run(new URL(JSON.parse(box.dataset.stems)[lang], location).href);
    return stems[lang];
  };
  const texts = async (from, mine) => {
    from.finder = from.finder || window.solicommFind(stem);
    from.read = from.read || 0;
    const names = from.index.texts;
    while (from.read < names.length) {
      say("reading", from.read + 1, names.length);
      const found = await page(names[from.read], from);
      if (opened !== from || turn !== mine) return null;
      from.finder.add(found.rows, from.index.topics.map((topic) => topic.title), from.index.lang);
      from.read += 1;
    }
    return from.finder;
  };
  const hit = (found) => {
    const [number, at, ident, head, name, day, lang] = found.row;
    const topic = opened.index.topics[number];
    const row = document.createElement("li");
    const way = row.appendChild(document.createElement("h3")).appendChild(document.createElement("a"));
    way.href = `#${topic.pages[0]}.${at}.${ident}`;
    way.appendChild(document.createElement("bdi")).textContent = topic.title;
    const meta = row.appendChild(document.createElement("p"));
    meta.className = "meta";
    meta.appendChild(document.createTextNode(`${head} `));
    meta.appendChild(document.createElement("bdi")).textContent = name;
    meta.appendChild(document.createTextNode(` · ${day}`));
    const said = row.appendChild(document.createElement("p"));
    said.dir = "auto";
    if (lang) said.lang = lang;
    found.excerpt().forEach(([text, isAsked]) => {
      said.appendChild(isAsked ? document.createElement("mark") : document.createTextNode(text)).textContent = text;
    });
    return row;
  };
  const hits = (found, rows, from) => {
    found.slice(from, from + HITS).forEach((one) => rows.appendChild(hit(one)));
    part("further").hidden = from + HITS >= found.length;
    part("more").onclick = () => hits(found, rows, from + HITS);
  };
  const search = async (mine) => {
    const finder = await texts(opened, mine);
    const found = finder && await finder.ask(wanted);
    if (!found || turn !== mine) return;
    say("");
    part("at").textContent = found.length ? words.found.replace("{n}", found.length) : words.nothing;
    const rows = part("shown").appendChild(document.createElement("ol"));
    rows.className = "rows";
    hits(found, rows, 0);
  };
  const read = async (topic, upto, ident, mine) => {
    for (let number = 0; number <= upto && number < topic.pages.length && turn === mine; number += 1) {
      await further(topic, number, mine);
    }
    const post = turn === mine && /^p-[a-z2-7]+$/.test(ident) && part("shown").querySelector(`#${ident}`);
    if (!post) return box.querySelector("h2");
    post.tabIndex = -1;
    return post;
  };

  /* The part of the address behind # says what is shown: a topic by its first file (and how far, and
     which post), what was searched, else all topics. The words of a search do not stand there. */
  const show = async () => {
    const [place, upto, ident] = location.hash.slice(1).split(".");
    if (!opened || /^p-/.test(place)) return;
    const mine = turn += 1;
    const index = opened.index;
    const topic = index.topics.filter((one) => one.pages[0] === place)[0];
    const isSearch = place === "found" && wanted;
    say("");
    files.forget();
    part("title").textContent = topic ? topic.title : isSearch ? wanted : index.title;
    part("at").textContent = topic ? topic.said : isSearch ? "" : words.at.replace("{n}", () => `\u2068${index.at}\u2069`);
    part("ways").hidden = !topic && !isSearch;
    part("back").hidden = !topic || !wanted;
    part("further").hidden = true;
    const shown = part("shown");
    shown.textContent = "";
    shown.lang = index.lang;
    shown.dir = index.dir;
    part("search").hidden = !window.solicommFind || !index.texts;
    part("inside").hidden = false;
    let first = box.querySelector("h2");
    if (topic) first = await read(topic, Number(upto) || 0, ident || "", mine);
    else if (isSearch) await search(mine);
    else shown.appendChild(list(index.topics));
    if (turn === mine) first.focus();
  };
  const lock = () => {
    opened = null;
    wanted = "";
    turn += 1;
    files.forget();
    ["shown", "title", "at"].forEach((name) => { part(name).textContent = ""; });
    part("said").value = "";
    part("query").value = "";
    part("inside").hidden = true;
    part("ask").hidden = false;
    say("");
  };

  if (!window.crypto || !crypto.subtle || !window.TextDecoder) return;
  part("old").hidden = true;
  part("ask").hidden = false;
  part("ask").addEventListener("submit", async (event) => {
    event.preventDefault();
    const mine = turn += 1;
    say("opening");
    try {
      const said = part("said").value.toLowerCase().trim().split(/\s+/).join(" ");
      const found = await open(said);
      if (turn !== mine) return;
      opened = found;
      part("said").value = "";
      part("ask").hidden = true;
      await show();
    } catch (error) {
      say(error.said || "wrongFile", epoch);
    }
  });
  part("search").addEventListener("submit", (event) => {
    event.preventDefault();
    wanted = part("query").value.trim();
    const place = wanted ? "found" : "topics";
    if (location.hash === `#${place}`) show().catch(fault);
    else location.hash = place;
  });
  part("lock").addEventListener("click", lock);
  addEventListener("hashchange", () => show().catch(fault));
  addEventListener("pagehide", lock);
})();
