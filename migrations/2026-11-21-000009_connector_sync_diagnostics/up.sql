CREATE TABLE IF NOT EXISTS core_api.connector_sync_diagnostics (
    pk                     serial PRIMARY KEY,
    diagnostic_id          uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT connector_sync_diagnostics_id_key UNIQUE,
    target_model           core_api.target_model_enum NOT NULL,
    tool_name              text,
    reason                 core_api.sync_failure_reason_enum NOT NULL,
    http_status            integer,
    detail                 text NOT NULL,
    occurred_at            timestamptz NOT NULL DEFAULT now(),
    created_at             timestamptz NOT NULL DEFAULT now(),
    updated_at             timestamptz,
    deleted_at             timestamptz,
    workspace_pk           integer NOT NULL
        REFERENCES core_api.workspaces (pk) ON UPDATE CASCADE ON DELETE CASCADE,
    workspace_connector_pk integer NOT NULL
        REFERENCES core_api.workspace_connectors (pk) ON UPDATE CASCADE ON DELETE CASCADE
);
SELECT core_api.ensure_constraint('connector_sync_diagnostics',
    'connector_sync_diagnostics_workspace_connector_scope',
    'FOREIGN KEY (workspace_pk, workspace_connector_pk) REFERENCES core_api.workspace_connectors (workspace_pk, pk)
     ON UPDATE CASCADE ON DELETE CASCADE');
CREATE INDEX IF NOT EXISTS idx_connector_sync_diagnostics_workspace_occurred
    ON core_api.connector_sync_diagnostics (workspace_pk, occurred_at DESC, pk DESC) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS idx_connector_sync_diagnostics_wc_occurred
    ON core_api.connector_sync_diagnostics (workspace_connector_pk, occurred_at DESC, pk DESC)
    WHERE deleted_at IS NULL;
-- What retention deletes by, deleted rows included.
CREATE INDEX IF NOT EXISTS idx_connector_sync_diagnostics_wc_created
    ON core_api.connector_sync_diagnostics (workspace_connector_pk, created_at);
SELECT core_api.ensure_row_rules('connector_sync_diagnostics', 'diagnostic_id');
SELECT core_api.ensure_immutable('connector_sync_diagnostics', 'occurred_at',
    'connector_sync_diagnostics_occurred_at_immutable');

COMMENT ON TABLE core_api.connector_sync_diagnostics IS
    'Something worth knowing that happened while a connection was synced; kept for a limited time.';
COMMENT ON COLUMN core_api.connector_sync_diagnostics.pk IS
    'Internal key, the target of joins; never leaves the server.';
COMMENT ON COLUMN core_api.connector_sync_diagnostics.diagnostic_id IS
    'Public id, given by the database and never changed.';
COMMENT ON COLUMN core_api.connector_sync_diagnostics.target_model IS 'The kind of entity that was being synced.';
COMMENT ON COLUMN core_api.connector_sync_diagnostics.tool_name IS
    'The tool that was in use; null when no tool had been selected yet.';
COMMENT ON COLUMN core_api.connector_sync_diagnostics.reason IS 'What happened; its severity follows from it.';
COMMENT ON COLUMN core_api.connector_sync_diagnostics.http_status IS
    'Status code the tool answered with; null when it was not called.';
COMMENT ON COLUMN core_api.connector_sync_diagnostics.detail IS 'What happened, in words for people.';
COMMENT ON COLUMN core_api.connector_sync_diagnostics.occurred_at IS
    'When it happened, which may be before the row was made; never changed.';
COMMENT ON COLUMN core_api.connector_sync_diagnostics.created_at IS 'When the row was made; retention counts from it.';
COMMENT ON COLUMN core_api.connector_sync_diagnostics.updated_at IS
    'When the row last changed; every change moves it forward.';
COMMENT ON COLUMN core_api.connector_sync_diagnostics.deleted_at IS
    'When the row was deleted; null while it is live.';
COMMENT ON COLUMN core_api.connector_sync_diagnostics.workspace_pk IS
    'The workspace of the connection, never changed.';
COMMENT ON COLUMN core_api.connector_sync_diagnostics.workspace_connector_pk IS 'The connection that was synced.';
