/* Loaded by the page that says that one is signed out: takes away what this browser had noted of
   places that members alone read: which they are, what was read and typed there, and texts of a
   phone that keeps pages (mine.js, solicomm.js, keeping.js write all that). */
"use strict";
(() => {
  let shut = "";
  try {
    shut = localStorage.getItem("soli-shut");
  } catch (_) { /* it keeps nothing */ }
  if (!shut) return;
  const own = RegExp(`(soli:|conferences/)(${shut})(/|$)|soli-shut`);
  for (const name of Object.keys(localStorage)) {
    if (own.test(name === "soli-sent" ? localStorage.getItem(name) : name)) localStorage.removeItem(name);
  }
  if (!window.indexedDB) return;
  const asked = indexedDB.open("soli-offline");
  asked.onupgradeneeded = () => asked.transaction.abort(); /* there is none, and none is made */
  asked.onerror = (event) => event.preventDefault();
  asked.onsuccess = () => {
    const db = asked.result;
    if (!db.objectStoreNames.contains("texts")) {
      db.close();
      return;
    }
    const turn = db.transaction("texts", "readwrite");
    turn.oncomplete = () => db.close();
    turn.objectStore("texts").openCursor().onsuccess = ({ target: { result } }) => {
      if (!result) return;
      if (own.test(result.value.url)) result.delete();
      result.continue();
    };
  };
})();
