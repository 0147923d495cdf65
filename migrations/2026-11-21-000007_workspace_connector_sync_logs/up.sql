CREATE TABLE IF NOT EXISTS core_api.workspace_connector_sync_logs (
    pk                              serial PRIMARY KEY,
    workspace_connector_sync_log_id uuid NOT NULL DEFAULT gen_random_uuid()
        CONSTRAINT workspace_connector_sync_logs_id_key UNIQUE,
    status                          core_api.connector_sync_status_enum NOT NULL DEFAULT 'scheduled',
    trigger_type                    core_api.sync_trigger_type_enum,
    cloud_task_id                   varchar(255),
    started_at                      timestamptz,
    completed_at                    timestamptz,
    duration_ms                     integer,
    error                           text,
    metadata                        jsonb,
    created_at                      timestamptz NOT NULL DEFAULT now(),
    updated_at                      timestamptz NOT NULL DEFAULT now(),
    deleted_at                      timestamptz,
    workspace_connector_pk          integer NOT NULL
        REFERENCES core_api.workspace_connectors (pk) ON UPDATE CASCADE ON DELETE CASCADE,
    workspace_pk                    integer NOT NULL
        REFERENCES core_api.workspaces (pk) ON UPDATE CASCADE ON DELETE CASCADE
);
SELECT core_api.ensure_constraint('workspace_connector_sync_logs',
    'workspace_connector_sync_logs_workspace_connector_scope',
    'FOREIGN KEY (workspace_pk, workspace_connector_pk) REFERENCES core_api.workspace_connectors (workspace_pk, pk)
     ON UPDATE CASCADE ON DELETE CASCADE');
SELECT core_api.ensure_constraint('workspace_connector_sync_logs',
    'workspace_connector_sync_logs_error_only_on_error',
    'CHECK (error IS NULL OR status = ''error'')');
SELECT core_api.ensure_constraint('workspace_connector_sync_logs',
    'workspace_connector_sync_logs_cloud_task_only_from_queue',
    'CHECK (cloud_task_id IS NULL OR (trigger_type IS NOT NULL AND trigger_type = ''cloud_task''))');
SELECT core_api.ensure_constraint('workspace_connector_sync_logs',
    'workspace_connector_sync_logs_duration_not_negative',
    'CHECK (duration_ms >= 0)');
CREATE INDEX IF NOT EXISTS idx_workspace_connector_sync_logs_wc_created
    ON core_api.workspace_connector_sync_logs (workspace_connector_pk, created_at DESC);
CREATE INDEX IF NOT EXISTS idx_workspace_connector_sync_logs_workspace
    ON core_api.workspace_connector_sync_logs (workspace_pk);
CREATE INDEX IF NOT EXISTS idx_workspace_connector_sync_logs_status
    ON core_api.workspace_connector_sync_logs (status);
CREATE INDEX IF NOT EXISTS idx_workspace_connector_sync_logs_workspace_created
    ON core_api.workspace_connector_sync_logs (workspace_pk, created_at DESC, pk DESC) WHERE deleted_at IS NULL;
DO $do$
BEGIN
    CREATE UNIQUE INDEX IF NOT EXISTS workspace_connector_sync_logs_wc_cloud_task_unique
        ON core_api.workspace_connector_sync_logs (workspace_connector_pk, cloud_task_id)
        WHERE cloud_task_id IS NOT NULL AND deleted_at IS NULL;
EXCEPTION WHEN unique_violation THEN
    RAISE WARNING 'old sync logs share a cloud task: workspace_connector_sync_logs_wc_cloud_task_unique is not made';
END
$do$;
SELECT core_api.ensure_row_rules('workspace_connector_sync_logs', 'workspace_connector_sync_log_id');
-- A final status stays, whoever writes.
CREATE OR REPLACE TRIGGER workspace_connector_sync_logs_final_status_immutable
    BEFORE UPDATE ON core_api.workspace_connector_sync_logs FOR EACH ROW
    WHEN (OLD.status::text IN ('success', 'error') AND NEW.status IS DISTINCT FROM OLD.status)
    EXECUTE FUNCTION core_api.refuse_change('status');

COMMENT ON TABLE core_api.workspace_connector_sync_logs IS
    'One sync run of one connection, from when it was scheduled to its end.';
COMMENT ON COLUMN core_api.workspace_connector_sync_logs.pk IS
    'Internal key, the target of joins; never leaves the server.';
COMMENT ON COLUMN core_api.workspace_connector_sync_logs.workspace_connector_sync_log_id IS
    'Public id, given by the database and never changed.';
COMMENT ON COLUMN core_api.workspace_connector_sync_logs.status IS 'Where the run stands.';
COMMENT ON COLUMN core_api.workspace_connector_sync_logs.trigger_type IS
    'What started the run; null where it was not recorded.';
COMMENT ON COLUMN core_api.workspace_connector_sync_logs.cloud_task_id IS
    'Full name of the queue''s task, by which retries are told from new runs; only on runs the queue started.';
COMMENT ON COLUMN core_api.workspace_connector_sync_logs.started_at IS
    'When the run went to work; null while it is scheduled and when it was never picked up.';
COMMENT ON COLUMN core_api.workspace_connector_sync_logs.completed_at IS
    'When the run ended; set exactly while its status is success or error.';
COMMENT ON COLUMN core_api.workspace_connector_sync_logs.duration_ms IS
    'Milliseconds from start to end; null when the run never started.';
COMMENT ON COLUMN core_api.workspace_connector_sync_logs.error IS
    'What went wrong, for people; only on runs that ended in error.';
COMMENT ON COLUMN core_api.workspace_connector_sync_logs.metadata IS
    'Free-form facts about the run, such as the number of records; no rule depends on them.';
COMMENT ON COLUMN core_api.workspace_connector_sync_logs.created_at IS 'When the row was made.';
COMMENT ON COLUMN core_api.workspace_connector_sync_logs.updated_at IS
    'When the row last changed; every change moves it forward.';
COMMENT ON COLUMN core_api.workspace_connector_sync_logs.deleted_at IS
    'When the row was deleted; null while it is live. Deleted rows stay for audit.';
COMMENT ON COLUMN core_api.workspace_connector_sync_logs.workspace_connector_pk IS 'The connection that was synced.';
COMMENT ON COLUMN core_api.workspace_connector_sync_logs.workspace_pk IS
    'The workspace of the connection, never changed.';
