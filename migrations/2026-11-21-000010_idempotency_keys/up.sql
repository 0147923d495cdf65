CREATE TABLE IF NOT EXISTS core_api.idempotency_keys (
    pk           serial PRIMARY KEY,
    principal    text NOT NULL,
    key          varchar(255) NOT NULL,
    operation    text NOT NULL,
    request_hash bytea NOT NULL,
    response     jsonb,
    result_pk    integer,
    created_at   timestamptz NOT NULL DEFAULT now(),
    workspace_pk integer NOT NULL REFERENCES core_api.workspaces (pk) ON UPDATE CASCADE ON DELETE CASCADE,
    CONSTRAINT idempotency_keys_workspace_principal_key UNIQUE (workspace_pk, principal, key)
);
CREATE INDEX IF NOT EXISTS idx_idempotency_keys_created ON core_api.idempotency_keys (created_at);
SELECT core_api.ensure_row_rules('idempotency_keys');

COMMENT ON TABLE core_api.idempotency_keys IS
    'What a caller was answered to a mutation it named with a key, so that repeating it does nothing twice.';
COMMENT ON COLUMN core_api.idempotency_keys.pk IS 'Internal key; never leaves the server.';
COMMENT ON COLUMN core_api.idempotency_keys.principal IS 'Who asked: an identity or an API key.';
COMMENT ON COLUMN core_api.idempotency_keys.key IS 'The key the caller gave, its own within the workspace.';
COMMENT ON COLUMN core_api.idempotency_keys.operation IS 'The mutation that was asked for.';
COMMENT ON COLUMN core_api.idempotency_keys.request_hash IS
    'Hash of the input, by which the same key with another input is told from a repeat.';
COMMENT ON COLUMN core_api.idempotency_keys.response IS 'What is answered to a repeat; null while the first is at work.';
COMMENT ON COLUMN core_api.idempotency_keys.result_pk IS 'Internal key of the row the mutation made, if it made one.';
COMMENT ON COLUMN core_api.idempotency_keys.created_at IS 'When the row was made; old keys are forgotten by it.';
COMMENT ON COLUMN core_api.idempotency_keys.workspace_pk IS 'The workspace that owns the row, never changed.';
