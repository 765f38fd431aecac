/* The page to write on (write.html): makes a letter of what was typed, and saves it. It sends
   nothing, and keeps nothing when it is closed. */
(() => {
  const box = document.querySelector("[data-write]");
  const form = box.querySelector("form");
  const part = (name) => box.querySelector(`[data-part=${name}]`);
  const words = JSON.parse(part("words").content.textContent);
  const { domain } = box.dataset;
  const MOST_FILES = 10;
  const MOST_OCTETS = 8e6;
  const letters = [];
  let folder = null; /* where letters are written, once somebody has chosen it */
  const say = (name, value = "") => {
    const line = part(/^wrong/.test(name) ? "wrong" : "told");
    [part("wrong"), part("told")].forEach((one) => { one.textContent = ""; });
    line.textContent = words[name].replace("{n}", () => value);
  };

  /* What a page asked for: #mailto:ADDRESS?subject=…&In-Reply-To=… (RFC 6068). */
  const plain = (text) => {
    try { return decodeURIComponent(text); } catch (fault) { return ""; }
  };
  const asked = () => {
    const [address, query] = plain(location.hash).length ? location.hash.slice(1).replace(/^mailto:/, "").split("?") : [""];
    const found = { to: plain(address).toLowerCase(), subject: "", above: [] };
    for (const pair of (query || "").split("&")) {
      const [name, value] = [pair.split("=")[0].toLowerCase(), plain(pair.slice(pair.indexOf("=") + 1))];
      if (name === "subject") found.subject = value;
      const id = value.match(/^<([a-z2-7]{32}@post\.solicomm\.invalid)>$/);
      if (name === "in-reply-to" && id) found.above.push(id[1]);
    }
    const topic = found.to.match(/^([a-z0-9-]+)\+t-([a-z2-7]{32})@(.+)$/);
    if (topic && topic[3] === domain) {
      const first = `${topic[2]}@post.solicomm.invalid`;
      if (found.above[0] !== first) found.above.unshift(first);
      found.place = `${topic[1]}@${domain}`;
    }
    return found;
  };
  let answered = { to: "", above: [] };
  const begin = () => {
    const want = asked();
    const choice = form.elements.to;
    const has = (address) => Array.from(choice.options).some((one) => one.value === address);
    answered = { to: "", above: [] };
    if (want.place && has(want.place)) answered = want;
    if (has(want.place || want.to)) choice.value = want.place || want.to;
    choice.disabled = Boolean(answered.to);
    part("answers").hidden = !answered.to;
    part("title").textContent = answered.to ? want.subject.replace(/^re: */i, "") : "";
    if (answered.to) form.elements.subject.value = want.subject;
  };

  const sizes = (files) => files.reduce((sum, file) => sum + file.size, 0);
  const fault = (files) => {
    const { email, text, subject } = form.elements;
    if (!text.value.trim()) return [text, "wrongText"];
    if (!subject.value.trim()) return [subject, "wrongSubject"];
    if (!/^[^\s<>@"(),;:\\]+@[^\s<>@"(),;:\\]+\.[^\s<>@"(),;:\\]+$/.test(email.value.trim())) return [email, "wrongEmail"];
    if (files.length > MOST_FILES || sizes(files) > MOST_OCTETS) return [form.elements.files, "wrongFiles"];
    return null;
  };
  const named = () => {
    const now = new Date();
    const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("-");
    return `letter-${day}-${random().slice(0, 8)}.eml`;
  };
  const made = async (files) => {
    const { email, text, subject, name, to } = form.elements;
    const read = (file) => new Response(file).arrayBuffer().then((octets) => ({ name: file.name, type: file.type, octets: new Uint8Array(octets) }));
    const said = {
      to: answered.to || to.value, name: name.value.trim(), email: email.value.trim(), subject: subject.value,
      text: text.value, above: answered.above, files: await Promise.all(files.map(read)), domain,
    };
    return { name: named(), octets: letter(said), subject: oneLine(subject.value) };
  };

  const download = (name, blob) => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    document.body.appendChild(link);
    link.click();
    link.remove();
    setTimeout(() => URL.revokeObjectURL(link.href), 6e4);
  };
  const put = async ({ name, octets }) => {
    if (!folder) {
      download(name, new Blob([octets], { type: "message/rfc822" }));
      say("saved", name);
      return;
    }
    const file = await (await folder.getFileHandle(name, { create: true })).createWritable();
    await file.write(octets);
    await file.close();
    say("put", name);
  };
  const show = () => {
    const rows = letters.map((one) => {
      const row = document.createElement("li");
      const name = document.createElement("bdi");
      name.textContent = `${one.subject} – ${one.name}`;
      row.appendChild(name);
      return row;
    });
    while (part("letters").firstChild) part("letters").removeChild(part("letters").firstChild);
    rows.forEach((row) => part("letters").appendChild(row));
    part("written").hidden = !letters.length;
    part("all").hidden = letters.length < 2;
  };
  const save = async () => {
    const files = Array.from(form.elements.files.files);
    const wrong = fault(files);
    if (wrong) {
      say(wrong[1]);
      wrong[0].focus();
      return;
    }
    const one = await made(files);
    await put(one);
    letters.push(one);
    form.elements.text.value = "";
    form.elements.files.value = "";
    if (!answered.to) form.elements.subject.value = "";
    show();
  };
  /* The stick itself, or its folder of letters: told from any other by what lies in it. */
  const choose = async () => {
    const chosen = await window.showDirectoryPicker({ mode: "readwrite" });
    const below = await chosen.getDirectoryHandle("outbox").catch(() => null);
    if (!below && chosen.name !== "outbox") {
      say("wrongFolder");
      return;
    }
    folder = below || chosen;
    for (const one of letters) await put(one);
    say("chosen");
  };
  const refused = (error) => error && error.name === "AbortError" || say("wrongDisk");

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save().catch(refused);
  });
  part("all").addEventListener("click", () => {
    download(`letters-${random().slice(0, 8)}.zip`, zipped(letters));
    say("saved", ".zip");
  });
  if (window.showDirectoryPicker) {
    part("choose").hidden = false;
    part("choose").addEventListener("click", () => choose().catch(refused));
  }
  window.addEventListener("beforeunload", (event) => {
    if (!form.elements.text.value.trim()) return;
    event.preventDefault();
    event.returnValue = "";
  });
  window.addEventListener("hashchange", begin);
  begin();
  form.hidden = false;
  part("hand").open = false;
})();
