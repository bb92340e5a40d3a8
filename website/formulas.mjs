// TeX to HTML, when the site is built: [[tex, display], ...] as JSON on standard input, pieces of HTML on the other side.
import { readFileSync } from "node:fs";
import katex from "katex";

const formulas = JSON.parse(readFileSync(0, "utf8"));
const drawn = formulas.map(([tex, displayMode]) => katex.renderToString(tex, { displayMode, throwOnError: true }));
process.stdout.write(JSON.stringify(drawn));
