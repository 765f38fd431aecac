/* The page of what is kept on this phone (offlinepage.py): keeps, makes new, sends, forgets. */
(() => {
  const box = document.querySelector("[data-offline]");
  const part = (name) => box.querySelector(`[data-part=${name}]`);
  const words = JSON.parse(part("words").content.textContent);
  const { lang } = box.dataset;
  const say = (name, ...values) => values.reduce((text, value, at) => text.replace(["{n}", "{m}"][at], () => value), words[name]);
  const element = (name, text, inside = []) => {
    const made = document.createElement(name);
    made.textContent = text || "";
    inside.forEach((one) => made.appendChild(one));
    return made;
  };
  /* What replaceChildren does, which Chrome has since 86. */
  const fill = (where, rows) => {
    while (where.firstChild) where.removeChild(where.firstChild);
    rows.forEach((row) => where.appendChild(row));
  };
  const button = (text, act, quiet) => {
    const made = element("button", text);
    made.type = "button";
    made.className = quiet ? "quiet" : "";
    made.addEventListener("click", () => {
      made.disabled = true;
      act().catch(broken).then(() => { made.disabled = false; }).then(show);
    });
    return made;
  };
  const link = (text, url) => {
    const made = element("a");
    made.href = url;
    made.appendChild(element("bdi", text));
    return made;
  };
  const number = (value, options) => new Intl.NumberFormat(`${lang}-u-nu-latn`, options).format(value);
  const size = (octets) => (octets < 1e6 ? say("kb", number(Math.ceil(octets / 1e3)))
    : say(octets < 1e9 ? "mb" : "gb", number(octets / (octets < 1e9 ? 1e6 : 1e9), { maximumFractionDigits: 1 })));
  const when = (time) => new Date(time).toLocaleString(`${lang === "en" ? "en-GB" : lang}-u-nu-latn`, { dateStyle: "medium", timeStyle: "short" });
  const tell = (text) => {
    part("told").hidden = !text;
    part("told").textContent = text;
  };
  const broken = (fault) => location.search === "?full" || tell(say(fault && fault.name === "QuotaExceededError" ? "full" : "failed"));
  const progress = (done, all) => tell(say("doing", number(done), number(all)));

  const policy = window.trustedTypes
    ? trustedTypes.createPolicy("solicomm-offline", { createScriptURL: (url) => url })
    : { createScriptURL: (url) => url };
  const begin = async () => {
    const worker = await navigator.serviceWorker.register(policy.createScriptURL("/sw.js"));
    await worker.update().catch(() => {}); /* the one that is here goes on */
    /* Firefox asks its owner, who may not answer: nothing waits for it. */
    if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => false);
    await soli.keep(soli.SHELL, { lang, words: Object.assign({ lang }, words.worker), most: 2e7 });
  };
  const result = (record) => tell(record ? say(record.state, record.title || "") : say("gone"));

  const places = async () => {
    const found = (await soli.kept()).filter(({ place }) => place !== soli.SHELL);
    const rows = found.map((record) => {
      const name = record.place === "/search/" ? words.search : record.title;
      const facts = [size(record.octets), say("files", number(Object.keys(record.have).length)), when(record.when)];
      const row = element("li", "", [
        element("h3", "", [link(name, record.place)]),
        element("p", facts.join(" · ")),
      ]);
      if (record.state !== "whole") row.appendChild(element("p", say(record.state, name))).className = "wrong";
      row.appendChild(element("p", "", [
        button(words.renew, () => soli.keep(record.place, record, progress).then(result)),
        document.createTextNode(" "),
        button(words.remove, () => soli.forget(record.place).then(() => tell("")), true),
      ]));
      return row;
    });
    fill(part("places"), rows);
    part("kept").hidden = !rows.length;
    const all = (await soli.kept()).reduce((sum, { octets }) => sum + octets, 0);
    const room = navigator.storage && navigator.storage.estimate ? await navigator.storage.estimate() : {};
    part("room").textContent = room.quota ? say("room", size(all), size(Math.max(0, room.quota - room.usage))) : size(all);
  };

  /* The form of a text once more, as a page of the hub: there it is put right. */
  const open = async (text) => {
    const form = element("form");
    form.method = "post";
    form.action = text.url;
    form.enctype = "multipart/form-data";
    const files = new DataTransfer();
    for (const [name, value] of text.fields) {
      if (typeof value !== "string") files.items.add(value);
      else if (name !== "key") {
        const field = form.appendChild(element("textarea"));
        field.name = name;
        field.value = value;
      }
    }
    const chosen = form.appendChild(element("input"));
    Object.assign(chosen, { type: "file", name: "file", multiple: true, files: files.files });
    form.hidden = true;
    document.body.appendChild(form);
    await soli.put("texts", Object.assign(text, { state: "refused" }));
    form.submit();
  };
  const texts = async () => {
    const rows = (await soli.texts()).map((text) => {
      const get = (name) => (text.fields.find(([key]) => key === name) || ["", text.said])[1];
      const isSent = text.state === "sent";
      const said = isSent ? text.said : get("text");
      const head = text.fields.find(([name]) => name === "subject");
      const state = isSent && text.asks ? "asks" : text.state;
      const files = text.fields.filter(([, value]) => typeof value !== "string");
      const row = element("li", "", [
        element("p", `${words[state]} · ${when(text.at)}`),
        element("p", "", head ? [element("strong", head[1])] : []),
        Object.assign(element("p", said), { dir: "auto", className: "text" }),
      ]);
      row.dataset.state = text.state;
      for (const [, file] of files) row.appendChild(element("p", `${file.name} · ${size(file.size)}`));
      const acts = [link(words.place, text.url)];
      if (text.state === "draft") acts.unshift(button(words.send, () => soli.put("texts", Object.assign(text, { state: "waits" })).then(soli.send)));
      if (text.state === "refused") acts.unshift(button(words.right, () => open(text)));
      if (!isSent) acts.push(button(words.remove, () => soli.remove("texts", text.key), true));
      const line = row.appendChild(element("p"));
      acts.forEach((act, at) => { if (at) line.appendChild(document.createTextNode(" ")); line.appendChild(act); });
      return row;
    });
    fill(part("texts"), rows);
    part("outbox").hidden = !rows.length;
    const waits = (await soli.texts()).filter(({ state }) => state !== "sent");
    part("sendall").hidden = !waits.some(({ state }) => soli.WAITS.indexOf(state) >= 0);
    part("lost").textContent = waits.length ? say("lost", number(waits.length)) : "";
  };
  let gone = false; /* everything was forgotten: nothing is asked for again, which would make it anew */
  const show = () => (gone ? null : Promise.all([places(), texts()]).catch(broken));
  const send = () => (gone ? null : soli.send().then(show));

  const wanted = part("wanted");
  const keep = async (form) => {
    const wish = { lang, most: Number(form.elements.most.value) * 1e6, files: form.elements.files.checked };
    tell(words.begins);
    await begin();
    const record = await soli.keep(wanted.dataset.place, wish, progress);
    if (record && form.elements.search.checked) {
      const search = await soli.keep("/search/", { lang, most: wish.most, whole: true }, progress);
      if (search && search.state !== "whole") {
        result(Object.assign(search, { title: words.search }));
        return;
      }
    }
    result(record);
  };
  const forgetAll = async () => {
    gone = true;
    for (const one of await navigator.serviceWorker.getRegistrations()) {
      for (const worker of [one.active, one.waiting, one.installing]) if (worker) worker.postMessage("stop");
      await one.unregister();
    }
    for (const name of await caches.keys()) await caches.delete(name);
    await soli.close();
    await new Promise((done, failed) => {
      const asked = indexedDB.deleteDatabase("soli-offline");
      asked.onsuccess = done;
      asked.onerror = failed;
    });
    localStorage.clear();
    sessionStorage.clear();
    part("kept").hidden = part("outbox").hidden = true;
    if (wanted) wanted.hidden = true;
    part("room").textContent = part("lost").textContent = "";
    tell(words.forgotten);
  };

  if (!("serviceWorker" in navigator) || !("caches" in window) || !window.indexedDB) {
    part("cannot").hidden = false;
    part("can").hidden = true;
    return;
  }
  for (const one of part("can").querySelectorAll("button:disabled")) one.disabled = false;
  if (wanted) wanted.addEventListener("submit", (event) => {
    event.preventDefault();
    const [pressed] = wanted.getElementsByTagName("button");
    pressed.disabled = true;
    keep(wanted).catch(broken).then(() => { pressed.disabled = false; }).then(show);
  });
  part("sendall").addEventListener("click", send);
  part("forget").addEventListener("click", () => forgetAll().catch(broken));
  addEventListener("online", send);
  if (location.search === "?full") tell(words.worker.full);
  show().then(() => (navigator.onLine ? soli.send() : null)).then(show);
})();
