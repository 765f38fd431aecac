/* Sorts tables that say data-sortable: a button in each heading. Without it they read as they came. */
"use strict";
[...document.querySelectorAll("table[data-sortable]")].forEach((table) => {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  const compare = new Intl.Collator(document.documentElement.lang, { numeric: true }).compare;
  const key = (row, at) => row.cells[at].getAttribute("data-sort") || row.cells[at].textContent.trim();
  heads.forEach((head, at) => {
    const button = document.createElement("button");
    button.type = "button";
    while (head.firstChild) button.appendChild(head.firstChild);
    head.appendChild(button);
    button.addEventListener("click", () => {
      const down = head.getAttribute("aria-sort") === "ascending";
      const isNumber = head.hasAttribute("data-number");
      const order = (a, b) => {
        const [one, two] = [key(a, at), key(b, at)];
        if (!one || !two) return (one ? 0 : 1) - (two ? 0 : 1);
        const sign = isNumber ? Number(one) - Number(two) : compare(one, two);
        return down ? -sign : sign;
      };
      [...body.rows].sort(order).forEach((row) => body.appendChild(row));
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
    });
  });
  [...document.querySelectorAll("[data-sorting]")].forEach((hint) => { hint.hidden = false; });
});
