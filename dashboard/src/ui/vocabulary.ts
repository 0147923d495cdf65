import { own, words } from './format';

/** How serious something is; also the class of its colour. */
type Tone = 'good' | 'busy' | 'warning' | 'bad' | 'quiet';

interface Word {
  readonly label: string;
  readonly tone: Tone;
}

/** How the values of the API's enums are shown. A value that is newer than this page is shown by its name,
 * and one that is newer than the server as unknown. */
const WORDS: Record<string, Record<string, Word>> = {
  run: {
    SCHEDULED: { label: 'Scheduled', tone: 'quiet' },
    IN_PROGRESS: { label: 'In progress', tone: 'busy' },
    SUCCESS: { label: 'Success', tone: 'good' },
    ERROR: { label: 'Error', tone: 'bad' },
  },
  state: {
    CONNECTED: { label: 'Connected', tone: 'good' },
    CONNECTING: { label: 'Connecting', tone: 'busy' },
    ERROR: { label: 'Broken', tone: 'bad' },
    MISSING: { label: 'Not connected', tone: 'quiet' },
  },
  health: {
    HEALTHY: { label: 'Healthy', tone: 'good' },
    SILENT: { label: 'Silent', tone: 'warning' },
    STALE: { label: 'Stale', tone: 'warning' },
    NEVER_DISPATCHED: { label: 'Never dispatched', tone: 'bad' },
    HUNG: { label: 'Hung', tone: 'bad' },
  },
  severity: {
    FAILURE: { label: 'Failure', tone: 'bad' },
    INFORMATIONAL: { label: 'Informational', tone: 'quiet' },
  },
  collect: {
    TODO: { label: 'To do', tone: 'quiet' },
    IN_PROGRESS: { label: 'In progress', tone: 'busy' },
    FINALIZED: { label: 'Finalized', tone: 'good' },
    ERROR: { label: 'Error', tone: 'bad' },
  },
  task: {
    ICE_LOG: { label: 'Ice log', tone: 'quiet' },
    OPEN: { label: 'Open', tone: 'busy' },
    IN_PROGRESS: { label: 'In progress', tone: 'busy' },
    DONE: { label: 'Done', tone: 'good' },
    BLOCKED: { label: 'Blocked', tone: 'bad' },
    CANCELLED: { label: 'Cancelled', tone: 'quiet' },
    ARCHIVED: { label: 'Archived', tone: 'quiet' },
  },
  document: {
    PENDING: { label: 'Pending', tone: 'quiet' },
    EXTRACTING: { label: 'Extracting', tone: 'busy' },
    CATEGORIZED: { label: 'Categorized', tone: 'busy' },
    EXTRACTED: { label: 'Extracted', tone: 'good' },
    SKIPPED: { label: 'Skipped', tone: 'quiet' },
    FAILED: { label: 'Failed', tone: 'bad' },
    REJECTED: { label: 'Rejected', tone: 'bad' },
  },
};

export type Vocabulary = 'run' | 'state' | 'health' | 'severity' | 'collect' | 'task' | 'document';

export function word(vocabulary: Vocabulary, value: string | null | undefined): Word {
  return own(WORDS[vocabulary], value) ?? { label: words(value), tone: 'quiet' };
}

/** All values of an enum, for a filter. */
export function choices(vocabulary: Vocabulary): { value: string; label: string }[] {
  return Object.entries(WORDS[vocabulary] ?? {}).map(([value, { label }]) => ({ value, label }));
}

/** What sets a run off. */
export const TRIGGERS = [
  { value: 'CLOUD_TASK', label: 'Queue' },
  { value: 'MANUAL', label: 'A person' },
  { value: 'OAUTH_CALLBACK', label: 'Authorisation' },
];

export const triggerLabel = (trigger: string) => TRIGGERS.find(({ value }) => value === trigger)?.label ?? trigger;

/** The reasons of diagnostics that stop nothing. */
const INFORMATIONAL = [
  'JURY_RUN',
  'JURY_DISAGREEMENT',
  'SCHEMA_DRIFT_DETECTED',
  'TARGET_SKIPPED',
  'STRUCTURED_PIPELINE_DEGRADED',
  'STRUCTURED_PIPELINE_FELL_BACK_TO_LEGACY',
  'TOOL_SELECTION_PINNED',
];

/** The reasons of failures, each with what helps. */
const ADVICE: Record<string, string> = {
  NO_SUITABLE_TOOL: 'No tool of the connector returns this. Leave the target out, or ask the provider.',
  TOOL_NOT_FOUND: 'The tool was renamed or removed by the provider. Regenerate the mapping.',
  AUTH_SCOPE_INSUFFICIENT: 'Reconnect, and grant the access that is missing.',
  TOOL_EXECUTION_FAILED: 'The provider failed. It is tried again with the next run.',
  EMPTY_RESULT: 'The tool answered with nothing. Check that the account holds data.',
  JSONATA_GENERATION_FAILED: 'Give the mapping instructions, and regenerate it.',
  JURY_PARTIAL: 'Not all panelists answered. It is tried again with the next run.',
  JURY_QUORUM_LOST: 'Too few panelists answered. It is tried again with the next run.',
  BLUEPRINT_PERSISTENCE_FAILED: 'The mapping could not be stored. It is tried again with the next run.',
  MAPPED_ENTITIES_DROPPED: 'No entity had its required fields. Regenerate the mapping.',
  MAPPED_ENTITIES_PARTIAL_DROP: 'Some entities lack a required field. Look at the mapping.',
  FK_PARENT_MISSING: 'What the entities belong to was not synced yet. Wait for the next run.',
  ENTITY_PERSIST_FAILED: 'The entities could not be stored. It is tried again with the next run.',
  SYNC_FK_DAG_CYCLE: 'The targets depend on each other in a circle. Look at the mappings.',
  REGRESSION_REVERTED: 'A new mapping brought nothing, and the old one is back.',
  MAPPING_GENERATION_HARD_FAIL: 'The mapping cannot be made. Give it instructions.',
};

export const advice = (reason: string | null | undefined): string | undefined => own(ADVICE, reason);
export const REASONS = [...Object.keys(ADVICE), ...INFORMATIONAL];

export const TARGET_MODELS = [
  'COMPANY',
  'PEOPLE',
  'INVOICE',
  'TRANSACTION',
  'ACCOUNT',
  'LEDGER_ACCOUNT',
  'JOURNAL',
  'JOURNAL_ENTRY',
  'EMAIL',
  'PAYMENT_MEANS',
  'INVOICE_TRANSACTION',
  'DOCUMENT',
];
