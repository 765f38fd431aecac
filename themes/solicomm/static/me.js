/* Loaded by pages of a union's site at the hub's own address: has mine.js say who is signed in,
   only in a browser where somebody may be. */
"use strict";
(() => {
  const link = document.querySelector("[data-me]");
  if (!link || !/(^|; )solicomm-signed-in=1/.test(document.cookie)) return;
  const policy = window.trustedTypes
    ? trustedTypes.createPolicy("solicomm", { createScriptURL: (url) => url })
    : { createScriptURL: (url) => url };
  const script = document.createElement("script");
  script.src = policy.createScriptURL(link.dataset.me);
  document.head.appendChild(script);
})();
