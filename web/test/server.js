import { execFile, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const TARGET = process.env.CARGO_TARGET_DIR ?? new URL('../../target', import.meta.url).pathname;
const PROGRAM = process.env.WELL_PROGRAM ?? join(TARGET, 'debug/well-ingestion');

/** The environment without the settings of somebody's own server. */
const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^(DATABASE_URL$|JWT_|WELL_)/.test(name)));

// No server outlives the tests, also when they are interrupted.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, () => process.exit(1));

/** Starts the server with a PostgreSQL and a data folder of its own. */
export async function startServer(...args) {
  const data = join(tmpdir(), `well-web-${randomUUID()}`);
  const server = spawn(PROGRAM, ['--data-dir', data, '--listen', '127.0.0.1:0', ...args], { env });
  process.once('exit', () => server.kill('SIGTERM'));
  const ended = new Promise((resolve) => server.once('close', resolve));
  const url = await announcedUrl(server, ended);
  return {
    url,
    data,
    /** A token for a subject. */
    async token(subject, ...how) {
      const made = await promisify(execFile)(PROGRAM, ['token', '--subject', subject, '--data-dir', data, ...how], { env });
      return made.stdout.trim();
    },
    /** The data of an operation that is asked without a browser. */
    async ask(token, query, variables, workspace) {
      const headers = { 'content-type': 'application/json', authorization: `Bearer ${token}`, ...(workspace && { 'x-workspace-id': workspace }) };
      const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query, variables }) });
      return (await response.json()).data;
    },
    async stop() {
      server.kill('SIGTERM');
      await ended;
      await rm(data, { recursive: true, force: true });
    },
  };
}

/** The address that the server prints when it listens. */
async function announcedUrl(server, ended) {
  let said = '';
  const announced = new Promise((resolve) => {
    const read = (chunk) => {
      said += chunk;
      const url = /(http:\S+)\/graphiql/.exec(said);
      if (url) resolve(url[1]);
    };
    server.stdout.on('data', read);
    server.stderr.on('data', read);
  });
  const gone = ended.then((code) => {
    throw new Error(`the server ended with ${code}:\n${said}`);
  });
  return Promise.race([announced, gone]);
}
