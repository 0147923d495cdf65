DROP FUNCTION core_api.check_connector_scope() CASCADE;
SELECT core_api.undo_table('workspace_connectors',
    'workspace_connectors_person_scope', 'workspace_connectors_workspace_key');
SELECT core_api.undo_table('connectors');
