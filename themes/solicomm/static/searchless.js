/* For browsers in which search.js does not run: the hub searches for them. Written so that any
   browser with scripts understands it. */
(function () {
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
