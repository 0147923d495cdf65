-- 20 workspace connectors, each with its 5 latest sync logs, diagnostics and documents: one set of rows of four kinds.
\set workspace random(1, 80)
WITH page AS MATERIALIZED (
    SELECT w.pk, w.workspace_connector_id, w.status, c.name, w.created_at
    FROM core_api.workspace_connectors w
    JOIN core_api.connectors c ON c.pk = w.connector_pk AND c.deleted_at IS NULL
    WHERE w.workspace_pk = :workspace AND w.deleted_at IS NULL
    ORDER BY w.created_at DESC, w.pk DESC
    LIMIT 20
)
SELECT pk, workspace_connector_id, status, name, NULL::uuid, NULL::core_api.connector_sync_status_enum,
       NULL::timestamptz, NULL::int, NULL::uuid, NULL::core_api.sync_failure_reason_enum, NULL::text, NULL::timestamptz,
       NULL::core_api.direction_enum, NULL::timestamptz, NULL::uuid, NULL::text
FROM page
UNION ALL
SELECT page.pk, NULL, NULL, NULL, l.workspace_connector_sync_log_id, l.status, l.created_at, l.duration_ms,
       NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL
FROM page CROSS JOIN LATERAL (
    SELECT l.workspace_connector_sync_log_id, l.status, l.created_at, l.duration_ms
    FROM core_api.workspace_connector_sync_logs l
    WHERE l.workspace_pk = :workspace AND l.workspace_connector_pk = page.pk AND l.deleted_at IS NULL
    ORDER BY l.created_at DESC, l.pk DESC
    LIMIT 5
) l
UNION ALL
SELECT page.pk, NULL, NULL, NULL, NULL, NULL, NULL, NULL, d.diagnostic_id, d.reason, d.detail, d.occurred_at,
       NULL, NULL, NULL, NULL
FROM page CROSS JOIN LATERAL (
    SELECT d.diagnostic_id, d.reason, d.detail, d.occurred_at
    FROM core_api.connector_sync_diagnostics d
    WHERE d.workspace_pk = :workspace AND d.workspace_connector_pk = page.pk AND d.deleted_at IS NULL
    ORDER BY d.occurred_at DESC, d.pk DESC
    LIMIT 5
) d
UNION ALL
SELECT page.pk, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
       k.direction, k.created_at, k.document_id, k.filename
FROM page CROSS JOIN LATERAL (
    SELECT k.direction, k.created_at, d.document_id, d.filename
    FROM core_api.document_workspace_connectors k
    JOIN core_api.documents d ON d.pk = k.document_pk AND d.workspace_pk = :workspace AND d.deleted_at IS NULL
    WHERE k.workspace_pk = :workspace AND k.workspace_connector_pk = page.pk AND k.deleted_at IS NULL
    ORDER BY k.created_at DESC, k.pk DESC
    LIMIT 5
) k;
