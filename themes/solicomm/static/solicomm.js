/* Small comforts. Every page reads and answers without this file; nothing is remembered. */
"use strict";
(() => {
  /* From a folder on a stick, where no server adds index.html to an address. */
  if (location.protocol === "file:") {
    for (const at of document.querySelectorAll("a[href], form[action]")) {
      const key = at.href ? "href" : "action";
      if (at[key].startsWith("file:")) at[key] = at[key].replace(/\/(?=[?#]|$)/, "/index.html");
    }
  }

  /* The front page's newest topics, from latest.json next door. Text only, never markup. */
  const box = document.querySelector("[data-latest]");
  const element = (name, text) => {
    const made = document.createElement(name);
    made.textContent = text || "";
    return made;
  };
  /* As the pages write it: day before month, European digits. */
  const language = document.documentElement.lang.replace(/^en$/, "en-GB") + "-u-nu-latn";
  const row = (item, base) => {
    const target = new URL(item.url, base);
    const line = element("li");
    const title = line.appendChild(element("h3")).appendChild(element("a"));
    title.appendChild(element("bdi", item.title));
    if (target.protocol === base.protocol) title.href = target.href;
    const meta = line.appendChild(element("p"));
    meta.className = "meta";
    meta.appendChild(element("bdi", item.name));
    const day = new Date(item.date);
    if (!Number.isNaN(day.getTime())) {
      meta.append(" · ");
      const time = meta.appendChild(element("time"));
      time.dateTime = item.date;
      time.textContent = day.toLocaleDateString(language,
        { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" });
    }
    if (item.place) meta.append(" · ", element("bdi", item.place));
    return line;
  };
  if (box) {
    const base = new URL(box.dataset.latest, location.href);
    fetch(base).then((answer) => (answer.ok ? answer.json() : [])).then((items) => {
      if (!items.length) return;
      const list = element("ol");
      list.className = "rows";
      items.slice(0, 6).forEach((item) => list.appendChild(row(item, base)));
      box.appendChild(list);
      box.hidden = false;
    }).catch(() => {});
  }

  /* j and k walk from post to post, once the focus is in one: elsewhere the keys stay the
     browser's (WCAG 2.1.4). Opening a link to a post puts the focus there. */
  const posts = [...document.querySelectorAll("[data-posts] > .post")];
  const focus = (post) => {
    post.tabIndex = -1;
    post.focus({ preventScroll: true });
    post.scrollIntoView({ block: "start" });
  };
  posts.forEach((post) => { post.tabIndex = -1; });
  const arrived = () => {
    const named = posts.find((post) => post.id === location.hash.slice(1));
    if (named) focus(named);
  };
  addEventListener("hashchange", arrived);
  arrived();
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = { j: 1, k: -1 }[event.key];
    const here = step && posts.findIndex((post) => post.contains(document.activeElement));
    const next = step && here >= 0 ? posts[here + step] : null;
    if (next) focus(next);
  });
})();
