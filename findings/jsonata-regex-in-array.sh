#!/usr/bin/env bash
# npm's jsonata 2.2.2 takes a regular expression as an argument of a call, but not as the first item of an array, nor in
# parentheses: after a bracket that begins a value, it reads `/` as a division.
# Guess: a regular expression may stand wherever a value may, so `[/a/]` and `(/a/)` are good.
# Seen: S0211 ("cannot be used as a unary operator") for both. As the second item, `[1, /a/]`, it is good again.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund jsonata@2.2.2

seen=$(node -e '
const compiled = (text) => { try { require("jsonata")(text); return "good"; } catch (error) { return error.code; } };
console.log(["$f(/a/)", "[/a/]", "(/a/)", "[1, /a/]"].map(compiled).join(" "));')
echo "npm jsonata 2.2.2: $seen"
[ "$seen" = "good S0211 S0211 good" ]
