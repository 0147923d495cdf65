#!/usr/bin/env bash
# npm's jsonata 2.2.2 encodes a text in base64 as Latin-1, and so loses every character that is not in it.
# Guess: `$base64encode` takes the bytes of UTF-8, as jsonata-python and jsonata-rs do: "é" is w6k=.
# Seen: "é" is 6Q== (Latin-1). "€", which Latin-1 lacks, becomes the byte AC, and decodes as "¬"; no error says so.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm install --silent --no-audit --no-fund jsonata@2.2.2

seen=$(node -e '
const evaluate = (text) => require("jsonata")(text).evaluate({ e: "é", euro: "€" });
Promise.all(["$base64encode(e)", "$base64encode(euro)", "$base64decode($base64encode(euro))"].map(evaluate))
  .then((values) => console.log(values.join(" ")));')
echo "npm jsonata 2.2.2: $seen"
[ "$seen" = "6Q== rA== ¬" ]
