-- A row that gets to another workspace is deleted to those who follow the one, and created to those who follow the other.
-- The rules of the tables allow it to programs that go round them, and to links, which move with both their ends. What the
-- statement did is told after that, as of any row: updated.
DO $do$
DECLARE
    followed record;
BEGIN
    FOR followed IN
        SELECT * FROM (VALUES
            ('workspace_connectors', 'workspace_connector', 'NEW.workspace_connector_id', 'NEW.pk'),
            ('workspace_connector_sync_logs', 'workspace_connector_sync_log', 'NEW.workspace_connector_sync_log_id',
                'NEW.workspace_connector_pk'),
            ('connector_mappings', 'connector_mapping', 'NEW.connector_mapping_id', 'NEW.workspace_connector_pk'),
            ('connector_sync_diagnostics', 'connector_sync_diagnostic', 'NEW.diagnostic_id',
                'NEW.workspace_connector_pk'),
            ('collects', 'collect', 'NEW.collect_id', 'NULL'),
            ('documents', 'document', 'NEW.document_id', 'NULL'),
            ('document_workspace_connectors', 'document_workspace_connector', 'NULL', 'NEW.workspace_connector_pk')
        ) AS tables (name, entity, id, workspace_connector),
        LATERAL (SELECT name = 'document_workspace_connectors' AS is_link) AS kind,
        LATERAL (SELECT
            -- A link has no workspace of its own: it is the one that both its ends are in.
            CASE WHEN is_link THEN
                '(SELECT documents.workspace_pk FROM core_api.documents, core_api.workspace_connectors
                  WHERE documents.pk OPERATOR(pg_catalog.=) NEW.document_pk
                    AND workspace_connectors.pk OPERATOR(pg_catalog.=) NEW.workspace_connector_pk
                    AND documents.workspace_pk OPERATOR(pg_catalog.=) workspace_connectors.workspace_pk)'
                ELSE 'NEW.workspace_pk' END AS workspace,
            CASE WHEN is_link THEN
                '(NEW.document_pk, NEW.workspace_connector_pk) IS DISTINCT FROM (OLD.document_pk, OLD.workspace_connector_pk)'
                ELSE 'NEW.workspace_pk IS DISTINCT FROM OLD.workspace_pk' END AS moved) AS place
    LOOP
        EXECUTE format(
            -- Other programs write the table as whoever they are, so the functions run as their owner. As all names and
            -- operators in them are qualified, they need no search_path.
            $sql$
            CREATE OR REPLACE FUNCTION core_api.record_moved_%1$s() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER AS $body$
            DECLARE
                here  integer := %6$s;
                there integer := %5$s;
            BEGIN
                IF here IS DISTINCT FROM there AND OLD.deleted_at IS NULL THEN
                    INSERT INTO core_api.changes
                        (entity, kind, entity_id, entity_pk, workspace_connector_pk, workspace_pk)
                    VALUES ('%2$s', 'deleted', %7$s, OLD.pk, %8$s, here);
                END IF;
                IF here IS DISTINCT FROM there AND NEW.deleted_at IS NULL THEN
                    INSERT INTO core_api.changes
                        (entity, kind, entity_id, entity_pk, workspace_connector_pk, workspace_pk)
                    VALUES ('%2$s', 'created', %3$s, NEW.pk, %4$s, there);
                END IF;
                RETURN NULL;
            END
            $body$;
            COMMENT ON FUNCTION core_api.record_moved_%1$s() IS
                'Writes into the change feed that a row got from one workspace to another.';
            REVOKE EXECUTE ON FUNCTION core_api.record_moved_%1$s() FROM PUBLIC;
            CREATE OR REPLACE TRIGGER %1$s_record_moved AFTER UPDATE ON core_api.%1$s
                FOR EACH ROW WHEN (%9$s) EXECUTE FUNCTION core_api.record_moved_%1$s();
            ALTER TABLE core_api.%1$s ENABLE ALWAYS TRIGGER %1$s_record_moved;
            $sql$,
            followed.name, followed.entity, followed.id, followed.workspace_connector, followed.workspace,
            replace(followed.workspace, 'NEW.', 'OLD.'), replace(followed.id, 'NEW.', 'OLD.'),
            replace(followed.workspace_connector, 'NEW.', 'OLD.'), followed.moved);
    END LOOP;
END
$do$;
