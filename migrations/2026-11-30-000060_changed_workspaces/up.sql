-- In which workspaces anything changed, as far as the change feed does not say so. Nobody follows these lines: a server
-- reads them to know whether an answer that it has kept is still true. So that all thirteen tables count, they stand for
-- what the feed is not told: the tables that nobody follows, and removals of diagnostics and links. A workspace has one
-- line for each statement, however many rows that changed.

CREATE TABLE IF NOT EXISTS core_api.changed_workspaces (
    position       bigint GENERATED ALWAYS AS IDENTITY,
    transaction_id xid8 NOT NULL DEFAULT pg_current_xact_id(),
    happened_at    timestamptz NOT NULL DEFAULT now(),
    workspace_pk   integer,
    CONSTRAINT changed_workspaces_pkey PRIMARY KEY (transaction_id, position)
);

COMMENT ON TABLE core_api.changed_workspaces IS
    'The workspaces in which rows changed that nobody is told of. Old lines are forgotten.';
COMMENT ON COLUMN core_api.changed_workspaces.position IS 'The order in which the lines were written.';
COMMENT ON COLUMN core_api.changed_workspaces.transaction_id IS
    'The transaction that made the change, by which a reader knows whether it has seen it.';
COMMENT ON COLUMN core_api.changed_workspaces.happened_at IS 'When that transaction began.';
COMMENT ON COLUMN core_api.changed_workspaces.workspace_pk IS
    'The workspace of the rows; null when it may be any, as for what all workspaces share.';

ALTER TABLE core_api.change_feed ADD COLUMN IF NOT EXISTS forgotten_workspaces xid8 NOT NULL DEFAULT '0';
COMMENT ON COLUMN core_api.change_feed.forgotten_workspaces IS
    'Lines about workspaces up to this transaction were forgotten: a reader that had not seen them knows nothing.';

CREATE OR REPLACE FUNCTION core_api.record_workspaces_of_truncate() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO core_api.changed_workspaces (workspace_pk) VALUES (NULL);
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION core_api.record_workspaces_of_truncate() IS
    'Writes down that a table was emptied, which is a change in any workspace.';
REVOKE EXECUTE ON FUNCTION core_api.record_workspaces_of_truncate() FROM PUBLIC;

DO $do$
DECLARE
    changed record;
BEGIN
    FOR changed IN
        SELECT name, event, transition, format(rows, workspace) AS rows FROM (VALUES
            ('workspaces', 'pk'), ('connectors', 'workspace_pk'), ('peoples', 'workspace_pk'),
            ('tasks', 'workspace_pk'), ('memberships', 'workspace_pk'), ('api_keys', 'workspace_pk')
        ) AS tables (name, workspace),
        -- Where a row was, and where it is.
        (VALUES
            ('insert', 'NEW TABLE AS new_rows', 'SELECT DISTINCT %1$s FROM new_rows'),
            ('update', 'OLD TABLE AS old_rows NEW TABLE AS new_rows',
                'SELECT %1$s FROM old_rows UNION SELECT %1$s FROM new_rows'),
            ('delete', 'OLD TABLE AS old_rows', 'SELECT DISTINCT %1$s FROM old_rows')
        ) AS events (event, transition, rows)
        UNION ALL VALUES
            ('connector_sync_diagnostics', 'delete', 'OLD TABLE AS old_rows',
                'SELECT DISTINCT workspace_pk FROM old_rows'),
            -- A link is only ever seen in the workspace that its document is in.
            ('document_workspace_connectors', 'delete', 'OLD TABLE AS old_rows',
                'SELECT DISTINCT documents.workspace_pk FROM old_rows
                 LEFT JOIN core_api.documents ON documents.pk OPERATOR(pg_catalog.=) old_rows.document_pk')
    LOOP
        EXECUTE format(
            -- Other programs write the table as whoever they are, so the functions run as their owner. As all names and
            -- operators in them are qualified, they need no search_path. A session in the role of a replica is no
            -- exception to any of it.
            $sql$
            CREATE OR REPLACE FUNCTION core_api.record_workspaces_of_%2$s_%1$s() RETURNS trigger
            LANGUAGE plpgsql SECURITY DEFINER AS $body$
            BEGIN
                INSERT INTO core_api.changed_workspaces (workspace_pk) %4$s;
                RETURN NULL;
            END
            $body$;
            COMMENT ON FUNCTION core_api.record_workspaces_of_%2$s_%1$s() IS
                'Writes down in which workspaces rows changed.';
            REVOKE EXECUTE ON FUNCTION core_api.record_workspaces_of_%2$s_%1$s() FROM PUBLIC;
            CREATE OR REPLACE TRIGGER %1$s_record_workspaces_of_%2$s AFTER %2$s ON core_api.%1$s
                REFERENCING %3$s FOR EACH STATEMENT
                EXECUTE FUNCTION core_api.record_workspaces_of_%2$s_%1$s();
            ALTER TABLE core_api.%1$s ENABLE ALWAYS TRIGGER %1$s_record_workspaces_of_%2$s;
            CREATE OR REPLACE TRIGGER %1$s_record_workspaces_of_truncate AFTER TRUNCATE ON core_api.%1$s
                FOR EACH STATEMENT EXECUTE FUNCTION core_api.record_workspaces_of_truncate();
            ALTER TABLE core_api.%1$s ENABLE ALWAYS TRIGGER %1$s_record_workspaces_of_truncate;
            $sql$,
            changed.name, changed.event, changed.transition, changed.rows);
    END LOOP;
END
$do$;
