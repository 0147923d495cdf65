import assert from "node:assert/strict";
import { test } from "node:test";
import { announcements, corrections, faults, refusedBreaks, shortNotices, undatedDeprecations } from "./policy.js";

const RELEASED = "type Query { task: Int, old: Int, list(first: Int): Int } enum Color { RED BLUE }";
const TODAY = "2027-05-01";
const announcing = (heading, line) => `# Changelog\n\n## ${heading}\n\n### Announced breaks\n\n${line}\n`;

test("an addition is no break", async () => {
  const wider = RELEASED.replace("task: Int", "task: Int, fresh: Int").replace("first: Int", "first: Int, after: Int");
  assert.deepEqual(await refusedBreaks(RELEASED, wider, "", TODAY), []);
});

for (const [what, path, from, to] of [
  ["a field taken away", "Query.old", "old: Int, ", ""],
  ["a type of a field changed", "Query.task", "task: Int", "task: String"],
  ["an argument taken away", "Query.list.first", "list(first: Int)", "list"],
  ["an argument made mandatory", "Query.list.first", "first: Int", "first: Int!"],
  ["a value of an enum taken away", "Color.BLUE", " BLUE", ""],
]) {
  test(`${what} is refused until a release has announced it and its day has come`, async () => {
    const refused = (changelog) => refusedBreaks(RELEASED, RELEASED.replace(from, to), changelog, TODAY);
    const said = await refused("");
    assert.equal(said.length, 1);
    assert.ok(said[0].startsWith(`${path}: `), said[0]);
    assert.equal((await refused(announcing("Unreleased", `- \`${path}\` on 2027-05-01: gone.`))).length, 1);
    assert.equal((await refused(announcing("1.0.0 (2026-11-01)", `- \`${path}\` on 2027-05-02: gone.`))).length, 1);
    assert.equal((await refused(announcing("1.0.0 (2026-11-01)", `- \`Query.other\` on 2027-05-01: gone.`))).length, 1);
    assert.deepEqual(await refused(announcing("1.0.0 (2026-11-01)", `- \`${path}\` on 2027-05-01: gone.`)), []);
  });
}

test("an announcement says what and when", () => {
  for (const line of [
    "- Query.old on 2027-05-01: gone.",
    "- `Query.old`: gone.",
    "- `Query.old` on 2027-02-30: gone.",
  ]) {
    assert.throws(() => announcements(announcing("1.0.0 (2026-11-01)", line)), /announces without/);
  }
});

test("a field may become nullable at once where the changelog corrects it, and may not change otherwise", async () => {
  const sure = RELEASED.replace("task: Int", "task: Int!");
  const correcting = "## Unreleased\n\n### Corrections\n\n- `Query.task`: it failed with its row.\n";
  assert.equal((await refusedBreaks(sure, RELEASED, "", TODAY)).length, 1);
  assert.deepEqual(await refusedBreaks(sure, RELEASED, correcting, TODAY), []);
  for (const other of ["task: String", "old: Int!"]) {
    const changed = sure.replace("task: Int!", other).replace("old: Int,", "");
    assert.notEqual((await refusedBreaks(sure, changed, correcting, TODAY)).length, 0, other);
  }
  assert.throws(() => corrections("### Corrections\n- Query.task: it failed.\n"), /corrects without/);
});

test("a release says on which day it was", () => {
  assert.throws(() => announcements("## 1.0.0\n"), /release without its day/);
});

test("a break is announced 180 days ahead", () => {
  const notices = (heading, date) => shortNotices(announcing(heading, `- \`Query.old\` on ${date}: gone.`), TODAY);
  assert.equal(notices("Unreleased", "2027-10-27").length, 1);
  assert.deepEqual(notices("Unreleased", "2027-10-28"), []);
  assert.equal(notices("1.0.0 (2026-11-01)", "2027-04-29").length, 1);
  assert.deepEqual(notices("1.0.0 (2026-11-01)", "2027-04-30"), []);
});

for (const [place, path] of [
  ["type Query { task: Int, old: Int @deprecated(reason: REASON) }", "Query.old"],
  ["type Query { task(by: Int @deprecated(reason: REASON)): Int }", "Query.task.by"],
  ["type Query { task(by: By): Int } input By { old: Int @deprecated(reason: REASON) }", "By.old"],
  ["type Query { task: Color } enum Color { RED BLUE @deprecated(reason: REASON) }", "Color.BLUE"],
]) {
  test(`the deprecation of ${path} says when it ends, and the changelog as well`, () => {
    const deprecated = (reason) => place.replace("REASON", JSON.stringify(reason));
    const announced = announcing("Unreleased", `- \`${path}\` on 2027-05-01: gone.`);
    const undated = (reason, changelog) => undatedDeprecations(deprecated(reason), changelog);
    assert.match(undated("Use `task`.", announced)[0], new RegExp(`^${path}: its deprecation does not say`));
    assert.match(undated("Ends on 2027-13-01.", announced)[0], /does not say/);
    assert.match(undated("Ends on 2027-06-01.", announced)[0], /changelog does not announce/);
    assert.deepEqual(undated("Ends on 2027-05-01; use `task`.", announced), []);
  });
}

test("a schema that graphql-js refuses has faults", () => {
  assert.deepEqual(faults(RELEASED), []);
  assert.match(
    faults("type Query { task: Int } interface Node { id: ID! } type Task implements Node { name: Int }")[0],
    /id/,
  );
});
