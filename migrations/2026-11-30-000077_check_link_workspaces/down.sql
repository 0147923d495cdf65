CREATE OR REPLACE FUNCTION core_api.record_created_document_workspace_connectors() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO core_api.changes (entity, kind, entity_id, entity_pk, workspace_connector_pk, workspace_pk)
    SELECT 'document_workspace_connector', 'created', NULL, pk, workspace_connector_pk, (SELECT documents.workspace_pk FROM core_api.documents, core_api.workspace_connectors
        WHERE documents.pk OPERATOR(pg_catalog.=) document_pk
            AND workspace_connectors.pk OPERATOR(pg_catalog.=) workspace_connector_pk
            AND documents.workspace_pk OPERATOR(pg_catalog.=) workspace_connectors.workspace_pk)
    FROM new_rows WHERE deleted_at IS NULL;
    IF FOUND AND NOT (pg_catalog.pg_try_advisory_lock(8603401875941256807)
        AND pg_catalog.pg_advisory_unlock(8603401875941256807)) THEN
        NOTIFY well_changes;
    END IF;
    RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION core_api.record_updated_document_workspace_connectors() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM old_rows WHERE deleted_at IS NOT NULL) THEN
        INSERT INTO core_api.changes (entity, kind, entity_id, entity_pk, workspace_connector_pk, workspace_pk)
        SELECT 'document_workspace_connector', CASE WHEN deleted_at IS NULL THEN 'updated'::core_api.change_kind_enum
            ELSE 'deleted' END, NULL, pk, workspace_connector_pk, (SELECT documents.workspace_pk FROM core_api.documents, core_api.workspace_connectors
        WHERE documents.pk OPERATOR(pg_catalog.=) document_pk
            AND workspace_connectors.pk OPERATOR(pg_catalog.=) workspace_connector_pk
            AND documents.workspace_pk OPERATOR(pg_catalog.=) workspace_connectors.workspace_pk)
        FROM new_rows;
    ELSE
        -- The sub-selects are hashed. A join might keep a plan for few rows that is made first in a session.
        INSERT INTO core_api.changes (entity, kind, entity_id, entity_pk, workspace_connector_pk, workspace_pk)
        SELECT 'document_workspace_connector', CASE WHEN deleted_at IS NOT NULL THEN 'deleted'::core_api.change_kind_enum
            WHEN pk OPERATOR(pg_catalog.=) ANY (SELECT pk FROM old_rows WHERE deleted_at IS NULL)
            THEN 'updated' ELSE 'created' END, NULL, pk, workspace_connector_pk, (SELECT documents.workspace_pk FROM core_api.documents, core_api.workspace_connectors
        WHERE documents.pk OPERATOR(pg_catalog.=) document_pk
            AND workspace_connectors.pk OPERATOR(pg_catalog.=) workspace_connector_pk
            AND documents.workspace_pk OPERATOR(pg_catalog.=) workspace_connectors.workspace_pk)
        FROM new_rows
        WHERE deleted_at IS NULL
            OR pk OPERATOR(pg_catalog.=) ANY (SELECT pk FROM old_rows WHERE deleted_at IS NULL);
    END IF;
    IF FOUND AND NOT (pg_catalog.pg_try_advisory_lock(8603401875941256807)
        AND pg_catalog.pg_advisory_unlock(8603401875941256807)) THEN
        NOTIFY well_changes;
    END IF;
    RETURN NULL;
END
$$;
CREATE OR REPLACE FUNCTION core_api.record_moved_document_workspace_connectors() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
    here  integer := (SELECT documents.workspace_pk FROM core_api.documents, core_api.workspace_connectors
        WHERE documents.pk OPERATOR(pg_catalog.=) OLD.document_pk
            AND workspace_connectors.pk OPERATOR(pg_catalog.=) OLD.workspace_connector_pk
            AND documents.workspace_pk OPERATOR(pg_catalog.=) workspace_connectors.workspace_pk);
    there integer := (SELECT documents.workspace_pk FROM core_api.documents, core_api.workspace_connectors
        WHERE documents.pk OPERATOR(pg_catalog.=) NEW.document_pk
            AND workspace_connectors.pk OPERATOR(pg_catalog.=) NEW.workspace_connector_pk
            AND documents.workspace_pk OPERATOR(pg_catalog.=) workspace_connectors.workspace_pk);
BEGIN
    IF here IS DISTINCT FROM there AND OLD.deleted_at IS NULL THEN
        INSERT INTO core_api.changes (entity, kind, entity_id, entity_pk, workspace_connector_pk, workspace_pk)
        VALUES ('document_workspace_connector', 'deleted', NULL, OLD.pk, OLD.workspace_connector_pk, here);
    END IF;
    IF here IS DISTINCT FROM there AND NEW.deleted_at IS NULL THEN
        INSERT INTO core_api.changes (entity, kind, entity_id, entity_pk, workspace_connector_pk, workspace_pk)
        VALUES ('document_workspace_connector', 'created', NULL, NEW.pk, NEW.workspace_connector_pk, there);
    END IF;
    RETURN NULL;
END
$$;
CREATE OR REPLACE TRIGGER document_workspace_connectors_record_moved
    AFTER UPDATE ON core_api.document_workspace_connectors FOR EACH ROW
    WHEN (NEW.document_pk IS DISTINCT FROM OLD.document_pk
        OR NEW.workspace_connector_pk IS DISTINCT FROM OLD.workspace_connector_pk)
    EXECUTE FUNCTION core_api.record_moved_document_workspace_connectors();
ALTER TABLE core_api.document_workspace_connectors
    ENABLE ALWAYS TRIGGER document_workspace_connectors_record_moved;
CREATE OR REPLACE TRIGGER document_workspace_connectors_scope_insert
    AFTER INSERT ON core_api.document_workspace_connectors FOR EACH ROW
    EXECUTE FUNCTION core_api.check_document_link_scope();
CREATE OR REPLACE TRIGGER document_workspace_connectors_scope_update
    AFTER UPDATE ON core_api.document_workspace_connectors FOR EACH ROW
    WHEN (NEW.document_pk IS DISTINCT FROM OLD.document_pk
        OR NEW.workspace_connector_pk IS DISTINCT FROM OLD.workspace_connector_pk)
    EXECUTE FUNCTION core_api.check_document_link_scope();
ALTER TABLE core_api.document_workspace_connectors
    DROP CONSTRAINT document_workspace_connectors_workspace_connector_scope,
    DROP CONSTRAINT document_workspace_connectors_document_scope,
    DROP CONSTRAINT document_workspace_connectors_workspace_pk_fkey;
CREATE INDEX IF NOT EXISTS idx_dwc_wc_list
    ON core_api.document_workspace_connectors (workspace_connector_pk, created_at DESC, pk DESC)
    WHERE deleted_at IS NULL;
DROP INDEX core_api.idx_dwc_workspace_wc_list;
DROP INDEX core_api.idx_dwc_workspace_created;
ALTER TABLE core_api.documents DROP CONSTRAINT documents_workspace_key;
