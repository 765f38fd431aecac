/* Loaded by the first page of a stick: leads whoever opens it to the language that the browser asks
   for, where the stick has it; once, so that one can come back. */
"use strict";
(() => {
  const mark = "solicomm-opened";
  const here = document.documentElement.lang;
  try {
    if (sessionStorage.getItem(mark)) return;
    sessionStorage.setItem(mark, "1");
  } catch (error) {
    return; // it would lead there again and again
  }
  for (const wanted of navigator.languages || []) {
    const lang = wanted.slice(0, 2).toLowerCase();
    if (lang === here) return;
    const link = document.querySelector(`.langs a[hreflang="${lang}"]`);
    if (link) {
      location.replace(link.href);
      return;
    }
  }
})();
