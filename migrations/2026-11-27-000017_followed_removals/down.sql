CREATE OR REPLACE FUNCTION core_api.record_deleted_connector_sync_diagnostics() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO core_api.changes (entity, kind, entity_id, entity_pk, workspace_connector_pk, workspace_pk)
    SELECT 'connector_sync_diagnostic', 'deleted', diagnostic_id, pk, workspace_connector_pk, workspace_pk
    FROM old_rows WHERE deleted_at IS NULL;
    IF FOUND AND NOT (pg_catalog.pg_try_advisory_lock(8603401875941256807)
        AND pg_catalog.pg_advisory_unlock(8603401875941256807)) THEN
        NOTIFY well_changes;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION core_api.record_deleted_connector_sync_diagnostics() IS
    'Writes into the change feed which rows were removed.';
REVOKE EXECUTE ON FUNCTION core_api.record_deleted_connector_sync_diagnostics() FROM PUBLIC;
CREATE OR REPLACE TRIGGER connector_sync_diagnostics_record_deleted AFTER DELETE ON core_api.connector_sync_diagnostics
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION core_api.record_deleted_connector_sync_diagnostics();

CREATE OR REPLACE FUNCTION core_api.record_deleted_document_workspace_connectors() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO core_api.changes (entity, kind, entity_id, entity_pk, workspace_connector_pk, workspace_pk)
    SELECT 'document_workspace_connector', 'deleted', NULL, pk, workspace_connector_pk, (
        SELECT documents.workspace_pk FROM core_api.documents, core_api.workspace_connectors
        WHERE documents.pk OPERATOR(pg_catalog.=) document_pk
            AND workspace_connectors.pk OPERATOR(pg_catalog.=) workspace_connector_pk
            AND documents.workspace_pk OPERATOR(pg_catalog.=) workspace_connectors.workspace_pk)
    FROM old_rows WHERE deleted_at IS NULL;
    IF FOUND AND NOT (pg_catalog.pg_try_advisory_lock(8603401875941256807)
        AND pg_catalog.pg_advisory_unlock(8603401875941256807)) THEN
        NOTIFY well_changes;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION core_api.record_deleted_document_workspace_connectors() IS
    'Writes into the change feed which rows were removed.';
REVOKE EXECUTE ON FUNCTION core_api.record_deleted_document_workspace_connectors() FROM PUBLIC;
CREATE OR REPLACE TRIGGER document_workspace_connectors_record_deleted AFTER DELETE ON core_api.document_workspace_connectors
    REFERENCING OLD TABLE AS old_rows
    FOR EACH STATEMENT EXECUTE FUNCTION core_api.record_deleted_document_workspace_connectors();
