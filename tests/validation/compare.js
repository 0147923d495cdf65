// Sends random documents to WELL_URL as the owner of the demo's workspace; see README.md.
//   WELL_FUZZ_SEED   other documents, as many (default 1)
//   WELL_FUZZ_TIMES  so many times the documents (default 1)
import { readFileSync } from "node:fs";
import { buildSchema, GraphQLError, Kind, parse, validate } from "graphql";
import { mutated, query, randomness } from "./documents.js";

const schema = buildSchema(readFileSync(new URL("../../schema.graphql", import.meta.url), "utf8"));
// What a schema as text does not say of its scalars.
const SHAPES = { BigInt: [Kind.INT, Kind.STRING], Date: [Kind.STRING], DateTime: [Kind.STRING] };
for (const [name, kinds] of Object.entries(SHAPES)) {
  schema.getType(name).parseLiteral = ({ kind, value }) => {
    if (!kinds.includes(kind)) throw new GraphQLError(`${name} cannot be ${kind}.`);
    return value;
  };
}
const random = randomness(Number(process.env.WELL_FUZZ_SEED ?? 1));
const count = 4_000 * Number(process.env.WELL_FUZZ_TIMES ?? 1);
const AT_ONCE = 8;

/** What graphql-js has against a document. */
function judged(document) {
  try {
    const parsed = parse(document);
    const others = parsed.definitions.filter(({ kind }) => kind === Kind.OPERATION_DEFINITION).length - 1;
    return { wrong: validate(schema, parsed)[0]?.message, others };
  } catch (error) {
    return { wrong: error.message, others: 0 };
  }
}

async function answered(document) {
  const response = await fetch(`${process.env.WELL_URL}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${process.env.WELL_TOKEN_OWNER}` },
    body: JSON.stringify({ query: document, variables: { d: true } }),
  });
  return response.json();
}

const INVALID = ["GRAPHQL_PARSE_FAILED", "GRAPHQL_VALIDATION_FAILED"];

/** How the server contradicts graphql-js, if it does. */
async function contradiction(document, seen) {
  const { wrong, others } = judged(document);
  // Which of several operations is wanted was not said.
  if (others > 0) return undefined;
  const answer = await answered(document);
  const [error] = answer.errors ?? [];
  const code = error?.extensions.code ?? "";
  if (code.endsWith("_LIMIT") || code === "COST_LIMIT_EXCEEDED" || /alias may not begin/.test(error?.message)) return undefined;
  seen[wrong === undefined ? "valid" : "invalid"] += 1;
  if (code === "INTERNAL_SERVER_ERROR") return "the server failed";
  if (wrong !== undefined) return "data" in answer ? `it was executed, but: ${wrong}` : undefined;
  return INVALID.includes(code) ? `it is valid, but: ${error.message}` : undefined;
}

const seen = { valid: 0, invalid: 0 };
let contradictions = 0;
for (let sent = 0; sent < count; sent += AT_ONCE) {
  const documents = Array.from({ length: AT_ONCE }, () => {
    const document = query(schema, random);
    return random(4) ? mutated(document, random) : document;
  });
  const found = await Promise.all(documents.map((document) => contradiction(document, seen)));
  for (const [at, how] of found.entries()) {
    if (how === undefined) continue;
    contradictions += 1;
    if (contradictions <= 10) console.error(`${documents[at]}\n  ${how}\n`);
  }
}
console.log(`${seen.valid} valid and ${seen.invalid} invalid documents, ${contradictions} judged otherwise`);
process.exitCode = contradictions === 0 && seen.valid > count / 5 && seen.invalid > count / 5 ? 0 : 1;
