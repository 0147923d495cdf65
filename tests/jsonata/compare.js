// Compares the verdicts of crates/jsonata-syntax with those of npm's jsonata; see README.md.
//   node compare.js <the example `verdicts`>
//   WELL_FUZZ_SEED   other expressions, as many (default 1)
//   WELL_FUZZ_TIMES  so many times the expressions (default 1)
import { spawnSync } from "node:child_process";
import jsonata from "jsonata";
import { expression, randomness } from "./expressions.js";

const [program] = process.argv.slice(2);
const seed = Number(process.env.WELL_FUZZ_SEED ?? 1);
const batches = 3 * Number(process.env.WELL_FUZZ_TIMES ?? 1);
const BATCH = 10_000;
const SHOWN = 20;

/** What the reference says: nothing, or a code and a place in UTF-16; what its platform says has none. */
function judged(text) {
  try {
    jsonata(text);
    return undefined;
  } catch (error) {
    // What is not an error of JSONata is one of `new RegExp`; anything else is a fault of this comparison.
    if (error.code === undefined && !(error instanceof SyntaxError)) throw error;
    return { code: error.code ?? "-", position: error.position, message: error.message };
  }
}

/** What our check says of each. */
function verdicts(texts) {
  const { status, stdout, stderr } = spawnSync(program, { input: texts.join("\0"), encoding: "utf8", maxBuffer: 1 << 28 });
  if (status !== 0) throw new Error(`the check failed: ${stderr}`);
  const lines = stdout.trimEnd().split("\n");
  if (lines.length !== texts.length) throw new Error(`${lines.length} verdicts on ${texts.length} expressions`);
  return lines.map((line) => {
    if (line === "ok") return undefined;
    const [code, start, end, ...says] = line.split(" ");
    return { code, start: Number(start), end: Number(end), message: says.join(" ") };
  });
}

/** How the two contradict each other, if they do. The reference's places are behind the word that they are about. */
function contradiction(text, theirs, ours) {
  if (theirs === undefined || ours === undefined) {
    if (theirs === ours) return undefined;
    return theirs === undefined ? `is taken, but we say: ${ours.message}` : `is refused (${theirs.code} ${theirs.message}), but we take it`;
  }
  if (theirs.code !== ours.code) return `is ${theirs.code} (${theirs.message}), but ${ours.code} for us: ${ours.message}`;
  // The place of a parent operator is not told by the reference, and ours is the operator.
  if (!Number.isInteger(theirs.position) || theirs.code === "S0217" || theirs.code.startsWith("S04")) return undefined;
  const place = Buffer.byteLength(text.slice(0, theirs.position));
  if (ours.start <= place && place <= ours.end) return undefined;
  return `is ${theirs.code} at byte ${place}, but at ${ours.start} to ${ours.end} for us`;
}

const codes = new Map();
let contradictions = 0;
let taken = 0;
for (let batch = 0; batch < batches; batch += 1) {
  const random = randomness(seed * 1_000_003 + batch);
  const texts = Array.from({ length: BATCH }, () => expression(random));
  const ours = verdicts(texts);
  for (const [at, text] of texts.entries()) {
    const theirs = judged(text);
    if (theirs === undefined) taken += 1;
    else codes.set(theirs.code, (codes.get(theirs.code) ?? 0) + 1);
    const found = contradiction(text, theirs, ours[at]);
    if (found === undefined) continue;
    contradictions += 1;
    if (contradictions <= SHOWN) console.error(`${JSON.stringify(text)}\n  ${found}\n`);
  }
}

const count = batches * BATCH;
const seen = [...codes].sort().map(([code, times]) => `${code === "-" ? "RegExp" : code} ${times}`);
console.log(`${count} expressions, ${taken} of them taken; refused: ${seen.join(", ")}; ${contradictions} judged otherwise`);
// All that the reference's compiler can say, so that no class is left out.
const CODES = ["-", "S0101", "S0102", "S0103", "S0104", "S0105", "S0106", "S0201", "S0202", "S0203", "S0204", "S0207", "S0208", "S0209",
  "S0210", "S0211", "S0212", "S0213", "S0214", "S0215", "S0216", "S0217", "S0301", "S0302", "S0401", "S0402"];
const missing = CODES.filter((code) => !codes.has(code));
if (missing.length > 0) console.error(`no expression was refused with ${missing.join(", ")}`);
process.exitCode = contradictions === 0 && missing.length === 0 && taken > count / 5 && taken < (count * 4) / 5 ? 0 : 1;
