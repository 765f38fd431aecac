/* Opens a sealed package (docs/formats/stick.md) with its words: scripts of the same folder bring
   what is sealed, since nothing else can be read by file://. Keys and posts are in memory alone. */
(() => {
  const box = document.querySelector("[data-sealed]");
  const part = (name) => box.querySelector(`[data-part=${name}]`);
  const words = JSON.parse(part("words").content.textContent);
  const base = document.currentScript.src.replace(/[^/]*$/, "");
  const SCHEMA = "solicomm/sealed@1";
  const NAME = /^[0-9a-f]{16}$/;
  const KEPT = ["href", "title", "id", "class", "start", "lang", "dir", "cite", "colspan", "rowspan", "datetime"];
  const LEADS = /^(#|https?:|mailto:|tel:)/;
  const LEFT = "script,style,link,meta,base,title,iframe,frame,object,embed,form,input,button,select,textarea,img,picture,video,audio,svg,math,template,noscript";
  const waiting = new Map();
  let opened = null;
  let turn = 0;

  const utf8 = (text) => new TextEncoder().encode(text);
  const octets = (text) => Uint8Array.from(atob(text), (sign) => sign.charCodeAt(0));
  const wrong = (name) => Object.assign(new Error(name), { said: name });
  const say = (name, value = "") => {
    const isWrong = /^wrong/.test(name);
    const line = name ? words[name].replace("{n}", () => value) : "";
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
  const brought = (file, name) => new Promise((done, failed) => {
    const script = document.createElement("script");
    const end = () => {
      script.remove();
      if (waiting.delete(name)) failed(wrong("wrongFile"));
    };
    waiting.set(name, done);
    script.onload = end;
    script.onerror = end;
    script.src = base + file;
    document.head.appendChild(script);
  });

  /* A nonce of 12 octets, then the rest; within, a length of 4 octets, JSON, and zeros. */
  const unsealed = async (key, sealed, about) => {
    const how = { name: "AES-GCM", iv: sealed.subarray(0, 12), additionalData: utf8(about), tagLength: 128 };
    const plain = await crypto.subtle.decrypt(how, key, sealed.subarray(12));
    const size = new DataView(plain).getUint32(0);
    return JSON.parse(new TextDecoder().decode(new Uint8Array(plain, 4, size)));
  };
  const page = async (name, from) => {
    if (!NAME.test(name)) throw wrong("wrongFile");
    const sealed = octets(await brought(`p/${name}.js`, name));
    return unsealed(from.key, sealed, [SCHEMA, from.conference, from.epoch, name].join("\n")).catch(() => {
      throw wrong("wrongFile");
    });
  };
  const open = async (said) => {
    const keys = await brought("keys.js", "keys");
    if (keys.schema !== SCHEMA || !NAME.test(keys.epoch)) throw wrong("wrongFile");
    const typed = await crypto.subtle.importKey("raw", utf8(said), "PBKDF2", false, ["deriveKey"]);
    const how = { name: "PBKDF2", hash: "SHA-256", salt: octets(keys.salt), iterations: keys.iterations };
    const outer = await crypto.subtle.deriveKey(how, typed, { name: "AES-GCM", length: 256 }, false, ["decrypt"]);
    const inner = await unsealed(outer, octets(keys.wrapped), `${SCHEMA}\n${keys.epoch}`).catch(() => {
      throw wrong("wrongWords");
    });
    const key = await crypto.subtle.importKey("raw", octets(inner.key), "AES-GCM", false, ["decrypt"]);
    const made = { key, conference: inner.conference, epoch: keys.epoch };
    return Object.assign(made, { index: await page(inner.index, made) });
  };

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
    part("further").hidden = number + 1 >= topic.pages.length;
    part("more").onclick = () => further(topic, number + 1, mine).catch(fault);
  };
  const fault = (error) => say(error.said || "wrongFile");

  /* The part of the address behind # says what is shown: a topic by its first file, else all. */
  const show = async () => {
    const place = location.hash.slice(1);
    if (!opened || /^p-/.test(place)) return;
    turn += 1;
    const index = opened.index;
    const topic = index.topics.filter((one) => one.pages[0] === place)[0];
    say("");
    part("title").textContent = topic ? topic.title : index.title;
    part("at").textContent = topic ? topic.said : words.at.replace("{n}", () => `\u2068${index.at}\u2069`);
    part("ways").hidden = !topic;
    part("further").hidden = true;
    const shown = part("shown");
    shown.textContent = "";
    shown.lang = index.lang;
    shown.dir = index.dir;
    part("inside").hidden = false;
    if (topic) await further(topic, 0, turn);
    else shown.appendChild(list(index.topics));
    box.querySelector("h2").focus();
  };
  const lock = () => {
    opened = null;
    turn += 1;
    ["shown", "title", "at"].forEach((name) => { part(name).textContent = ""; });
    part("said").value = "";
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
      fault(error);
    }
  });
  part("lock").addEventListener("click", lock);
  addEventListener("hashchange", () => show().catch(fault));
  addEventListener("pagehide", lock);
})();
