-- The change feed: what became of which row, written by triggers, so that the changes of every program are in it.
--
-- Whoever reads it asks for what became visible between two snapshots (`pg_current_snapshot()`), in the order of
-- `position`. That misses nothing and holds nothing back, in whatever order transactions begin and commit. As
-- `position` is given while the row is locked, the changes of one row come in the order in which they were made.

SELECT core_api.ensure_enum('followed_entity_enum',
    'workspace_connector', 'workspace_connector_sync_log', 'connector_mapping', 'connector_sync_diagnostic',
    'collect', 'document', 'document_workspace_connector');
COMMENT ON TYPE core_api.followed_entity_enum IS 'The entities whose changes can be followed.';

SELECT core_api.ensure_enum('change_kind_enum', 'created', 'updated', 'deleted');
COMMENT ON TYPE core_api.change_kind_enum IS
    'What became of a row; marking it as deleted and removing it are both deleted, taking the mark off is created.';

CREATE TABLE IF NOT EXISTS core_api.changes (
    position               bigint GENERATED ALWAYS AS IDENTITY,
    transaction_id         xid8 NOT NULL DEFAULT pg_current_xact_id(),
    happened_at            timestamptz NOT NULL DEFAULT now(),
    entity                 core_api.followed_entity_enum NOT NULL,
    kind                   core_api.change_kind_enum NOT NULL,
    entity_id              uuid,
    entity_pk              integer NOT NULL,
    workspace_connector_pk integer,
    workspace_pk           integer,
    CONSTRAINT changes_pkey PRIMARY KEY (transaction_id, position)
);

COMMENT ON TABLE core_api.changes IS
    'What became of the rows that clients can follow, newest last. Old changes are forgotten.';
COMMENT ON COLUMN core_api.changes.position IS 'The order in which the changes were made.';
COMMENT ON COLUMN core_api.changes.transaction_id IS
    'The transaction that made the change, by which a reader knows whether it has seen it.';
COMMENT ON COLUMN core_api.changes.happened_at IS 'When that transaction began.';
COMMENT ON COLUMN core_api.changes.entity IS 'What kind of row was changed.';
COMMENT ON COLUMN core_api.changes.kind IS 'What became of it.';
COMMENT ON COLUMN core_api.changes.entity_id IS 'Its public id; null for links of documents, which have none.';
COMMENT ON COLUMN core_api.changes.entity_pk IS 'Its internal key; the row itself may be gone.';
COMMENT ON COLUMN core_api.changes.workspace_connector_pk IS
    'The connection it belongs to, or is; null where it belongs to none.';
COMMENT ON COLUMN core_api.changes.workspace_pk IS
    'The workspace that may know of the change; null for old rows that nobody sees.';

CREATE TABLE IF NOT EXISTS core_api.change_feed (
    only_row  boolean PRIMARY KEY DEFAULT true CONSTRAINT change_feed_one_row CHECK (only_row),
    forgotten xid8 NOT NULL DEFAULT '0'
);
INSERT INTO core_api.change_feed DEFAULT VALUES ON CONFLICT DO NOTHING;

COMMENT ON TABLE core_api.change_feed IS 'The one row about the change feed as a whole.';
COMMENT ON COLUMN core_api.change_feed.only_row IS 'True, so that there is one row.';
COMMENT ON COLUMN core_api.change_feed.forgotten IS
    'Changes up to this transaction were forgotten: a reader that had not seen all of them may have lost some.';

DO $do$
DECLARE
    followed record;
    -- What a change says of a row, whatever the rows are called.
    columns  text := '(entity, kind, entity_id, entity_pk, workspace_connector_pk, workspace_pk)';
    -- NOTIFY makes all commits wait for each other, so it is only for readers that wait for it: they share a lock, which
    -- this one shot at it finds taken. It is let go of at once.
    announce text := 'IF FOUND AND NOT (pg_catalog.pg_try_advisory_lock(8603401875941256807)
                        AND pg_catalog.pg_advisory_unlock(8603401875941256807)) THEN
                    NOTIFY well_changes;
                END IF';
BEGIN
    FOR followed IN
        SELECT * FROM (VALUES
            ('workspace_connectors', 'workspace_connector', 'workspace_connector_id', 'pk', 'workspace_pk'),
            ('workspace_connector_sync_logs', 'workspace_connector_sync_log', 'workspace_connector_sync_log_id',
                'workspace_connector_pk', 'workspace_pk'),
            ('connector_mappings', 'connector_mapping', 'connector_mapping_id',
                'workspace_connector_pk', 'workspace_pk'),
            ('connector_sync_diagnostics', 'connector_sync_diagnostic', 'diagnostic_id',
                'workspace_connector_pk', 'workspace_pk'),
            ('collects', 'collect', 'collect_id', 'NULL', 'workspace_pk'),
            ('documents', 'document', 'document_id', 'NULL', 'workspace_pk'),
            -- A link has no workspace of its own: it is the one that both its ends are in.
            ('document_workspace_connectors', 'document_workspace_connector', 'NULL', 'workspace_connector_pk',
                '(SELECT documents.workspace_pk FROM core_api.documents, core_api.workspace_connectors
                  WHERE documents.pk OPERATOR(pg_catalog.=) document_pk
                    AND workspace_connectors.pk OPERATOR(pg_catalog.=) workspace_connector_pk
                    AND documents.workspace_pk OPERATOR(pg_catalog.=) workspace_connectors.workspace_pk)')
        ) AS tables (name, entity, id, workspace_connector, workspace)
    LOOP
        EXECUTE format(
            -- Other programs write the table as whoever they are, so the functions run as their owner. As all names and
            -- operators in them are qualified, they need no search_path, which would cost as much as the rest.
            $sql$
            CREATE OR REPLACE FUNCTION core_api.record_created_%1$s() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER AS $body$
            BEGIN
                INSERT INTO core_api.changes %6$s
                SELECT '%2$s', 'created', %3$s, pk, %4$s, %5$s FROM new_rows WHERE deleted_at IS NULL;
                %7$s;
                RETURN NULL;
            END
            $body$;
            CREATE OR REPLACE FUNCTION core_api.record_updated_%1$s() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER AS $body$
            BEGIN
                IF NOT EXISTS (SELECT FROM old_rows WHERE deleted_at IS NOT NULL) THEN
                    INSERT INTO core_api.changes %6$s
                    SELECT '%2$s', CASE WHEN deleted_at IS NULL THEN 'updated'::core_api.change_kind_enum
                        ELSE 'deleted' END, %3$s, pk, %4$s, %5$s
                    FROM new_rows;
                ELSE
                    -- The sub-selects are hashed. A join might keep a plan for few rows that is made first in a session.
                    INSERT INTO core_api.changes %6$s
                    SELECT '%2$s', CASE WHEN deleted_at IS NOT NULL THEN 'deleted'::core_api.change_kind_enum
                        WHEN pk OPERATOR(pg_catalog.=) ANY (SELECT pk FROM old_rows WHERE deleted_at IS NULL)
                        THEN 'updated' ELSE 'created' END, %3$s, pk, %4$s, %5$s
                    FROM new_rows
                    WHERE deleted_at IS NULL
                        OR pk OPERATOR(pg_catalog.=) ANY (SELECT pk FROM old_rows WHERE deleted_at IS NULL);
                END IF;
                %7$s;
                RETURN NULL;
            END
            $body$;
            CREATE OR REPLACE FUNCTION core_api.record_deleted_%1$s() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER AS $body$
            BEGIN
                INSERT INTO core_api.changes %6$s
                SELECT '%2$s', 'deleted', %3$s, pk, %4$s, %5$s FROM old_rows WHERE deleted_at IS NULL;
                %7$s;
                RETURN NULL;
            END
            $body$;
            COMMENT ON FUNCTION core_api.record_created_%1$s() IS 'Writes into the change feed which rows were made.';
            COMMENT ON FUNCTION core_api.record_updated_%1$s() IS
                'Writes into the change feed which rows were changed, marked as deleted, or brought back.';
            COMMENT ON FUNCTION core_api.record_deleted_%1$s() IS 'Writes into the change feed which rows were removed.';
            REVOKE EXECUTE ON FUNCTION core_api.record_created_%1$s(), core_api.record_updated_%1$s(),
                core_api.record_deleted_%1$s() FROM PUBLIC;
            CREATE OR REPLACE TRIGGER %1$s_record_created AFTER INSERT ON core_api.%1$s
                REFERENCING NEW TABLE AS new_rows
                FOR EACH STATEMENT EXECUTE FUNCTION core_api.record_created_%1$s();
            CREATE OR REPLACE TRIGGER %1$s_record_updated AFTER UPDATE ON core_api.%1$s
                REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows
                FOR EACH STATEMENT EXECUTE FUNCTION core_api.record_updated_%1$s();
            CREATE OR REPLACE TRIGGER %1$s_record_deleted AFTER DELETE ON core_api.%1$s
                REFERENCING OLD TABLE AS old_rows
                FOR EACH STATEMENT EXECUTE FUNCTION core_api.record_deleted_%1$s();
            $sql$,
            followed.name, followed.entity, followed.id, followed.workspace_connector, followed.workspace,
            columns, announce);
    END LOOP;
END
$do$;
