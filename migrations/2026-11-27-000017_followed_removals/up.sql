-- Diagnostics and links can only be followed as they are made. Of their removal, which retention does to thousands at once,
-- nobody is told.
DROP TRIGGER IF EXISTS connector_sync_diagnostics_record_deleted ON core_api.connector_sync_diagnostics;
DROP TRIGGER IF EXISTS document_workspace_connectors_record_deleted ON core_api.document_workspace_connectors;
DROP FUNCTION IF EXISTS core_api.record_deleted_connector_sync_diagnostics(),
    core_api.record_deleted_document_workspace_connectors();
