#!/usr/bin/env bash
# The crate regress 0.12.0, an engine for the regular expressions of ECMAScript, repeats word boundaries, and knows code
# points in braces without the flag `u`.
# Guess: `\b+` and `\u{61}+` are refused, as by every JavaScript engine: of assertions only look-aheads can be repeated, and
#   without `u`, `\u{61}` is 61 times the letter u, which cannot be repeated again.
# Seen: `\b+`, `\B{2}` and `\u{61}+` compile. Of 700,000 random patterns, regress took only such ones, and what ECMAScript
#   2025 adds, that Node.js 20 refused, and refused none that Node.js took.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cargo init --quiet --name probe .
cargo add --quiet regress@=0.12.0
cat >src/main.rs <<'RUST'
fn main() {
    let taken = ["\\b+", "\\B{2}", "\\u{61}+", "^+"].map(|pattern| regress::Regex::new(pattern).is_ok());
    println!("{taken:?}");
}
RUST
regress=$(cargo run --quiet)
node=$(node -e 'console.log(["\\b+", "\\B{2}", "\\u{61}+", "^+"].map((p) => { try { new RegExp(p); return true; } catch { return false; } }).join(", "))')
echo "regress 0.12.0: $regress"
echo "Node.js: [$node]"
[ "$regress" = "[true, true, true, false]" ] && [ "$node" = "false, false, false, false" ]
