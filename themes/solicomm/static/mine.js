/* Loaded where somebody may be signed in: the head says so, and on a topic's page a moderator has
   the topic's tools, and those of a post when they are opened. All that it shows the server made
   (features/members/me.py, features/topics/topicsection.py); nothing of that is kept. Which places only
   members read is noted, so that signing out forgets them (signedout.js). */
"use strict";
(() => {
  const link = document.querySelector("[data-me]");
  if (!link || !/(^|; )solicomm-signed-in=1/.test(document.cookie)) return;
  try {
    const key = "soli-shut", main = document.querySelector("main[data-conference]");
    const here = main && main.firstElementChild.querySelector("[href$='logout/']") && main.dataset.conference;
    const shut = (localStorage.getItem(key) || "").split("|").filter(Boolean);
    if (here && shut.indexOf(here) < 0) localStorage.setItem(key, shut.concat(here).join("|"));
  } catch (_) { /* it keeps nothing */ }
  const topic = /\/conferences\/([a-z0-9-]+)\/t\/([a-z2-7]{32})\//.exec(location.pathname);
  const ask = (url, type, then) => {
    const asked = new XMLHttpRequest();
    asked.open("GET", url);
    asked.responseType = type;
    asked.onload = () => { if (asked.status === 200 && asked.response) then(asked.response); };
    asked.send();
  };
  const element = (name, text) => {
    const made = document.createElement(name);
    made.textContent = text;
    return made;
  };
  const taken = (found, id) => {
    const one = document.adoptNode(found.querySelector(`[data-tools="${id}"]`));
    for (const back of [...one.querySelectorAll("[name=back]")]) back.value = location.pathname;
    one.className += " served print-no";
    return one;
  };
  const tools = (place, word) => {
    const posts = document.querySelector("[data-posts]");
    if (posts) ask(`${place}?post=`, "document", (found) => {
      document.head.appendChild(document.adoptNode(found.querySelector("link[href*=served]")));
      const own = taken(found, "");
      posts.parentNode.insertBefore(own, posts);
      for (const id of own.dataset.hidden.split(" ")) {
        const gone = id && document.getElementById(id);
        if (gone) gone.hidden = true;
      }
      for (const post of [...posts.querySelectorAll(".post")]) {
        const box = post.appendChild(element("details", ""));
        box.className = "mod print-no";
        box.appendChild(element("summary", word)).addEventListener("click", () => {
          ask(`${place}?post=${post.id}`, "document", (all) => {
            const those = taken(all, post.id);
            those.open = true;
            post.replaceChild(those, box);
            those.querySelector("summary").focus();
          });
        }, { once: true });
      }
    });
  };
  ask(`${link.href}me?lang=${document.documentElement.lang}`, "json", (me) => {
    if (!me.home) return;
    link.textContent = me.home;
    const item = document.createElement("li");
    item.appendChild(element("a", me.out)).href = link.href.replace(/members\/$/, "logout/");
    link.parentNode.parentNode.insertBefore(item, link.parentNode.nextSibling);
    const does = topic && me.moderates.some((place) => place === topic[1] || place === "*");
    if (does) tools(`${link.href}topic/${topic[1]}/${topic[2]}/`, me.tools);
  });
})();
