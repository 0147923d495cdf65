-- What was there already keeps the rules, too.
ALTER TABLE core_api.document_workspace_connectors
    VALIDATE CONSTRAINT document_workspace_connectors_workspace_pk_fkey,
    VALIDATE CONSTRAINT document_workspace_connectors_document_scope,
    VALIDATE CONSTRAINT document_workspace_connectors_workspace_connector_scope;
