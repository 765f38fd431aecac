/* Other spellings that somebody who asks may have meant: the rules of
   solicomm_build/features/search/engine/respelling.py (docs/formats/search.md, section 8). */
import { fold } from "./analysis.js";

const RULES = {
  es: [[/ia(s|n|mos)?$/, "ía$1"], [/io$/, "ió"], [/ra(n|s)?$/, "rá$1"]],
  fr: [[/e(e?s?)$/, "é$1"], [/iere(s?)$/, "ière$1"], [/erent$/, "èrent"], [/au$/, "aux"]],
  pt: [[/cao$/, "ção"], [/coes$/, "ções"], [/avel$/, "ável"], [/ivel$/, "ível"], [/aveis$/, "áveis"],
    [/iveis$/, "íveis"], [/encia(s?)$/, "ência$1"], [/ancia(s?)$/, "ância$1"], [/([gt])em$/, "$1ém"]],
  ru: [[/к(а|и|у|е|ой|ам|ами|ах)$/, "ок"], [/ок$/, "ка"]],
  ar: [[/^ال(...+)$/, "$1"], [/^(?!ال)/, "ال"], [/ي$/, "ى"]],
};

export const respelled = (piece, lang) => {
  if ([...piece].length < 4 || !lang) return [];
  const plain = fold(piece);
  const found = plain === piece ? [] : [plain];
  if (found.length && !/ru|ar/.test(lang)) return found;
  for (const [pattern, to] of RULES[lang] || []) {
    if (pattern.test(piece)) found.push(piece.replace(pattern, to));
  }
  return found;
};
