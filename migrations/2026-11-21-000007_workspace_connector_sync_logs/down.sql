SELECT core_api.undo_table('workspace_connector_sync_logs',
    'workspace_connector_sync_logs_duration_not_negative',
    'workspace_connector_sync_logs_cloud_task_only_from_queue',
    'workspace_connector_sync_logs_error_only_on_error',
    'workspace_connector_sync_logs_workspace_connector_scope');
DROP INDEX IF EXISTS core_api.workspace_connector_sync_logs_wc_cloud_task_unique;
