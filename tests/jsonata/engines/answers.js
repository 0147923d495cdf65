// Evaluates the cases with the three implementations, and compares the answers with docs/JSONATA.md; see `check`.
//   node answers.js <python> <program of jsonata-rs> [--write]
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import jsonata from "jsonata";
import { TOPICS } from "./cases.js";

const [python, rust, mode] = process.argv.slice(2);
const PAGE = new URL("../../../docs/JSONATA.md", import.meta.url);
const cases = TOPICS.flatMap((topic) => topic.cases);

async function ofNpm([expression, input]) {
  try {
    const value = await jsonata(expression).evaluate(input);
    return value === undefined ? {} : { value };
  } catch (error) {
    return { error: error.message };
  }
}

function ofProgram(program, args) {
  const input = cases.map((one) => `${JSON.stringify(one)}\n`).join("");
  const { status, stdout, stderr } = spawnSync(program, args, { input, encoding: "utf8" });
  const answers = stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  if (status !== 0 || answers.length !== cases.length) throw new Error(`${program} failed: ${stderr}`);
  return answers;
}

const code = (text) => {
  const shown = text.length > 60 ? `${text.slice(0, 50)}…` : text;
  return `\`${shown.replaceAll("|", "\\|").replaceAll("\u00a0", "\\u00a0")}\``;
};
/** The same object, whichever order its keys have. */
const ordered = (_key, value) =>
  value !== null && typeof value === "object" && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
    : value;
const shuffled = (text, other) => text.length > 100 && text !== other && [...text].sort().join("") === [...other].sort().join("");

/** An answer as a cell of the table. */
function cell(answer, reference) {
  if ("error" in answer) return "an error";
  if (!("value" in answer)) return answer.none ? "`None`" : "nothing";
  if (typeof answer.value === "string" && shuffled(answer.value, String(reference.value))) return "the keys in any order";
  return code(JSON.stringify(answer.value, ordered));
}

const npm = await Promise.all(cases.map(ofNpm));
const engines = [npm, ofProgram(python, ["python.py"]), ofProgram(rust, [])];
let row = 0;
const tables = TOPICS.map((topic) => {
  const rows = topic.cases.map(([expression, input]) => {
    const answers = engines.map((engine) => cell(engine[row], npm[row]));
    row += 1;
    if (new Set(answers).size === 1) throw new Error(`${expression} is answered alike by all`);
    return `| ${[code(expression), code(JSON.stringify(input)), ...answers].join(" | ")} |\n`;
  });
  return `### ${topic.title}\n\n| expression | input | npm | Python | Rust |\n|---|---|---|---|---|\n${rows.join("")}`;
});

const BEGIN = "<!-- written by tests/jsonata/engines/check -->\n";
const END = "<!-- end -->";
const page = readFileSync(PAGE, "utf8");
const [before, , after] = page.split(new RegExp(`(?<=${BEGIN})([^]*)(?=${END})`));
const written = `${before}\n${tables.join("\n")}\n${after}`;
if (mode === "--write") {
  writeFileSync(PAGE, written);
} else if (written !== page) {
  const now = new Set(written.split("\n"));
  const then = new Set(page.split("\n"));
  for (const line of then) if (!now.has(line)) console.error(`- ${line}`);
  for (const line of now) if (!then.has(line)) console.error(`+ ${line}`);
  console.error("docs/JSONATA.md says otherwise: look at what changed, then tests/jsonata/engines/check --write");
  process.exitCode = 1;
}
console.log(`${cases.length} expressions, answered by three implementations`);
