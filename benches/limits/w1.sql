-- One sync log by id, with its connector.
\set n random(1, :logs)
\set connector :n * 7919 % 2000 + 1
\set workspace CASE WHEN :connector <= 1600 THEN (:connector - 1) / 20 + 1 ELSE 81 + (:connector - 1601) % 120 END
SELECT l.workspace_connector_sync_log_id, l.status, l.trigger_type, l.started_at, l.completed_at, l.duration_ms, c.name
FROM core_api.workspace_connector_sync_logs l
JOIN core_api.workspace_connectors w ON w.pk = l.workspace_connector_pk AND w.deleted_at IS NULL
JOIN core_api.connectors c ON c.pk = w.connector_pk AND c.deleted_at IS NULL
WHERE l.workspace_connector_sync_log_id = md5('log' || :n)::uuid AND l.workspace_pk = :workspace AND l.deleted_at IS NULL;
