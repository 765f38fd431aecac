// Stems the words of standard input, one a line, with the translated stemmer in the file that is named.
import { readFileSync } from "node:fs";
import { runInThisContext } from "node:vm";
import { stemmers } from "../../themes/solicomm/static/search/stemming.js";

const [lang, file] = process.argv.slice(2);
runInThisContext(readFileSync(file, "utf8"));
const words = readFileSync(0, "utf8").split("\n");
process.stdout.write(words.map((word) => stemmers[lang](word)).join("\n"));
