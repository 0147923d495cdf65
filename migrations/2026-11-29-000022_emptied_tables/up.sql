-- TRUNCATE removes rows without a word about each. The feed says in one change that they are all gone, to the followers
-- of every workspace. Of the removal of diagnostics and links nobody is told, so their tables need no word either.
COMMENT ON COLUMN core_api.changes.entity_pk IS
    'Its internal key; the row itself may be gone. 0 stands for every row of every workspace: the table was emptied.';

CREATE OR REPLACE FUNCTION core_api.record_emptied() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
    INSERT INTO core_api.changes (entity, kind, entity_pk)
    VALUES (TG_ARGV[0]::core_api.followed_entity_enum, 'deleted', 0);
    IF NOT (pg_catalog.pg_try_advisory_lock(8603401875941256807)
        AND pg_catalog.pg_advisory_unlock(8603401875941256807)) THEN
        NOTIFY well_changes;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION core_api.record_emptied() IS
    'Writes into the change feed that all rows of the entity in its argument were removed at once.';
REVOKE EXECUTE ON FUNCTION core_api.record_emptied() FROM PUBLIC;

DO $do$
DECLARE
    followed record;
BEGIN
    FOR followed IN
        SELECT * FROM (VALUES
            ('workspace_connectors', 'workspace_connector'),
            ('workspace_connector_sync_logs', 'workspace_connector_sync_log'),
            ('connector_mappings', 'connector_mapping'),
            ('collects', 'collect'),
            ('documents', 'document')
        ) AS tables (name, entity)
    LOOP
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER %1$s_record_emptied AFTER TRUNCATE ON core_api.%1$s
             FOR EACH STATEMENT EXECUTE FUNCTION core_api.record_emptied(%2$L)', followed.name, followed.entity);
        EXECUTE format('ALTER TABLE core_api.%1$s ENABLE ALWAYS TRIGGER %1$s_record_emptied', followed.name);
    END LOOP;
END
$do$;
