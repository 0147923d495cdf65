-- The planner multiplies how selective a workspace and a workspace connector are, though the one follows from the other,
-- and then sorts what an index has in order. These have both and the order.
CREATE INDEX IF NOT EXISTS idx_workspace_connector_sync_logs_wc_list
    ON core_api.workspace_connector_sync_logs (workspace_pk, workspace_connector_pk, created_at DESC, pk DESC)
    WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS idx_connector_sync_diagnostics_wc_list
    ON core_api.connector_sync_diagnostics (workspace_pk, workspace_connector_pk, occurred_at DESC, pk DESC)
    WHERE deleted_at IS NULL;
DROP INDEX IF EXISTS core_api.idx_connector_sync_diagnostics_wc_occurred;

-- With the status in it, counts by status and day do not visit the rows.
CREATE INDEX IF NOT EXISTS idx_workspace_connector_sync_logs_list
    ON core_api.workspace_connector_sync_logs (workspace_pk, created_at DESC, pk DESC) INCLUDE (status)
    WHERE deleted_at IS NULL;
DROP INDEX IF EXISTS core_api.idx_workspace_connector_sync_logs_workspace_created;
