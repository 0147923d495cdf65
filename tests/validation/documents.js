// Random documents of a schema.
import { getNamedType, isEnumType, isInputObjectType, isLeafType, isNonNullType, isRequiredArgument } from "graphql";
import { isListType, isRequiredInputField, Lexer, Source, TokenKind } from "graphql";

/** Numbers that only the seed decides (mulberry32): `random(n)` is one of 0 to n - 1. */
export function randomness(seed) {
  return (n) => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % n;
  };
}

const SCALARS = {
  BigInt: '"5"',
  Boolean: "true",
  Date: '"2026-01-01"',
  DateTime: '"2026-01-01T00:00:00Z"',
  Float: "1.5",
  ID: '"0197a3f0-0000-4000-8000-000000000000"',
  Int: "3",
  JSON: "{ a: 1 }",
  String: '"x"',
};

/** A query of the schema, nearly always a valid one. */
export function query(schema, random) {
  const variables = new Map();
  const fragments = [];
  const pick = (from) => from[random(from.length)];

  function value(type, depth = 0) {
    if (isNonNullType(type)) return value(type.ofType, depth);
    const name = pick(["a", "b", "c"]);
    if (depth === 0 && random(6) === 0 && (variables.get(name) ?? `${type}`) === `${type}`) {
      variables.set(name, `${type}`);
      return `$${name}`;
    }
    if (isListType(type)) return `[${value(type.ofType, depth + 1)}]`;
    if (isEnumType(type)) return pick(type.getValues()).name;
    if (!isInputObjectType(type)) return SCALARS[type.name];
    const fields = Object.values(type.getFields());
    const given = new Set(fields.filter(isRequiredInputField));
    if (depth < 3) given.add(pick(fields));
    return `{ ${[...given].map((field) => `${field.name}: ${value(field.type, depth + 1)}`).join(", ")} }`;
  }

  function directive() {
    const directive = pick(["@include(if: $d)", "@skip(if: false)", "@include(if: true)", ...Array(24).fill("")]);
    if (directive.includes("$d")) variables.set("d", "Boolean!");
    return directive;
  }

  function field(type, depth) {
    const fields = Object.values(type.getFields());
    const chosen = pick(depth < 3 ? fields : fields.filter((field) => isLeafType(getNamedType(field.type))));
    if (!chosen) return "__typename";
    const given = chosen.args.filter((argument) => isRequiredArgument(argument) || random(5) === 0);
    const args = given.map((argument) => `${argument.name}: ${value(argument.type)}`).join(", ");
    const of = getNamedType(chosen.type);
    const alias = random(8) ? "" : pick(["x: ", "y: "]);
    return `${alias}${chosen.name}${args && `(${args})`} ${directive()} ${isLeafType(of) ? "" : selections(of, depth + 1)}`;
  }

  function fragment(type, depth) {
    const name = `F${fragments.length}`;
    const at = fragments.push("") - 1;
    fragments[at] = `fragment ${name} on ${type} ${selections(type, depth + 1)}`;
    return `...${name} ${directive()}`;
  }

  function selections(type, depth) {
    const one = () => {
      const kind = random(12);
      if (kind === 0) return `__typename ${directive()}`;
      if (kind === 1 && depth < 4) return `... ${pick(["", `on ${type}`])} ${directive()} ${selections(type, depth + 1)}`;
      if (kind === 2 && depth < 3 && fragments.length < 3) return fragment(type, depth);
      return field(type, depth);
    };
    return `{ ${Array.from({ length: 1 + random(3) }, one).join(" ")} }`;
  }

  const body = selections(schema.getQueryType(), 0);
  const definitions = [...variables].map(([name, type]) => `$${name}: ${type}`).join(", ");
  return `query ${pick(["", "Q"])}${definitions && `(${definitions})`} ${body} ${fragments.join(" ")}`;
}

const TOKENS = `{ } ( ) : ! [ ] = & | ... on fragment query mutation subscription true null 3 1.5 -1 "x" "" """b""" extend type
  $a $d $nope @skip @include @deprecated @oneOf @nope F0 id nodes role first filter if __typename __schema __type
  Task Query Node Viewer TaskFilter String DESC`.split(/\s+/);
const PIECES = ["@include(if: true)", "@skip(if: $d)", "{ id }", "{ __typename }", "(x: 1)", "...F0", "... { id }"];

/** The document with some of its tokens taken away, doubled, put in, changed or swapped. */
export function mutated(document, random) {
  const tokens = [];
  for (const lexer = new Lexer(new Source(document)); lexer.advance().kind !== TokenKind.EOF; ) {
    tokens.push(document.slice(lexer.token.start, lexer.token.end));
  }
  const another = () => [...TOKENS, ...PIECES][random(TOKENS.length + PIECES.length)];
  for (let times = random(4); times > 0; times--) {
    const [at, other] = [random(tokens.length), random(tokens.length)];
    const changes = [
      () => tokens.splice(at, 1),
      () => tokens.splice(at, 0, tokens[at]),
      () => tokens.splice(at, 0, another()),
      () => (tokens[at] = another()),
      () => ([tokens[at], tokens[other]] = [tokens[other], tokens[at]]),
    ];
    changes[random(changes.length)]();
  }
  return tokens.join(" ").replaceAll(/([$@]) /g, "$1");
}
