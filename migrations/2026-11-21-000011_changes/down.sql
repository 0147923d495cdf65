DROP FUNCTION
    core_api.record_workspace_connectors(), core_api.record_workspace_connector_sync_logs(),
    core_api.record_connector_mappings(), core_api.record_connector_sync_diagnostics(), core_api.record_collects(),
    core_api.record_documents(), core_api.record_document_workspace_connectors()
CASCADE;
SELECT core_api.undo_table('change_feed');
SELECT core_api.undo_table('changes');
SELECT core_api.undo_enum('change_kind_enum');
SELECT core_api.undo_enum('followed_entity_enum');
