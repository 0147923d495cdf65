#!/usr/bin/env bash
# GraphiQL 5: `initialQuery` gets a tab of its own only for who has been there before, once `defaultTabs` are given.
#
# A link to GraphiQL usually carries an operation, which the page hands over as `initialQuery`; `defaultTabs` hold examples.
#
# Guess: the operation of the link is shown in a tab of its own, beside the examples or the tabs that were kept.
# Seen (@graphiql/react 0.39.1): beside tabs that were kept, yes. At a first visit the tabs are the default ones alone: the
# operation stands in the editor, under the name of the first example, and what is typed there goes into that tab.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cd "$scratch"
npm init -y >/dev/null
npm install --silent --no-audit --no-fund @graphiql/react@0.39.1 graphql@16.14.2 react@19.2.0 react-dom@19.2.0 >/dev/null
cat >seen.mjs <<'JS'
import assert from "node:assert/strict";
import { pathToFileURL } from "node:url";

// What the provider of GraphiQL computes its first tabs with.
const { getDefaultTabState } = await import(pathToFileURL("node_modules/@graphiql/react/dist/utility/tabs.js").href);
const query = "query Linked { viewer { role } }";
const defaultTabs = [{ query: "query Example { viewer { id } }" }];
const titles = (stored) => {
  const { tabs, activeTabIndex } = getDefaultTabState({ query, defaultTabs, storage: { get: () => stored } });
  return tabs.map(({ title }, index) => (index === activeTabIndex ? `[${title}]` : title)).join(" ");
};
const kept = { id: "1", title: "Kept", query: "{ a }", variables: null, headers: null, operationName: null, response: null };
const later = titles(JSON.stringify({ activeTabIndex: 0, tabs: [kept] }));
const first = titles(null);
console.log("a later visit:", later, " the first:", first);
assert.equal(later, "Kept [Linked]");
assert.equal(first, "[Example]");
JS
node seen.mjs
