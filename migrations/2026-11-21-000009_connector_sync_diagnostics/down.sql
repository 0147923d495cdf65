SELECT core_api.undo_table('connector_sync_diagnostics', 'connector_sync_diagnostics_workspace_connector_scope');
