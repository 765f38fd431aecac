/* The page that brings a stick up to date (update.html): reads an update (docs/formats/stick.md),
   compares all of it, and only then writes into the folder of the stick. */
(() => {
  const box = document.querySelector("[data-update]");
  const part = (name) => box.querySelector(`[data-part=${name}]`);
  const words = JSON.parse(part("words").content.textContent);
  const bar = part("bar");
  const MOST = 256 * 1024 * 1024; /* octets of one file, and of what an update says of itself */
  const MOST_PARTS = 10000;
  const STICK = "_stick/stick.yaml";
  const NAMESPACE = "solicomm-stick";
  const UNLISTED = ["sha256sums", "sha256sums.sig", "_stick/signers", "_stick/writing"];
  const wrong = (name, ...values) => Object.assign(new Error(name), { said: name, values });
  const text = (name, values = []) => values.reduce((line, value, at) => line.replace(["{n}", "{m}"][at], () => value), words[name]);
  const say = (name, ...values) => {
    const isWrong = /^wrong/.test(name);
    part("wrong").textContent = isWrong ? text(name, values) : "";
    part("told").textContent = isWrong ? "" : text(name, values);
  };
  const utf8 = (said) => new TextEncoder().encode(said);
  const plain = (octets) => new TextDecoder().decode(octets);
  const hex = (buffer) => Array.from(new Uint8Array(buffer), (octet) => octet.toString(16).padStart(2, "0")).join("");
  const sum = async (octets) => hex(await crypto.subtle.digest("SHA-256", octets));
  const octetsOf = (blob) => new Response(blob).arrayBuffer().then((buffer) => new Uint8Array(buffer));
  const joined = (parts) => {
    const whole = new Uint8Array(parts.reduce((size, one) => size + one.length, 0));
    parts.reduce((at, one) => {
      whole.set(one, at);
      return at + one.length;
    }, 0);
    return whole;
  };

  /* The files of a zip by name, each as what gives its octets (PKWARE, APPNOTE 4.3). */
  const opened = async (file) => {
    const tail = await octetsOf(file.slice(Math.max(0, file.size - 65557)));
    let end = tail.length - 22;
    while (end >= 0 && !(tail[end] === 0x50 && tail[end + 1] === 0x4b && tail[end + 2] === 5 && tail[end + 3] === 6)) end -= 1;
    if (end < 0) throw wrong("wrongZip");
    const last = new DataView(tail.buffer, end);
    const [count, size, start] = [last.getUint16(10, true), last.getUint32(12, true), last.getUint32(16, true)];
    if (count === 0xffff || start + size > file.size) throw wrong("wrongZip");
    const list = await octetsOf(file.slice(start, start + size));
    const view = new DataView(list.buffer);
    const found = new Map();
    for (let at = 0, number = 0; number < count; number += 1) {
      if (at + 46 > list.length || view.getUint32(at, true) !== 0x02014b50) throw wrong("wrongZip");
      const lengths = [28, 30, 32].map((place) => view.getUint16(at + place, true));
      const name = plain(list.subarray(at + 46, at + 46 + lengths[0]));
      const one = { method: view.getUint16(at + 10, true), packed: view.getUint32(at + 20, true), whole: view.getUint32(at + 24, true), at: view.getUint32(at + 42, true) };
      found.set(name, () => unpacked(file, one));
      at += 46 + lengths[0] + lengths[1] + lengths[2];
    }
    return found;
  };
  const unpacked = async (file, one) => {
    if (one.whole > MOST) throw wrong("wrongZip");
    const head = new DataView((await octetsOf(file.slice(one.at, one.at + 30))).buffer);
    const start = one.at + 30 + head.getUint16(26, true) + head.getUint16(28, true);
    const packed = file.slice(start, start + one.packed);
    if (one.method === 0) return octetsOf(packed);
    if (one.method !== 8) throw wrong("wrongZip");
    const reader = packed.stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
    const parts = [];
    for (let left = one.whole, step = await reader.read(); !step.done; step = await reader.read()) {
      left -= step.value.length;
      if (left < 0) throw wrong("wrongZip");
      parts.push(step.value);
    }
    return joined(parts);
  };

  /* As FAT reads names, too: it knows no case, no dot or space at the end, and short names. */
  const folded = (name) => name.toLowerCase().replace(/\u017f/g, "s");
  const isOurs = (name) => {
    const parts = name.split("/");
    const small = folded(name);
    return name.length <= 1000 && !/[\\\0\r\n:*?"<>|]/.test(name) && parts.every((one) => one && !/[. ]$/.test(one))
      && !/~[0-9]/.test(parts[0]) && small.split("/")[0] !== "outbox" && UNLISTED.indexOf(small) < 0;
  };
  const together = async (files) => {
    const zips = await Promise.all(files.map(opened));
    const heads = await Promise.all(zips.map(async (zip) => {
      if (!zip.has("update.json")) throw wrong("wrongZip");
      return JSON.parse(plain(await zip.get("update.json")()));
    }));
    const [any] = heads;
    if (!heads.every((head) => head.schema === "solicomm/update@1" && head.from === any.from && head.to === any.to)) throw wrong("wrongZip");
    const isPart = ({ part: one, parts: of }) => Number.isInteger(one) && Number.isInteger(of) && one >= 1 && one <= of && of <= MOST_PARTS && of === any.parts;
    if (!heads.every(isPart)) throw wrong("wrongZip");
    for (let number = 1; number <= any.parts; number += 1) if (!heads.some((head) => head.part === number)) throw wrong("wrongParts", any.parts);
    const head = heads.find((one) => one.part === 1);
    const names = [...head.files.map(([name]) => name), ...head.gone];
    if (!names.every(isOurs)) throw wrong("wrongZip");
    const octets = async (number) => {
      const parts = [];
      for (let piece = 0; ; piece += 1) {
        const zip = zips.find((one) => one.has(`data/${number}.${piece}`));
        if (!zip) break;
        parts.push(await zip.get(`data/${number}.${piece}`)());
      }
      return joined(parts);
    };
    return { head, octets };
  };

  /* By code points, as the list is: the same as by units unless a name has a sign of two. */
  const order = (names) => (names.some((name) => /[\ud800-\udfff]/.test(name))
    ? names.sort((one, other) => (hex(utf8(one)) < hex(utf8(other)) ? -1 : 1)) : names.sort());
  const listed = async (old, { head }) => {
    const lines = new Map();
    for (const line of old.split("\n")) {
      const read = line.match(/^([0-9a-f]{64}) {2}(.{1,1000})$/);
      if (read) lines.set(read[2], read[1]);
    }
    head.gone.forEach((name) => lines.delete(name));
    head.files.forEach(([name, sha]) => lines.set(name, sha));
    const list = utf8(order([...lines.keys()]).map((name) => `${lines.get(name)}  ${name}\n`).join(""));
    if (await sum(list) !== head.to) throw wrong("wrongZip");
    return list;
  };

  /* Whether the stick's own key has signed the list (PROTOCOL.sshsig); null where the browser
     knows no such keys. */
  const isSigned = async (list, armoured, signers) => {
    const raw = Uint8Array.from(atob(armoured.replace(/-----[A-Z ]+-----|\s/g, "")), (sign) => sign.charCodeAt(0));
    const fields = (octets, start) => {
      const found = [];
      const view = new DataView(octets.buffer, octets.byteOffset, octets.length);
      for (let at = start; at < octets.length; at += 4 + found[found.length - 1].length) found.push(octets.slice(at + 4, at + 4 + view.getUint32(at)));
      return found;
    };
    const field = (octets) => {
      const size = new Uint8Array(4);
      new DataView(size.buffer).setUint32(0, octets.length);
      return joined([size, octets]);
    };
    const [key, namespace, reserved, hash, signature] = fields(raw, 10);
    const known = signers.trim().split(/\s+/)[3];
    if (plain(namespace) !== NAMESPACE || plain(hash) !== "sha512" || btoa(String.fromCharCode(...key)) !== known) return false;
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-512", list));
    const signed = joined([utf8("SSHSIG"), field(namespace), field(reserved), field(hash), field(digest)]);
    let made;
    try {
      made = await crypto.subtle.importKey("raw", fields(key, 0)[1], { name: "Ed25519" }, false, ["verify"]);
    } catch (fault) {
      return null;
    }
    return crypto.subtle.verify({ name: "Ed25519" }, made, fields(signature, 0)[1], signed);
  };

  const folderOf = async (root, name, create) => {
    let at = root;
    for (const one of name.split("/").slice(0, -1)) at = await at.getDirectoryHandle(one, { create });
    return at;
  };
  const last = (name) => name.split("/").pop();
  const read = async (root, name) => {
    try {
      const file = await (await folderOf(root, name, false)).getFileHandle(last(name));
      return await octetsOf(await file.getFile());
    } catch (fault) {
      if (fault.name === "NotFoundError") return null;
      throw fault;
    }
  };
  const write = async (root, name, octets) => {
    const file = await (await folderOf(root, name, true)).getFileHandle(last(name), { create: true });
    const target = await file.createWritable(); /* it is another file until it is closed */
    await target.write(octets);
    await target.close();
  };
  const remove = async (root, name) => {
    const parts = name.split("/");
    try {
      for (let size = parts.length; size > 0; size -= 1) {
        const here = parts.slice(0, size).join("/");
        await (await folderOf(root, here, false)).removeEntry(last(here));
      }
    } catch (fault) { /* gone before, or the folder holds something still */
      if (["NotFoundError", "InvalidModificationError"].indexOf(fault.name) < 0) throw fault;
    }
  };

  const moment = (octets) => (plain(octets).match(/^at: ['"]?([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z)['"]?\r?$/m) || [])[1];
  const notOlder = async (root, { head, octets }) => {
    if (head.gone.some((name) => folded(name) === STICK)) throw wrong("wrongZip");
    const mine = moment(await read(root, STICK) || new Uint8Array());
    for (const [number, [name]] of head.files.entries()) {
      if (folded(name) === STICK) {
        const at = moment(await octets(number));
        if (!at) throw wrong("wrongZip");
        if (mine && at < mine) throw wrong("wrongOlder", at, mine);
      }
    }
  };

  const apply = async (files, root) => {
    const update = await together(files);
    const { head } = update;
    const old = await read(root, "SHA256SUMS");
    const signers = await read(root, "_stick/signers");
    if (!old || !signers) throw wrong("wrongFolder");
    const now = await sum(old);
    if (now === head.to) {
      for (const [name, sha] of head.files) {
        const there = await read(root, name);
        if (!there || await sum(there) !== sha) throw wrong("wrongFile", name);
      }
      return say("same");
    }
    if (now !== head.from) throw wrong("wrongState", head.from.slice(0, 12), now.slice(0, 12));
    const list = await listed(plain(old), update);
    const proved = await isSigned(list, head.signature, plain(signers)).catch(() => false);
    if (proved === false) throw wrong("wrongSign");
    if (proved === null && !window.confirm(words.unsigned)) return say("stopped");
    bar.hidden = false;
    bar.max = 2 * head.files.length + head.gone.length;
    bar.value = 0;
    for (const [number, [, sha, size]] of head.files.entries()) {
      const octets = await update.octets(number);
      if (octets.length !== size || await sum(octets) !== sha) throw wrong("wrongZip");
      bar.value += 1;
    }
    await notOlder(root, update);
    await write(root, "_stick/writing", utf8(head.files.map(([name, sha]) => `${sha}  ${name}\n`).join("")));
    let written = 0;
    for (const [number, [name, sha]] of head.files.entries()) {
      const there = await read(root, name);
      if (!there || await sum(there) !== sha) {
        await write(root, name, await update.octets(number));
        written += 1;
      }
      bar.value += 1;
    }
    for (const name of head.gone) {
      await remove(root, name);
      bar.value += 1;
    }
    await write(root, "SHA256SUMS.sig", utf8(head.signature));
    await write(root, "SHA256SUMS", list);
    await remove(root, "_stick/writing");
    return say("done", written, head.gone.length);
  };

  const begin = async () => {
    const files = Array.from(part("files").files);
    if (!files.length) throw wrong("wrongNone");
    const root = await window.showDirectoryPicker({ mode: "readwrite" });
    part("begin").disabled = true;
    say("doing");
    await apply(files, root);
  };
  if (!window.showDirectoryPicker || !window.DecompressionStream) return;
  part("old").hidden = true;
  part("can").hidden = false;
  part("begin").addEventListener("click", () => begin().catch((fault) => {
    if (fault.name === "AbortError") return;
    if (fault.said) say(fault.said, ...fault.values);
    else say(fault instanceof SyntaxError || fault instanceof TypeError || fault instanceof RangeError ? "wrongZip" : "wrongDisk");
  }).then(() => {
    part("begin").disabled = false;
    bar.hidden = true;
  }));
})();
