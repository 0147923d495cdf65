SELECT core_api.undo_table('connector_mappings',
    'connector_mappings_last_persist_count_not_negative',
    'connector_mappings_schema_key_paths_is_array',
    'connector_mappings_workspace_connector_scope');
