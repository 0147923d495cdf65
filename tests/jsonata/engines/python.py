"""Reads `[expression, input]`, one a line, and writes what jsonata-python answers: `{"value": ...}`, `{"none": true}`,
which is null or nothing, or `{"error": ...}`."""

import json
import sys

import jsonata

for line in sys.stdin:
    expression, given = json.loads(line)
    try:
        value = jsonata.Jsonata(expression).evaluate(given)
        answer = {"none": True} if value is None else {"value": value}
        print(json.dumps(answer))
    except Exception as error:  # Of whatever kind: the answer is an error.
        print(json.dumps({"error": str(error) or type(error).__name__}))
