-- A link gets the workspace that both its ends are in, so that it is known without looking at them. The database fills it,
-- since other programs do not know the column.
ALTER TABLE core_api.document_workspace_connectors ADD COLUMN IF NOT EXISTS workspace_pk integer;
COMMENT ON COLUMN core_api.document_workspace_connectors.workspace_pk IS
    'The workspace that both its ends are in, kept by the database; nobody sees a link whose ends do not share one.';

-- Other programs write the table as whoever they are, so the functions run as their owner, who sees both ends. As all names
-- and operators in them are qualified, they need no search_path.
CREATE OR REPLACE FUNCTION core_api.fill_link_workspace() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    NEW.workspace_pk := (
        SELECT documents.workspace_pk FROM core_api.documents, core_api.workspace_connectors
        WHERE documents.pk OPERATOR(pg_catalog.=) NEW.document_pk
            AND workspace_connectors.pk OPERATOR(pg_catalog.=) NEW.workspace_connector_pk
            AND documents.workspace_pk OPERATOR(pg_catalog.=) workspace_connectors.workspace_pk);
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION core_api.fill_link_workspace() IS
    'Gives a link the workspace that both its ends are in, and none when they do not share one.';
REVOKE EXECUTE ON FUNCTION core_api.fill_link_workspace() FROM PUBLIC;

CREATE OR REPLACE TRIGGER document_workspace_connectors_workspace_insert
    BEFORE INSERT ON core_api.document_workspace_connectors FOR EACH ROW
    WHEN (NEW.workspace_pk IS NULL)
    EXECUTE FUNCTION core_api.fill_link_workspace();
CREATE OR REPLACE TRIGGER document_workspace_connectors_workspace_update
    BEFORE UPDATE ON core_api.document_workspace_connectors FOR EACH ROW
    WHEN (NEW.workspace_pk IS NULL OR NEW.document_pk IS DISTINCT FROM OLD.document_pk
        OR NEW.workspace_connector_pk IS DISTINCT FROM OLD.workspace_connector_pk)
    EXECUTE FUNCTION core_api.fill_link_workspace();
-- Loaders and replication tools set session_replication_role to replica, and then no foreign key is checked.
CREATE OR REPLACE TRIGGER document_workspace_connectors_workspace_replica
    BEFORE INSERT OR UPDATE ON core_api.document_workspace_connectors FOR EACH ROW
    EXECUTE FUNCTION core_api.fill_link_workspace();
ALTER TABLE core_api.document_workspace_connectors
    ENABLE REPLICA TRIGGER document_workspace_connectors_workspace_replica;

-- An end gets to another workspace only by programs that go round the rules. They may also load links before their ends.
CREATE OR REPLACE FUNCTION core_api.keep_link_workspaces() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    -- What is null is filled anew.
    IF TG_TABLE_NAME OPERATOR(pg_catalog.=) 'documents' THEN
        UPDATE core_api.document_workspace_connectors SET workspace_pk = NULL
        WHERE document_pk OPERATOR(pg_catalog.=) ANY (ARRAY[OLD.pk, NEW.pk]);
    ELSE
        UPDATE core_api.document_workspace_connectors SET workspace_pk = NULL
        WHERE workspace_connector_pk OPERATOR(pg_catalog.=) ANY (ARRAY[OLD.pk, NEW.pk]);
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION core_api.keep_link_workspaces() IS
    'Has the workspace of links filled anew when one of their ends got to another workspace, came or went.';
REVOKE EXECUTE ON FUNCTION core_api.keep_link_workspaces() FROM PUBLIC;

DO $do$
DECLARE
    ends text;
BEGIN
    FOREACH ends IN ARRAY ARRAY['documents', 'workspace_connectors'] LOOP
        EXECUTE format(
            $sql$
            CREATE OR REPLACE TRIGGER %1$s_link_workspaces AFTER UPDATE OF pk, workspace_pk ON core_api.%1$s
                FOR EACH ROW
                WHEN (NEW.pk IS DISTINCT FROM OLD.pk OR NEW.workspace_pk IS DISTINCT FROM OLD.workspace_pk)
                EXECUTE FUNCTION core_api.keep_link_workspaces();
            ALTER TABLE core_api.%1$s ENABLE ALWAYS TRIGGER %1$s_link_workspaces;
            CREATE OR REPLACE TRIGGER %1$s_link_workspaces_replica AFTER INSERT OR DELETE ON core_api.%1$s
                FOR EACH ROW EXECUTE FUNCTION core_api.keep_link_workspaces();
            ALTER TABLE core_api.%1$s ENABLE REPLICA TRIGGER %1$s_link_workspaces_replica;
            $sql$, ends);
    END LOOP;
END
$do$;
