// Random expressions: two of three follow the grammar, with a little of everything that a second look refuses, and are
// then changed in up to three words. Anything else is a row of words.

/** The same numbers for the same seed: `random(n)` is a whole number below n. */
export function randomness(seed) {
  let state = seed | 0;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below;
  };
}

const NAMES = ["a", "b", "lines", "`unit price`", "größe", "and", "or", "in", "function", "λ", "`function`", "a\"b", "x`", "日本"];
const VARIABLES = ["$", "$$", "$x", "$y", "$map", "$größe"];
const STRINGS = ["'a'", '"b"', "''", "'\\u00e9'", "'\\n\\\\'", "'it\"s'", "\"😀\""];
const CONSTANTS = ["1", "0", "-1", "2.5", "1e3", "1E-7", "1e21", "true", "false", "null"];
const BROKEN = ["'open", '"\\x"', "'\\u12'", "`open", "1e999", "01", "1.", ".5", "!", "~", "/*", "//", "'\\", "\\", "\u00a0", "…"];
const BINARY = ["+", "-", "*", "/", "%", "&", "=", "!=", "<", "<=", ">", ">=", " and ", " or ", " in ", "~>", "?:", "??", ".."];
const SPACES = ["", "", "", "", " ", "\n", "\t", "\r\n", "\v", "/* note */", " /**/ ", "\f"];
const WORDS = [
  ...NAMES, ...VARIABLES, ...STRINGS, ...CONSTANTS, ...BROKEN, ...BINARY, ...SPACES,
  ".", "[", "]", "{", "}", "(", ")", ",", "@", "#", ";", ":", "?", "|", "^", ":=", "**", "%", "/a/", "/+/i", "<", ">", "^(", "@$x", "#$i", "{}", "[]", "[0]", "{}{}", "%.",
];
const REGEX = [
  "a", "b", "z", "0", "1", "9", "é", "😀", " ", ",", ":", "=", "!", "<", ">", "-", "\n", "_",
  "\\d", "\\w", "\\S", "\\1", "\\2", "\\8", "\\0", "\\77", "\\k", "\\k<a>", "\\k<b>", "\\c", "\\cA", "\\c_", "\\x4", "\\x41", "\\u00", "\\u0041",
  "\\u{61}", "\\u{", "\\p{L}", "\\q", "\\-", "\\/", "\\\\", "\\b", "\\B", "\\", "[", "]", "{", "}", "(", ")", "|", "^", "$", ".",
  "*", "+", "?", "*?", "{1}", "{1,}", "{2,1}", "{1,2}", "{,2}", "{a}", "{99999999999,5}", "{9999999999,}",
  "(?:", "(?=", "(?!", "(?<=", "(?<!", "(?<a>", "(?<b>", "(?<a", "(?<1>", "(?<ö>", "(?<a\\u003e", "(?<\\u0061>", "(?<\\u{62}>", "(?<$_>",
  "(?<\\ud83d\\ude00>", "(?<𝒜>", "(?P<a>", "(?>", "(?#",
  "[a-z]", "[z-a]", "[^", "[]", "[^]", "[\\d-z]", "[a-\\d]", "[\\b-a]", "[a-", "[😀-a]", "[\\cA-a]", "[\\c-a]", "[\\1-\\7]", "[\\400-a]", "[\\k]",
];
const SIGNATURE = ["s", "n", "b", "l", "o", "a", "f", "j", "x", "-", "?", "+", ":", "(", ")", "<", ">", "a<n>", "f<s:n>", "(sn)", "(s-n)", "(n-s)",
  "(^a)", "(a<n>s)", "1", "'['", "'\\\\'", "?:", "true", "null", "$n", " ", "1e21", "/a/", "`s`", ":=", ">=", "]", "😀", "é"];

/** A random expression. */
export function expression(random) {
  const pick = (list) => list[random(list.length)];
  const row = (list, most) => Array.from({ length: 1 + random(most) }, () => pick(list)).join("");
  // It is as deep as it likes, but never long.
  let left = 4 + random(20);
  const space = () => (random(6) ? "" : pick(SPACES));
  const list = (item, most = 3, between = ",") => Array.from({ length: random(most + 1) }, item).join(between + space());

  const operand = () => {
    if (--left < 0) return pick(NAMES);
    switch (random(22)) {
      case 0: case 1: case 2: case 3: case 4: return pick(NAMES);
      case 5: case 6: return pick(VARIABLES);
      case 7: return random(2) ? pick(STRINGS) : pick(CONSTANTS);
      case 8: return pick(["*", "**"]);
      case 9: case 10: return pick(["%", "%.%", "%.a", "%.%.b", "%.%.%.a"]);
      case 11: return `(${list(any, 3, ";")}${random(8) ? "" : ";"})`;
      case 12: return `(${path()})`;
      case 13: return `[${list(() => (random(5) ? any() : `${any()}..${any()}`))}]`;
      case 14: return `{${list(() => `${any()}:${any()}`, 2)}}`;
      case 15: return `-${operand()}`;
      case 16: return `${pick(["$map", "$f", "a", operand()])}(${list(() => (random(6) ? any() : "?"))})`;
      case 17: return `${pick(["function", "λ", "function", "`λ`"])}(${list(() => (random(8) ? pick(["$x", "$y", "$z[]"]) : any()))})${random(3) ? "" : signature()}{${any()}}`;
      case 18: return `$f(${regex()})`;
      case 19: return `|${any()}|${any()}${random(3) ? "" : `,${any()}`}|`;
      default: return path();
    }
  };
  const regex = () => `/${row(REGEX, 5)}/${pick(["", "", "", "i", "m", "im", "mi", "ii", "g"])}`;
  const signature = () => `<${row(SIGNATURE, 5)}>`;
  const path = () => {
    let text = operand();
    for (let length = 1 + random(4); length > 0; length -= 1) {
      text += space();
      switch (random(18)) {
        case 0: case 1: text += `[${any()}]`; break;
        case 2: text += "[]"; break;
        case 3: text += `{${list(() => `${any()}:${any()}`, 2)}}`; break;
        case 4: case 5: text += `@${pick(VARIABLES)}`; break;
        case 6: text += `#${pick(VARIABLES)}`; break;
        case 7: case 8: text += `^(${pick(["", "<", ">"])}${any()}${random(4) ? "" : `,${any()}`})`; break;
        case 9: text += `(${list(any)})`; break;
        case 10: text += `[%.${pick(NAMES)}]`; break;
        default: text += `.${operand()}`;
      }
    }
    return text;
  };
  const any = () => {
    if (left <= 0) return operand();
    switch (random(12)) {
      case 0: return `${operand()}${space()}${pick(BINARY)}${space()}${operand()}`;
      case 1: return `${any()}?${any()}${random(4) ? `:${any()}` : ""}`;
      case 2: return `${random(6) ? pick(VARIABLES) : operand()}:=${any()}`;
      case 3: case 4: case 5: case 6: case 7: return path();
      default: return operand();
    }
  };

  const text = random(12) ? any() : row(WORDS, 10);
  return random(3) ? text : mutated(text, random);
}

/** The expression with up to three of its words taken away, doubled, changed or swapped. */
function mutated(text, random) {
  const words = text.match(/'[^']*'|"[^"]*"|`[^`]*`|[\p{L}$\d]+|\s+|./gsu) ?? [];
  for (let changes = 1 + random(3); changes > 0 && words.length > 0; changes -= 1) {
    const at = random(words.length);
    const other = random(words.length);
    switch (random(4)) {
      case 0: words.splice(at, 1); break;
      case 1: words.splice(at, 0, words[other]); break;
      case 2: words[at] = WORDS[random(WORDS.length)]; break;
      default: [words[at], words[other]] = [words[other], words[at]];
    }
  }
  return words.join("");
}
