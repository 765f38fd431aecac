/* For browsers in which search.js does not run: the hub searches for them; and the head of the page
   for who is signed in. Written so that any browser with scripts understands it. */
(function () {
  var link = document.querySelector("[data-me]");
  if (link && /(^|; )solicomm-signed-in=1/.test(document.cookie)) {
    var policy = window.trustedTypes
      ? trustedTypes.createPolicy("solicomm", { createScriptURL: function (url) { return url; } })
      : { createScriptURL: function (url) { return url; } };
    var script = document.createElement("script");
    script.src = policy.createScriptURL(link.getAttribute("data-me"));
    document.head.appendChild(script);
  }
  var form = document.querySelector("[data-search]");
  if (!form || form.getAttribute("data-ready") || location.protocol === "file:") return;
  if (!form.hasAttribute("data-answered") && /[?&]q=[^&]/.test(location.search) && !/[?&]nojs=/.test(location.search)) {
    location.replace(location.pathname + location.search + "&nojs=1");
    return;
  }
  var field = document.createElement("input");
  field.type = "hidden";
  field.name = "nojs";
  field.value = "1";
  form.appendChild(field);
})();
