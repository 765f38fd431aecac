/* Letters as mail programs write them (RFC 5322, 2045, 2047, 2231), and several in one file. */
const CRLF = "\r\n";
const DAYS = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const FIRST_YEAR = 2026; /* a clock that says less has lost its battery, and says nothing */
const LONGEST_LINE = 900; /* octets; mail takes 998 */
const utf8 = (text) => new TextEncoder().encode(text);
const two = (number) => String(number).padStart(2, "0");
const random = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (octet) => octet.toString(16).padStart(2, "0")).join("");
const base64 = (octets) => {
  let text = "";
  for (let at = 0; at < octets.length; at += 24576) text += btoa(String.fromCharCode.apply(null, octets.subarray(at, at + 24576)));
  return text;
};
const wrapped = (text) => text.replace(/.{76}/g, `$&${CRLF}`).replace(/\r\n$/, "");
const oneLine = (text) => text.replace(/[\u0000-\u001f\u007f\u2028\u2029]+/g, " ").trim();

/* What stands in a field of the head: as it is, or in encoded words that each hold whole signs. */
const encoded = (text) => {
  const words = [];
  let now = "";
  for (const sign of text) {
    if (utf8(now + sign).length > 42) {
      words.push(now);
      now = "";
    }
    now += sign;
  }
  return [...words, now].map((word) => `=?UTF-8?B?${base64(utf8(word))}?=`).join(`${CRLF} `);
};
const isPlain = (text) => /^[ -~]*$/.test(text) && !text.includes("=?") && text.length < 900;
const field = (text) => (isPlain(text) ? text : encoded(text));
const phrase = (name) => {
  if (!isPlain(name)) return encoded(name);
  return /^[A-Za-z0-9 -]*$/.test(name) ? name : `"${name.replace(/["\\]/g, "\\$&")}"`;
};
const dated = (now) => {
  const off = -now.getTimezoneOffset();
  const zone = `${off < 0 ? "-" : "+"}${two(Math.floor(Math.abs(off) / 60))}${two(Math.abs(off) % 60)}`;
  const time = [now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(":");
  return `${DAYS[now.getDay()]}, ${now.getDate()} ${MONTHS[now.getMonth()]} ${now.getFullYear()} ${time} ${zone}`;
};
const written = (text) => {
  const lines = text.replace(/\u0000/g, "").split(/\r\n|\r|\n/);
  const isShort = lines.every((line) => utf8(line).length <= LONGEST_LINE);
  const whole = lines.join(CRLF) + CRLF;
  return [
    "Content-Type: text/plain; charset=utf-8",
    `Content-Transfer-Encoding: ${isShort ? "8bit" : "base64"}`,
    "",
    isShort ? whole : wrapped(base64(utf8(whole))) + CRLF,
  ].join(CRLF);
};
const attached = ({ name, type, octets }) => [
  `Content-Type: ${/^[a-z]+\/[a-z0-9.+-]+$/.test(type) ? type : "application/octet-stream"}`,
  "Content-Transfer-Encoding: base64",
  `Content-Disposition: attachment; filename*=UTF-8''${encodeURIComponent(oneLine(name)).replace(/['()*!]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`)}`,
  "",
  wrapped(base64(octets)) + CRLF,
].join(CRLF);

/* The octets of a letter: { to, name, email, subject, text, above: ids, files, domain }. */
const letter = (said, now = new Date()) => {
  const head = [
    `From: ${said.name ? `${phrase(oneLine(said.name))} <${said.email}>` : said.email}`,
    `To: <${said.to}>`,
    `Subject: ${field(oneLine(said.subject))}`,
    `Message-ID: <${random()}@${said.domain}>`,
    "MIME-Version: 1.0",
  ];
  if (now.getFullYear() >= FIRST_YEAR) head.push(`Date: ${dated(now)}`);
  if (said.above.length) {
    const ids = said.above.map((id) => `<${id}>`);
    head.push(`In-Reply-To: ${ids[ids.length - 1]}`, `References: ${ids.join(`${CRLF} `)}`);
  }
  if (!said.files.length) return utf8(head.join(CRLF) + CRLF + written(said.text));
  const bound = `=_${random()}`;
  const parts = [written(said.text), ...said.files.map(attached)].map((part) => `--${bound}${CRLF}${part}`);
  head.push(`Content-Type: multipart/mixed;${CRLF} boundary="${bound}"`);
  return utf8(`${head.join(CRLF)}${CRLF}${CRLF}${parts.join(CRLF)}${CRLF}--${bound}--${CRLF}`);
};

/* Several files in one, not compressed (PKWARE, APPNOTE 4.3). */
const TABLE = Array.from({ length: 256 }, (_, number) => {
  let value = number;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
  return value >>> 0;
});
const crc = (octets) => {
  let value = 0xffffffff;
  for (const octet of octets) value = TABLE[(value ^ octet) & 255] ^ (value >>> 8);
  return (value ^ 0xffffffff) >>> 0;
};
const little = (...pairs) => {
  const out = [];
  for (const [value, size] of pairs) for (let at = 0; at < size; at += 1) out.push((value >>> (8 * at)) & 255);
  return new Uint8Array(out);
};
const zipped = (files) => {
  const parts = [];
  const list = [];
  let at = 0;
  for (const { name, octets } of files) {
    const same = [[20, 2], [0x800, 2], [0, 2], [0, 2], [0x5c21, 2], [crc(octets), 4], [octets.length, 4], [octets.length, 4], [utf8(name).length, 2], [0, 2]];
    const local = [little([0x04034b50, 4], ...same), utf8(name), octets];
    list.push(little([0x02014b50, 4], [20, 2], ...same, [0, 2], [0, 2], [0, 2], [0, 4], [at, 4]), utf8(name));
    parts.push(...local);
    at += local.reduce((sum, part) => sum + part.length, 0);
  }
  const size = list.reduce((sum, part) => sum + part.length, 0);
  const end = little([0x06054b50, 4], [0, 2], [0, 2], [files.length, 2], [files.length, 2], [size, 4], [at, 4], [0, 2]);
  return new Blob([...parts, ...list, end], { type: "application/zip" });
};
