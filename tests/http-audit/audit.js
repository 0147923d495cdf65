// Runs every check of the audit suite against WELL_URL, as a member of the demo's workspace. Only `ok` will do: the
// suite's `notice` and `warn` stand for what the specification recommends.
import { auditServer } from "graphql-http";

const url = process.env.WELL_URL;
const token = process.env.WELL_TOKEN_MEMBER;

const results = await auditServer({
  url: `${url}/graphql`,
  fetchFn: (target, init) =>
    fetch(target, { ...init, headers: { ...init?.headers, authorization: `Bearer ${token}` } }),
});

const missed = results.filter((result) => result.status !== "ok");
for (const { id, name, status, reason } of missed) {
  console.error(`${status} ${id}: ${name}\n  ${reason ?? ""}`);
}
console.log(`${results.length - missed.length} of ${results.length} checks are ok`);
process.exitCode = results.length > 0 && missed.length === 0 ? 0 : 1;
