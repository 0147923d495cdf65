#!/usr/bin/env bash
# In V8 an escaped `>` ends the name of a group in a regular expression.
# Guess: `(?<a\u003e.)` is a syntax error. ECMAScript allows `\u` in the name of a group, but the character that it stands
#   for has to be one of an identifier, which `>` is not, and the name needs a `>` of its own to end.
# Seen: Node.js 20 and newer take it, as a group with the name "a".
set -euo pipefail
seen=$(node -e 'console.log(process.versions.v8, Object.keys(new RegExp("(?<a\\u003e.)").exec("x").groups).join())')
echo "V8 and the names of the groups: $seen"
[ "${seen#* }" = "a" ]
