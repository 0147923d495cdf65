CREATE INDEX IF NOT EXISTS idx_workspace_connector_sync_logs_workspace_created
    ON core_api.workspace_connector_sync_logs (workspace_pk, created_at DESC, pk DESC) WHERE deleted_at IS NULL;
DROP INDEX IF EXISTS core_api.idx_workspace_connector_sync_logs_list;
CREATE INDEX IF NOT EXISTS idx_connector_sync_diagnostics_wc_occurred
    ON core_api.connector_sync_diagnostics (workspace_connector_pk, occurred_at DESC, pk DESC)
    WHERE deleted_at IS NULL;
DROP INDEX IF EXISTS core_api.idx_connector_sync_diagnostics_wc_list;
DROP INDEX IF EXISTS core_api.idx_workspace_connector_sync_logs_wc_list;
