-- How healthy a workspace connector is, is asked of it on every dashboard, and its logs are kept for good.
CREATE INDEX IF NOT EXISTS idx_workspace_connector_sync_logs_wc_status_ended
    ON core_api.workspace_connector_sync_logs
       (workspace_connector_pk, status, (coalesce(completed_at, updated_at)) DESC)
    WHERE deleted_at IS NULL;
-- The positive numbers, and nothing else, stand between these two in the order of jsonb.
CREATE INDEX IF NOT EXISTS idx_workspace_connector_sync_logs_wc_records
    ON core_api.workspace_connector_sync_logs (workspace_connector_pk)
    WHERE metadata -> 'records_synced' > '0' AND metadata -> 'records_synced' < 'false' AND deleted_at IS NULL;
