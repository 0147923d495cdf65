import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const schema = readFileSync(new URL('../../schema.graphql', import.meta.url), 'utf8').replace(/"""[\s\S]*?"""/g, '');
const vocabulary = readFileSync(new URL('../src/ui/vocabulary.ts', import.meta.url), 'utf8');
const router = readFileSync(new URL('../src/app/router.tsx', import.meta.url), 'utf8');
const server = readFileSync(new URL('../../src/server/dashboard/mod.rs', import.meta.url), 'utf8');

const ENUMS = [
  'ConnectorSyncStatus',
  'ConnectionState',
  'WorkspaceConnectorHealthStatus',
  'Severity',
  'CollectStatus',
  'TaskStatus',
  'DocumentProcessingStatus',
  'SyncFailureReason',
  'TargetModel',
  'SyncTriggerType',
];

test('the page has words for every value of the enums that it shows', () => {
  for (const name of ENUMS) {
    const [, values] = new RegExp(`^enum ${name} \\{([^}]*)\\}`, 'm').exec(schema);
    for (const value of values.trim().split(/\s+/)) {
      assert.match(vocabulary, new RegExp(`\\b${value}\\b`), `${name}.${value}`);
    }
  }
});

test('the server knows the address of every view', () => {
  const views = [...router.matchAll(/path: '([^']+)'/g)].map(([, path]) => path.replace('$id', '{id}'));
  const [, list] = /const VIEWS: [^=]+= \[([^\]]*)\]/.exec(server);
  const known = [...list.matchAll(/"([^"]+)"/g)].map(([, path]) => path);
  assert.deepEqual(known.sort(), views.sort());
});
