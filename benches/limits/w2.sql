-- The newest 50 sync logs of a workspace, each with its connector and the workspace.
\set workspace random(1, 200)
SELECT l.workspace_connector_sync_log_id, l.status, l.trigger_type, l.created_at, l.started_at, l.completed_at,
       l.duration_ms, w.workspace_connector_id, w.account_label, c.name, s.workspace_id, s.name
FROM core_api.workspace_connector_sync_logs l
JOIN core_api.workspace_connectors w ON w.pk = l.workspace_connector_pk AND w.deleted_at IS NULL
JOIN core_api.connectors c ON c.pk = w.connector_pk AND c.deleted_at IS NULL
JOIN core_api.workspaces s ON s.pk = l.workspace_pk AND s.deleted_at IS NULL
WHERE l.workspace_pk = :workspace AND l.deleted_at IS NULL
ORDER BY l.created_at DESC, l.pk DESC
LIMIT 50;
