// Holds schema.graphql against the policy of docs/SCHEMA.md.
import { readFile } from "node:fs/promises";
import { faults, refusedBreaks, shortNotices, undatedDeprecations } from "./policy.js";

const read = (path) => readFile(new URL(path, import.meta.url), "utf8");
const [schema, released, changelog] = await Promise.all([
  read("../../schema.graphql"),
  read("released.graphql"),
  read("../../docs/SCHEMA-CHANGELOG.md"),
]);
const today = new Date().toISOString().slice(0, 10);

const wrong = [
  ...faults(schema),
  ...(await refusedBreaks(released, schema, changelog, today)),
  ...shortNotices(changelog, today),
  ...undatedDeprecations(schema, changelog),
];
for (const sentence of wrong) console.error(sentence);
console.log(wrong.length === 0 ? "The schema keeps to its policy." : "See docs/SCHEMA.md for what may change and how.");
process.exitCode = wrong.length === 0 ? 0 : 1;
