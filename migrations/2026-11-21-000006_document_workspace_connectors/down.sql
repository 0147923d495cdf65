DROP FUNCTION core_api.check_document_link_scope() CASCADE;
SELECT core_api.undo_table('document_workspace_connectors');
