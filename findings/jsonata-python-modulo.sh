#!/usr/bin/env bash
# PyPI's jsonata-python 0.7.1 gives the remainder of a division as a whole number.
# Guess: `5.5 % 2` is 1.5, as in the reference (npm's jsonata 2.2.2), since both speak of numbers as IEEE 754 doubles.
# Seen: 1.5 with npm, 1 with Python; the operands themselves are not rounded, `5.5 - 2` is 3.5 for both.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund jsonata@2.2.2
python3 -m venv venv
venv/bin/pip install --quiet --disable-pip-version-check jsonata-python==0.7.1

npm=$(node -e 'require("jsonata")("[amount % 2, amount - 2]").evaluate({ amount: 5.5 }).then((v) => console.log(JSON.stringify(v)))')
python=$(venv/bin/python -c 'import jsonata, json
print(json.dumps(jsonata.Jsonata("[amount % 2, amount - 2]").evaluate({"amount": 5.5}), separators=(",", ":")))')
echo "npm jsonata 2.2.2: $npm"
echo "jsonata-python 0.7.1: $python"
[ "$npm" = "[1.5,3.5]" ] && [ "$python" = "[1,3.5]" ]
