/* Adds a passkey, or signs in with one (features/passkeys). What the browser answers goes into an
   ordinary form. Where the browser has no passkeys nothing of it shows; at another name of the hub
   a sentence says at which one they work. */
"use strict";
(() => {
  const box = document.querySelector("[data-passkey]");
  const without = document.querySelector("[data-without]");
  const elsewhere = document.querySelector("[data-elsewhere]");
  if (box && elsewhere && location.origin !== box.dataset.passkey) {
    elsewhere.hidden = false;
    if (without) without.hidden = true;
    return;
  }
  if (!box || !window.PublicKeyCredential) return;
  const form = box.querySelector("form");
  const said = box.querySelector("[data-failed]");
  const octets = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (one) => one.charCodeAt(0));
  };
  const text = (buffer) => {
    const signs = String.fromCharCode.apply(null, new Uint8Array(buffer));
    return btoa(signs).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  };
  const asked = (options) => {
    form.elements.challenge.value = options.challenge;
    options.challenge = octets(options.challenge);
    if (!options.user) return navigator.credentials.get({ publicKey: options });
    options.user.id = octets(options.user.id);
    for (const one of options.excludeCredentials) one.id = octets(one.id);
    return navigator.credentials.create({ publicKey: options });
  };
  const send = (made) => {
    const response = {};
    for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature",
      "userHandle"]) {
      if (made.response[name]) response[name] = text(made.response[name]);
    }
    const whole = { id: made.id, rawId: text(made.rawId), type: made.type, response: response };
    form.elements.credential.value = JSON.stringify(whole);
    form.submit();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    said.textContent = "";
    const own = form.dataset.options;
    const options = own ? Promise.resolve(JSON.parse(own))
      : fetch("/passkeys/challenge", { cache: "no-store" }).then((answer) => answer.json());
    options.then(asked).then(send).catch(() => {
      const told = said.appendChild(document.createElement("p"));
      told.setAttribute("role", "status");
      told.textContent = said.dataset.failed;
    });
  });
  box.hidden = false;
  if (without) without.hidden = true;
})();
