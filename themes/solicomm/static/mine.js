/* Loaded where somebody may be signed in: the head says so, and on a topic's page a moderator has
   the tools beside each post. What it shows the server made (features/members/me.py, and
   features/topics/topicsection.py); nothing is kept. */
"use strict";
(() => {
  const link = document.querySelector("[data-me]");
  if (!link || !/(^|; )solicomm-signed-in=1/.test(document.cookie)) return;
  const topic = /\/conferences\/([a-z0-9-]+)\/t\/([a-z2-7]{32})\/(?:page\/(\d+)\/)?/.exec(location.pathname);
  const ask = (url, type, then) => {
    const asked = new XMLHttpRequest();
    asked.open("GET", url);
    asked.responseType = type;
    asked.onload = () => { if (asked.status === 200 && asked.response) then(asked.response); };
    asked.send();
  };
  const tools = (found) => {
    const sheet = found.querySelector("link[href*=served]");
    if (sheet) document.head.appendChild(document.adoptNode(sheet));
    for (const one of [...found.querySelectorAll("[data-tools]")]) {
      const id = one.dataset.tools;
      const post = id ? document.getElementById(id) : document.querySelector("[data-posts]");
      if (!post) continue;
      for (const gone of (one.dataset.hidden || "").split(" ")) {
        const there = gone && document.getElementById(gone);
        if (there) there.hidden = true;
      }
      for (const back of [...one.querySelectorAll("[name=back]")]) back.value = location.pathname;
      one.className += " served print-no";
      if (id) post.appendChild(document.adoptNode(one));
      else post.parentNode.insertBefore(document.adoptNode(one), post);
    }
  };
  ask(`${link.href}me?lang=${document.documentElement.lang}`, "json", (me) => {
    if (!me.home) return;
    link.textContent = me.home;
    const item = document.createElement("li");
    const out = item.appendChild(document.createElement("a"));
    out.href = link.href.replace(/members\/$/, "logout/");
    out.textContent = me.out;
    link.parentNode.parentNode.insertBefore(item, link.parentNode.nextSibling);
    const does = topic && me.moderates.some((place) => place === topic[1] || place === "*");
    const place = topic && `${link.href}topic/${topic[1]}/${topic[2]}/?page=${topic[3] || 1}`;
    if (does) ask(place, "document", tools);
  });
})();
