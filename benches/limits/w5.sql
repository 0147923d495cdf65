-- A sync log that begins, and its success, which moves the workspace connector's last success forward.
\set connector random(1, 2000)
INSERT INTO core_api.workspace_connector_sync_logs
    (status, trigger_type, started_at, metadata, created_at, workspace_connector_pk, workspace_pk)
SELECT 'in_progress', 'manual', now(), '{"slot": 1}', now(), pk, workspace_pk
FROM core_api.workspace_connectors
WHERE workspace_connector_id = md5('workspace connector' || :connector)::uuid AND deleted_at IS NULL
RETURNING workspace_connector_sync_log_id AS log, status, metadata \gset
WITH marked AS (
    UPDATE core_api.workspace_connector_sync_logs
    SET status = 'success', completed_at = now(), duration_ms = extract(epoch FROM now() - started_at) * 1000
    WHERE workspace_connector_sync_log_id = :log AND status = 'in_progress' AND deleted_at IS NULL
    RETURNING workspace_connector_pk, workspace_connector_sync_log_id, status, duration_ms
), moved AS (
    UPDATE core_api.workspace_connectors SET last_successful_sync_at = greatest(last_successful_sync_at, now())
    FROM marked WHERE pk = workspace_connector_pk
)
SELECT workspace_connector_sync_log_id, status, duration_ms FROM marked;
