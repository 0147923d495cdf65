// Shows one thing after the other. Every step asserts what it shows, so that this is a test as well.
import { Client } from "./client.js";
import * as errors from "./errors.js";
import { follow } from "./following.js";
import * as reading from "./reading.js";
import * as writing from "./writing.js";

const url = setting("WELL_URL");
const member = new Client(url, setting("WELL_TOKEN_MEMBER"));
const guest = new Client(url, setting("WELL_TOKEN_GUEST"));
const service = new Client(url, setting("WELL_KEY_SERVICE"));

// An event that never comes would be waited for without end.
setTimeout(() => process.exit(1), 120_000).unref();

await reading.list(member);
await reading.pageThroughEverything(member);
await reading.filter(member);
const endedLog = await writing.sync(service);
await follow(service);

console.log("What goes wrong has a code:");
await errors.unauthenticated(url);
await errors.forbidden(guest);
await errors.badInput(member);
await errors.refused(service, endedLog);
await errors.overTheLimit(member);
await errors.passing(service);

function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set; examples/run sets it.`);
  return value;
}
