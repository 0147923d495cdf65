-- The schema, the helpers the other migrations are written with, the functions their triggers call, the enums.
--
-- These migrations also run on a database in which another program has made the same tables and types. What is
-- there is kept, what is missing is added, and reverting removes only what was added.

DO $do$
DECLARE
    found text[] := '{}';
BEGIN
    IF to_regnamespace('core_api') IS NULL THEN
        CREATE SCHEMA core_api;
        COMMENT ON SCHEMA core_api IS 'Connectors, what they were synced into, and the workspaces that own it.';
    ELSE
        SELECT array_agg(name ORDER BY name) INTO found FROM (
            SELECT 'schema'
            UNION SELECT relname FROM pg_class WHERE relnamespace = 'core_api'::regnamespace AND relkind IN ('r', 'p')
            UNION SELECT typname FROM pg_type WHERE typnamespace = 'core_api'::regnamespace AND typtype = 'e'
        ) AS present (name);
    END IF;
    -- Kept from the first run: what the migrations made themselves must not look as if it had been there before.
    IF to_regprocedure('core_api.found_before()') IS NULL THEN
        EXECUTE format(
            'CREATE FUNCTION core_api.found_before() RETURNS text[] LANGUAGE sql IMMUTABLE AS %L',
            format('SELECT %L::text[]', found)
        );
    END IF;
END
$do$;
COMMENT ON FUNCTION core_api.found_before() IS
    'The tables and enums (and the word schema) that were here before the first migration; reverting leaves them.';

---------------------------------------------------------------------------------------------------------------------
-- Helpers
---------------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION core_api.ensure_enum(type_name text, VARIADIC labels text[]) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    label text;
BEGIN
    IF NOT EXISTS (
        SELECT FROM pg_type WHERE typnamespace = 'core_api'::regnamespace AND typname = type_name
    ) THEN
        EXECUTE format('CREATE TYPE core_api.%I AS ENUM (%s)', type_name,
            (SELECT string_agg(quote_literal(l), ', ' ORDER BY n) FROM unnest(labels) WITH ORDINALITY AS given (l, n)));
        RETURN;
    END IF;
    FOREACH label IN ARRAY labels LOOP
        IF NOT EXISTS (
            SELECT FROM pg_enum
            WHERE enumtypid = format('core_api.%I', type_name)::regtype AND enumlabel = label
        ) THEN
            EXECUTE format('ALTER TYPE core_api.%I ADD VALUE %L', type_name, label);
        END IF;
    END LOOP;
END
$$;
COMMENT ON FUNCTION core_api.ensure_enum(text, text[]) IS
    'Makes the enum, or adds the labels it does not have yet. A new label can be used from the next transaction on.';

CREATE OR REPLACE FUNCTION core_api.ensure_constraint(table_name text, constraint_name text, definition text) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    target regclass := format('core_api.%I', table_name);
BEGIN
    IF EXISTS (SELECT FROM pg_constraint WHERE conrelid = target AND conname = constraint_name) THEN
        RETURN;
    END IF;
    IF definition LIKE 'UNIQUE%' THEN
        EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s', target, constraint_name, definition);
        RETURN;
    END IF;
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I %s NOT VALID', target, constraint_name, definition);
    BEGIN
        EXECUTE format('ALTER TABLE %s VALIDATE CONSTRAINT %I', target, constraint_name);
    EXCEPTION WHEN check_violation OR foreign_key_violation THEN
        RAISE WARNING 'rows of % break %: it is left NOT VALID and holds for what is written from now on',
            target, constraint_name;
    END;
END
$$;
COMMENT ON FUNCTION core_api.ensure_constraint(text, text, text) IS
    'Adds the constraint unless the table has one of that name; old rows that break it leave it NOT VALID.';

CREATE OR REPLACE FUNCTION core_api.ensure_row_rules(table_name text, id_column text DEFAULT NULL) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    target regclass := format('core_api.%I', table_name);
BEGIN
    IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = target AND attname = 'updated_at') THEN
        -- Triggers fire in the order of their names: these have the last word after those of other programs.
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER %I BEFORE INSERT ON %s FOR EACH ROW
             WHEN (NEW.updated_at IS NULL)
             EXECUTE FUNCTION core_api.advance_updated_at()',
            'zz_' || table_name || '_updated_at_insert', target);
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER %I BEFORE UPDATE ON %s FOR EACH ROW
             WHEN (NEW.updated_at IS NULL OR NEW.updated_at <= OLD.updated_at)
             EXECUTE FUNCTION core_api.advance_updated_at()',
            'zz_' || table_name || '_updated_at_update', target);
    END IF;
    IF EXISTS (SELECT FROM pg_attribute WHERE attrelid = target AND attname = 'workspace_pk') THEN
        EXECUTE format(
            'CREATE OR REPLACE TRIGGER %I BEFORE UPDATE ON %s FOR EACH ROW
             WHEN (NEW.workspace_pk IS DISTINCT FROM OLD.workspace_pk)
             EXECUTE FUNCTION core_api.refuse_workspace_change()',
            table_name || '_workspace_immutable', target);
    END IF;
    IF id_column IS NOT NULL THEN
        PERFORM core_api.ensure_immutable(table_name, id_column, table_name || '_id_immutable');
    END IF;
END
$$;
COMMENT ON FUNCTION core_api.ensure_row_rules(text, text) IS
    'Gives a table the triggers every table has: updated_at moves, workspace and public id stay.';

CREATE OR REPLACE FUNCTION core_api.ensure_immutable(table_name text, column_name text, rule_name text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format(
        'CREATE OR REPLACE TRIGGER %1$I BEFORE UPDATE ON core_api.%2$I FOR EACH ROW
         WHEN (NEW.%3$I IS DISTINCT FROM OLD.%3$I)
         EXECUTE FUNCTION core_api.refuse_change(%3$L)',
        rule_name, table_name, column_name);
END
$$;
COMMENT ON FUNCTION core_api.ensure_immutable(text, text, text) IS
    'Gives a table the trigger, and with it the error''s constraint name, that refuses any change of a column.';

CREATE OR REPLACE FUNCTION core_api.undo_table(table_name text, VARIADIC constraints text[] DEFAULT '{}') RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    target regclass := to_regclass(format('core_api.%I', table_name));
    name   text;
BEGIN
    IF target IS NULL THEN
        RETURN;
    ELSIF NOT table_name = ANY (core_api.found_before()) THEN
        EXECUTE format('DROP TABLE %s', target);
        RETURN;
    END IF;
    FOREACH name IN ARRAY constraints LOOP
        EXECUTE format('ALTER TABLE %s DROP CONSTRAINT IF EXISTS %I', target, name);
    END LOOP;
    FOR name IN
        SELECT tgname FROM pg_trigger
        JOIN pg_proc ON pg_proc.oid = tgfoid
        WHERE tgrelid = target AND pronamespace = 'core_api'::regnamespace
          AND proname IN ('advance_updated_at', 'refuse_change', 'refuse_workspace_change')
    LOOP
        EXECUTE format('DROP TRIGGER %I ON %s', name, target);
    END LOOP;
END
$$;
COMMENT ON FUNCTION core_api.undo_table(text, text[]) IS
    'Drops a table the migrations made; from one that was here before, takes off the given constraints and the triggers.';

CREATE OR REPLACE FUNCTION core_api.undo_enum(type_name text) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    IF NOT type_name = ANY (core_api.found_before()) THEN
        EXECUTE format('DROP TYPE IF EXISTS core_api.%I', type_name);
    END IF;
END
$$;
COMMENT ON FUNCTION core_api.undo_enum(text) IS 'Drops an enum unless it was here before the first migration.';

---------------------------------------------------------------------------------------------------------------------
-- What the triggers call
---------------------------------------------------------------------------------------------------------------------

CREATE OR REPLACE FUNCTION core_api.advance_updated_at() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.updated_at := greatest(now(), NEW.created_at);
    ELSE
        -- Later than it was, also twice within one transaction and when the clock steps back: whoever compares it
        -- sees that the row has moved on.
        NEW.updated_at := greatest(clock_timestamp(), OLD.updated_at + interval '1 microsecond');
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION core_api.advance_updated_at() IS
    'Sets updated_at where the writer left it out, and keeps it strictly increasing.';

CREATE OR REPLACE FUNCTION core_api.refuse_change() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.% is set once and never changed', TG_TABLE_NAME, TG_ARGV[0]
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, COLUMN = TG_ARGV[0],
              TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
END
$$;
COMMENT ON FUNCTION core_api.refuse_change() IS
    'Refuses an update of the column in the first argument; the error carries the trigger''s name as its constraint.';

-- Runs as its owner, so that it sees every workspace whatever the writer may see.
CREATE OR REPLACE FUNCTION core_api.refuse_workspace_change() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    -- The one change allowed is the foreign key's own, when the workspace itself gets another pk: the old one is
    -- gone then, which nobody can bring about otherwise while a row points at it.
    IF OLD.workspace_pk IS NOT NULL AND NEW.workspace_pk IS NOT NULL
        AND NOT EXISTS (SELECT FROM core_api.workspaces WHERE pk = OLD.workspace_pk)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION '%.workspace_pk is set once and never changed', TG_TABLE_NAME
        USING ERRCODE = 'check_violation', CONSTRAINT = TG_NAME, COLUMN = 'workspace_pk',
              TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
END
$$;
COMMENT ON FUNCTION core_api.refuse_workspace_change() IS
    'Refuses to move a row to another workspace, into one or out of one.';

REVOKE EXECUTE ON FUNCTION
    core_api.found_before(), core_api.ensure_enum(text, text[]), core_api.ensure_constraint(text, text, text),
    core_api.ensure_row_rules(text, text), core_api.ensure_immutable(text, text, text),
    core_api.undo_table(text, text[]), core_api.undo_enum(text),
    core_api.advance_updated_at(), core_api.refuse_change(), core_api.refuse_workspace_change()
FROM PUBLIC;

---------------------------------------------------------------------------------------------------------------------
-- Enums
---------------------------------------------------------------------------------------------------------------------

SELECT core_api.ensure_enum('direction_enum', 'input', 'output');
COMMENT ON TYPE core_api.direction_enum IS 'Which way data goes: in from a source, or out to a destination.';

SELECT core_api.ensure_enum('provider_type_enum', 'apideck', 'chift', 'well', 'plaid_eu', 'plaid_us');
COMMENT ON TYPE core_api.provider_type_enum IS 'Through whom a connector reaches its tool.';

SELECT core_api.ensure_enum('status_enum',
    'enabled', 'disabled', 'to_configure', 'processing', 'error', 'need_reconnect', 'suspended', 'degraded');
COMMENT ON TYPE core_api.status_enum IS 'The state of one connection of a connector in a workspace.';

SELECT core_api.ensure_enum('connector_sync_status_enum', 'scheduled', 'in_progress', 'success', 'error');
COMMENT ON TYPE core_api.connector_sync_status_enum IS 'Where a sync run stands; success and error are final.';

SELECT core_api.ensure_enum('sync_trigger_type_enum', 'cloud_task', 'manual', 'oauth_callback');
COMMENT ON TYPE core_api.sync_trigger_type_enum IS
    'What started a sync run: the queue, a person, or the end of an authorisation.';

SELECT core_api.ensure_enum('target_model_enum',
    'company', 'people', 'invoice', 'transaction', 'account', 'ledger_account', 'journal', 'journal_entry', 'email',
    'payment_means', 'invoice_transaction', 'document');
COMMENT ON TYPE core_api.target_model_enum IS 'The kind of entity a mapping produces.';

SELECT core_api.ensure_enum('sync_failure_reason_enum',
    -- informational
    'jury_run', 'jury_disagreement', 'schema_drift_detected', 'target_skipped', 'structured_pipeline_degraded',
    'structured_pipeline_fell_back_to_legacy', 'tool_selection_pinned',
    -- failure
    'no_suitable_tool', 'tool_not_found', 'auth_scope_insufficient', 'tool_execution_failed', 'empty_result',
    'jsonata_generation_failed', 'jury_partial', 'jury_quorum_lost', 'blueprint_persistence_failed',
    'mapped_entities_dropped', 'mapped_entities_partial_drop', 'fk_parent_missing', 'entity_persist_failed',
    'sync_fk_dag_cycle', 'regression_reverted', 'mapping_generation_hard_fail');
COMMENT ON TYPE core_api.sync_failure_reason_enum IS
    'What a diagnostic reports; the first seven values inform, the others are failures.';

SELECT core_api.ensure_enum('collect_status_enum', 'todo', 'in_progress', 'finalized', 'error');
COMMENT ON TYPE core_api.collect_status_enum IS 'Where a collect stands; finalized and error are final.';

SELECT core_api.ensure_enum('document_processing_status_enum',
    'pending', 'extracting', 'categorized', 'extracted', 'skipped', 'failed', 'rejected');
COMMENT ON TYPE core_api.document_processing_status_enum IS 'How far the reading of a document has come.';

SELECT core_api.ensure_enum('task_status_enum',
    'ice_log', 'open', 'in_progress', 'done', 'blocked', 'cancelled', 'archived');
COMMENT ON TYPE core_api.task_status_enum IS 'Where a task stands.';

SELECT core_api.ensure_enum('membership_role_enum', 'owner', 'admin', 'member', 'guest');
COMMENT ON TYPE core_api.membership_role_enum IS 'What a person may do in a workspace.';

SELECT core_api.ensure_enum('membership_status_enum', 'pending', 'active');
COMMENT ON TYPE core_api.membership_status_enum IS 'Whether an invitation to a workspace was taken up.';

SELECT core_api.ensure_enum('api_key_role_enum', 'guest', 'member', 'admin', 'owner', 'service');
COMMENT ON TYPE core_api.api_key_role_enum IS
    'What the holder of an API key may do in its workspace; service is the sync pipeline.';
