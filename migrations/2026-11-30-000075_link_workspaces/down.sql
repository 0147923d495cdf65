DROP FUNCTION core_api.keep_link_workspaces() CASCADE;
DROP FUNCTION core_api.fill_link_workspace() CASCADE;
ALTER TABLE core_api.document_workspace_connectors DROP COLUMN workspace_pk;
