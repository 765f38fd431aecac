// What makes the studio quicker; without it everything works by its buttons.
(() => {
  const form = document.querySelector("form.text");
  const area = form && form.elements.text;
  if (!area) return;
  const words = area.dataset;

  // -- a toolbar, and keys ---------------------------------------------------------------------
  const change = (from, to, text, start, end) => {
    area.focus();
    area.setSelectionRange(from, to);
    // keeps the browser's own undo where it can
    if (!document.execCommand("insertText", false, text)) area.setRangeText(text, from, to);
    area.setSelectionRange(start, end);
    area.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const around = (sign, after = sign) => {
    const [from, to] = [area.selectionStart, area.selectionEnd];
    const inside = area.value.slice(from, to);
    const start = from + sign.length;
    change(from, to, sign + inside + after, start, start + inside.length);
  };
  const lines = sign => {
    const from = area.value.lastIndexOf("\n", area.selectionStart - 1) + 1;
    const to = area.selectionEnd;
    const text = area.value.slice(from, to).split("\n").map(line => sign + line).join("\n");
    change(from, to, text, from + text.length, from + text.length);
  };
  const tools = [
    ["b", "B", words.bold, () => around("**"), "b"],
    ["i", "I", words.italic, () => around("*"), "i"],
    ["h", "H", words.heading, () => lines("## ")],
    ["l", "•", words.list, () => lines("- ")],
    ["q", "❝", words.quote, () => lines("> ")],
    ["k", words.link, words.link, () => around("[", "](https://)"), "k"],
    ["p", words.picture, words.picture, () => form.elements.picture.click()],
  ];
  const bar = document.createElement("p");
  bar.className = "st-bar";
  bar.setAttribute("role", "toolbar");
  bar.setAttribute("aria-label", words.tools);
  for (const [name, sign, label, act, key] of tools) {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", name, textContent: sign, onclick: act });
    button.setAttribute("aria-label", label);
    button.title = key ? `${label} (Ctrl+${key.toUpperCase()})` : label;
    if (key) button.setAttribute("aria-keyshortcuts", `Control+${key.toUpperCase()}`);
    bar.append(button);
  }
  area.closest("p").before(bar);
  area.addEventListener("keydown", event => {
    if (!(event.ctrlKey || event.metaKey) || event.altKey || event.shiftKey) return;
    const tool = tools.find(one => one[4] === event.key.toLowerCase());
    if (!tool) return;
    event.preventDefault();
    tool[3]();
  });

  // -- pictures by drag and paste: the description is asked for --------------------------------
  const brought = event => {
    const from = event.dataTransfer || event.clipboardData;
    const file = [...(from ? from.files : [])].find(one => one.type.startsWith("image/"));
    if (!file) return;
    // office programs put a picture of a copied text beside it: the text is what is meant
    if (event.clipboardData && [...from.types].includes("text/plain")) return;
    event.preventDefault();
    const held = new DataTransfer();
    held.items.add(file);
    form.elements.picture.files = held.files;
    form.elements.picture_alt.focus();
  };
  const over = is => event => { area.classList.toggle("st-over", is); if (is) event.preventDefault(); };
  area.addEventListener("dragover", over(true));
  area.addEventListener("dragleave", over(false));
  area.addEventListener("drop", event => { over(false)(event); brought(event); });
  area.addEventListener("paste", brought);
  form.elements.picture.addEventListener("change", () => form.elements.picture_alt.focus());
  form.addEventListener("submit", () => { form.elements.at.value = area.selectionStart; });

  // -- the page as it will be, drawn anew while somebody writes --------------------------------
  const place = document.getElementById("preview");
  let timer, asked;
  const draw = () => {
    if (asked) asked.abort();
    asked = new XMLHttpRequest();
    asked.open("POST", form.action);
    asked.responseType = "document";
    asked.onload = event => {
      const drawn = event.target.response && event.target.response.getElementById("preview");
      if (drawn && event.target.status === 200) show(drawn);
    };
    const sent = new FormData(form);
    sent.delete("picture");
    sent.set("do", "draw");
    asked.send(sent);
  };
  const show = drawn => {
    const [before, now] = [place.querySelector("iframe"), drawn.querySelector("iframe")];
    if (!before || !now) return place.replaceChildren(...drawn.childNodes);
    const at = before.contentWindow ? before.contentWindow.scrollY : 0;
    before.addEventListener("load", () => before.contentWindow.scrollTo(0, at), { once: true });
    before.src = now.src;
  };
  form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(draw, 900); });
})();
