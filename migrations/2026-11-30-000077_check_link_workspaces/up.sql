-- The workspace of a link is that of both its ends: foreign keys hold it, also where ends are written at the same moment. They
-- spare old links whose ends do not share one, since those have none. What is there already is checked by the next
-- migration, which lets others write meanwhile.
CREATE UNIQUE INDEX IF NOT EXISTS documents_workspace_key ON core_api.documents (workspace_pk, pk);
-- Lists of links, newest first: of a workspace, and of each of its workspace connectors. Both keys are in the second one, since
-- PostgreSQL takes them for independent, and would rather combine two indexes and sort.
CREATE INDEX IF NOT EXISTS idx_dwc_workspace_created
    ON core_api.document_workspace_connectors (workspace_pk, created_at DESC, pk DESC) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS idx_dwc_workspace_wc_list
    ON core_api.document_workspace_connectors (workspace_pk, workspace_connector_pk, created_at DESC, pk DESC)
    WHERE deleted_at IS NULL;
DROP INDEX IF EXISTS core_api.idx_dwc_wc_list;

DO $do$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_constraint
        WHERE conrelid = 'core_api.documents'::regclass AND conname = 'documents_workspace_key') THEN
        ALTER TABLE core_api.documents ADD CONSTRAINT documents_workspace_key UNIQUE USING INDEX documents_workspace_key;
    END IF;
END
$do$;
ALTER TABLE core_api.document_workspace_connectors
    ADD CONSTRAINT document_workspace_connectors_workspace_pk_fkey
        FOREIGN KEY (workspace_pk) REFERENCES core_api.workspaces (pk) ON UPDATE CASCADE ON DELETE NO ACTION NOT VALID,
    ADD CONSTRAINT document_workspace_connectors_document_scope
        FOREIGN KEY (workspace_pk, document_pk) REFERENCES core_api.documents (workspace_pk, pk)
        ON UPDATE CASCADE ON DELETE NO ACTION NOT VALID,
    ADD CONSTRAINT document_workspace_connectors_workspace_connector_scope
        FOREIGN KEY (workspace_pk, workspace_connector_pk) REFERENCES core_api.workspace_connectors (workspace_pk, pk)
        ON UPDATE CASCADE ON DELETE NO ACTION NOT VALID;

-- A link whose ends do not share a workspace has none, which no foreign key refuses.
CREATE OR REPLACE TRIGGER document_workspace_connectors_scope_insert
    AFTER INSERT ON core_api.document_workspace_connectors FOR EACH ROW
    WHEN (NEW.workspace_pk IS NULL)
    EXECUTE FUNCTION core_api.check_document_link_scope();
CREATE OR REPLACE TRIGGER document_workspace_connectors_scope_update
    AFTER UPDATE ON core_api.document_workspace_connectors FOR EACH ROW
    WHEN (NEW.workspace_pk IS NULL AND (NEW.document_pk IS DISTINCT FROM OLD.document_pk
        OR NEW.workspace_connector_pk IS DISTINCT FROM OLD.workspace_connector_pk))
    EXECUTE FUNCTION core_api.check_document_link_scope();

-- The change feed takes the workspace of a link from the link.
CREATE OR REPLACE FUNCTION core_api.record_created_document_workspace_connectors() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO core_api.changes (entity, kind, entity_id, entity_pk, workspace_connector_pk, workspace_pk)
    SELECT 'document_workspace_connector', 'created', NULL, pk, workspace_connector_pk, workspace_pk
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
            ELSE 'deleted' END, NULL, pk, workspace_connector_pk, workspace_pk
        FROM new_rows;
    ELSE
        -- The sub-selects are hashed. A join might keep a plan for few rows that is made first in a session.
        INSERT INTO core_api.changes (entity, kind, entity_id, entity_pk, workspace_connector_pk, workspace_pk)
        SELECT 'document_workspace_connector', CASE WHEN deleted_at IS NOT NULL THEN 'deleted'::core_api.change_kind_enum
            WHEN pk OPERATOR(pg_catalog.=) ANY (SELECT pk FROM old_rows WHERE deleted_at IS NULL)
            THEN 'updated' ELSE 'created' END, NULL, pk, workspace_connector_pk, workspace_pk
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
    here  integer := OLD.workspace_pk;
    there integer := NEW.workspace_pk;
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
    WHEN (NEW.workspace_pk IS DISTINCT FROM OLD.workspace_pk)
    EXECUTE FUNCTION core_api.record_moved_document_workspace_connectors();
ALTER TABLE core_api.document_workspace_connectors
    ENABLE ALWAYS TRIGGER document_workspace_connectors_record_moved;
