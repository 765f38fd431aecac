/* Answers for a browser whose owner asked for it: from the line first, from what is kept where
   there is none. Whatever fails in here, the browser's own way is gone. */
const READ = /^\/(?:[a-z]{2}\/)?(?:$|(?:conferences|libraries|unions|search|offline|theme)\/)/;
const WRITTEN = /^\/(?:[a-z]{2}\/)?conferences\/[a-z0-9-]+\/(?:t\/[a-z2-7]{32}\/(?:page\/\d+\/)?)?$/;
const STAYS = /^\/theme\/.*\.[0-9a-f]{8,64}\.[a-z0-9]+$/; /* its name is its content */
const PATIENCE = 8000; /* milliseconds that a page is waited for, where a copy is here */
const EVERY = 15 * 60000; /* milliseconds between two looks for what is new */

let stopped = false;

addEventListener("install", () => { skipWaiting(); });
addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("soli-kept-") && !name.startsWith(soli.CACHE);
  event.waitUntil(caches.keys()
    .then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))))
    .then(() => clients.claim()).catch(() => {}));
});
addEventListener("message", ({ data }) => { if (data === "stop") stopped = true; });
addEventListener("sync", (event) => { event.waitUntil(soli.send()); });

const words = () => soli.all("places").then((found) => {
  const shell = found.find(({ place }) => place === soli.SHELL);
  return (shell && shell.words) || {};
}).catch(() => ({}));
const escaped = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
/* A kept page, with a line on top that says so. */
const told = async (page, say, more = "") => {
  const [said, text] = [await words(), await page.text()];
  const when = new Date(page.headers.get("date") || 0).toLocaleString((said.lang || "en").replace(/^en$/, "en-GB") + "-u-nu-latn", { dateStyle: "medium", timeStyle: "short" });
  const line = escaped((said[say] || "").replace("{n}", () => when));
  const notice = line || more ? `<p class="notice" role="status"${more}>${line}</p>` : "";
  const whole = text.replace(/<main[^>]*>/, (main) => main + notice);
  return new Response(whole, { headers: { "content-type": "text/html; charset=utf-8" } });
};
const ours = async (say, more) => {
  const page = await soli.lookup(soli.SHELL, true);
  return page ? told(page, say, more) : Response.error();
};

let looked = 0;
/* After a page came from the line: texts are sent, and what is kept is made new. */
const afterwards = async () => {
  await soli.send();
  const saves = navigator.connection && navigator.connection.saveData;
  if (stopped || saves || Date.now() - looked < EVERY) return;
  looked = Date.now();
  for (const record of await soli.kept()) {
    if (!stopped && Date.now() - record.when > EVERY) await soli.keep(record.place, record);
  }
};

const patiently = (fresh, isPage, url) => {
  if (!isPage) return fresh;
  const late = new Promise((_, failed) => setTimeout(failed, PATIENCE, Error("late")));
  return Promise.race([fresh, late.catch(async (fault) => {
    if (await soli.lookup(url, true)) throw fault;
    return fresh; /* nothing is here, so it is waited for */
  })]);
};

const read = async (event, url) => {
  const { request } = event;
  const isPage = request.mode === "navigate";
  if (STAYS.test(url.pathname)) {
    const kept = await soli.lookup(request.url, false).catch(() => null);
    if (kept) return kept;
  }
  const fresh = fetch(request);
  fresh.catch(() => {}); /* heard of below, or too late to matter */
  try {
    const answer = await patiently(fresh, isPage, request.url);
    if (soli.noLine(answer)) throw Error("gateway");
    if (isPage) event.waitUntil(afterwards().catch(() => {}));
    return answer;
  } catch (fault) {
    const kept = await soli.lookup(request.url, isPage).catch(() => null);
    if (kept && url.pathname !== soli.SHELL) return isPage ? told(kept, "asOf") : kept;
    if (!isPage) return kept || fresh;
    if (url.pathname === soli.SHELL) return ours(...SAID[url.search] || ["noLine"]);
    return ours("missing").then((page) => (page.type === "error" ? fresh : page), () => fresh);
  }
};
const SAID = {
  "?sent": ["waits", " data-sent"], /* solicomm.js lets go of the draft, which waits here now */
  "?full": [], /* page.js says so: it needs no database */
};

const digest = async (path, fields) => {
  const said = fields.map(([name, value]) => [name, typeof value === "string" ? value : [value.name, value.size]]);
  const octets = new TextEncoder().encode(JSON.stringify([path, said.sort()])); /* page.js puts files last */
  return soli.hex(await crypto.subtle.digest("SHA-256", octets));
};
/* The text as it waits, from the form that was sent; the same text has the same key. */
const noted = async (request, url) => {
  const fields = [...await request.formData()].filter(([, value]) => typeof value === "string" || value.size);
  const to = url.searchParams.get("to");
  if (to && !fields.some(([name]) => name === "to")) fields.push(["to", to]);
  const isLook = fields.some(([name]) => name === "preview");
  const known = fields.filter(([name]) => name !== "preview");
  const own = await digest(url.pathname, known);
  const before = (await soli.texts()).find((text) => text.digest === own);
  return {
    key: before ? before.key : soli.newKey(), url: url.pathname, digest: own, fields: known,
    at: Date.now(), state: "sending", isLook,
  };
};
/* What became of a text: it is let go of where the answer is the form again, with all that was
   written. Without that, as where somebody is not signed in any more, it stays to be put right. */
const settled = async (text, answer) => {
  if (answer.type === "opaqueredirect" || answer.ok) return soli.came(text);
  if (/<form class="write"/.test(await answer.clone().text())) return soli.remove("texts", text.key);
  return soli.put("texts", Object.assign(text, { state: "refused" }));
};
const write = async (event, url) => {
  const { request } = event;
  let text = null;
  const again = request.clone();
  try {
    text = await noted(request.clone(), url);
    if (!text.isLook) await soli.put("texts", text);
  } catch (_) { /* no room, or a browser that cannot: the browser's own way */
    return fetch(again).catch(() => Response.redirect("/offline/?full", 303));
  }
  try {
    const answer = text.isLook ? await fetch(again) : await soli.post(text);
    if (soli.noLine(answer)) throw Error("gateway");
    if (!text.isLook) await settled(text, answer).catch(() => {});
    return answer;
  } catch (_) {
    /* A preview waits, too, until somebody says Send: nothing that was written is lost. */
    await soli.put("texts", Object.assign(text, { state: text.isLook ? "draft" : "waits" }));
    if (registration.sync) await registration.sync.register("soli-send").catch(() => {});
    return Response.redirect("/offline/?sent", 303);
  }
};

addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (stopped || url.origin !== location.origin) return;
  if (event.request.method === "GET" && READ.test(url.pathname)) event.respondWith(read(event, url));
  else if (event.request.method === "POST" && event.request.mode === "navigate" && WRITTEN.test(url.pathname)) {
    event.respondWith(write(event, url));
  }
});
