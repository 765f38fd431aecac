/* Text to terms, as docs/formats/search.md says in section 2 and solicomm_build/search/analyser.py does. */
import { stemmers, stopWords } from "./stemming.js";

export const latinOf = (tag) => {
  const first = tag.toLowerCase().split("-")[0];
  if (/^(en|fr|es|pt)$/.test(first)) return first;
  return /^(ru|ar|zh|ja|ko)$/.test(first) ? "en" : "";
};

export const normalise = (text) => text.normalize("NFKC").toLowerCase().normalize("NFKC")
  .replace(/ς/g, "σ")
  .replace(/[\u0640\u064b-\u065f\u0670\u06d6-\u06dc\u06df-\u06e8\u06ea-\u06ed]/g, "");

export const fold = (text) => text.normalize("NFD")
  .replace(/(?<!n)\u0303|[\u0300-\u0302\u0308\u030a\u0327]/g, "").normalize("NFC");

export const WORD = /[\p{L}\p{M}\p{N}_]+/gu;
const CJK = "\\u1100-\\u11ff\\u3005-\\u3007\\u3041-\\u3096\\u309d-\\u309f\\u30a1-\\u30fa\\u30fc-\\u30ff"
  + "\\u31f0-\\u31ff\\u3400-\\u4dbf\\u4e00-\\u9fff\\ua960-\\ua97f\\uac00-\\ud7ff\\uf900-\\ufaff"
  + "\\u{20000}-\\u{3ffff}";
export const RUNS = RegExp(`([${CJK}]+)|[^${CJK}]+`, "gu");

/* The pieces of a normalised text: {text, cjk: its characters, when they are Chinese, Japanese, Korean}. */
export const piecesOf = (text) => (text.match(WORD) || [])
  .flatMap((word) => [...word.replace(/^_+|_+$/g, "").matchAll(RUNS)])
  .map(([piece, cjk]) => ({ text: piece, cjk: cjk && [...cjk] }));

/* What is longer is no word but data, and is not indexed. */
export const isShort = (piece) => [...piece].length <= 64;

export const bigrams = (characters) => characters.length < 2 ? characters
  : characters.slice(1).map((character, i) => characters[i] + character);

/* The language that a piece's script decides, if it does. */
export const scriptOf = (piece) => /^[\u0400-\u052f]/.test(piece) ? "ru"
  : /^[\u0600-\u06ff\u0750-\u077f]/.test(piece) ? "ar" : "";

/* Of a language that is not loaded, or of none (""), no word is a stop word and every word its own stem. */
export const isStopWord = (piece, lang) => Boolean(stopWords[lang]?.has(fold(piece)));

/* "And" and "so" are written together with the article that follows them in Arabic. */
const unjoined = (piece) => piece.replace(/^[وف](?=ال..)/, "");

export const termOf = (piece, lang) => fold(stemmers[lang]
  ? stemmers[lang](lang === "ar" ? unjoined(piece) : piece) : piece);
