-- How many sync logs a workspace had of each status on each of 30 days.
\set workspace random(1, 80)
SELECT date_bin('1 day', created_at, '2026-01-01 00:00:00+00'), status, count(*)
FROM core_api.workspace_connector_sync_logs
WHERE workspace_pk = :workspace AND deleted_at IS NULL
  AND created_at >= '2026-01-01 00:00:00+00' AND created_at < '2026-01-31 00:00:00+00'
GROUP BY 1, 2;
