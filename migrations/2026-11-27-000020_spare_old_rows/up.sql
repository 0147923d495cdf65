-- PostgreSQL checks the whole of a row at every change of it. Where rows had broken a rule before there was one, no
-- other change of them could be made either: a run could not end, a mapping not be deleted. The rule spares them now,
-- and holds for all that come after.
DO $do$
DECLARE
    found record;
    newest integer;
BEGIN
    FOR found IN
        SELECT conrelid::regclass AS target, conname AS name, pg_get_expr(conbin, conrelid) AS rule
        FROM pg_constraint
        WHERE connamespace = 'core_api'::regnamespace AND contype = 'c' AND NOT convalidated AND conname IN (
            'api_keys_key_hash_is_sha256', 'workspace_connector_sync_logs_error_only_on_error',
            'workspace_connector_sync_logs_cloud_task_only_from_queue',
            'workspace_connector_sync_logs_duration_not_negative', 'connector_mappings_schema_key_paths_is_array',
            'connector_mappings_tool_args_size', 'connector_mappings_last_persist_count_not_negative')
    LOOP
        EXECUTE format('LOCK TABLE %s IN SHARE ROW EXCLUSIVE MODE', found.target);
        EXECUTE format('SELECT max(pk) FROM %s', found.target) INTO newest;
        EXECUTE format('ALTER TABLE %1$s DROP CONSTRAINT %2$I, ADD CONSTRAINT %2$I CHECK (pk <= %3$s OR %4$s)',
            found.target, found.name, coalesce(newest, 0), found.rule);
    END LOOP;
END
$do$;

-- Where old logs share a task, one of them stands for it from now on, so that the task is not scheduled again.
DO $do$
DECLARE
    repeated integer[];
BEGIN
    IF to_regclass('core_api.workspace_connector_sync_logs_wc_cloud_task_unique') IS NOT NULL THEN
        RETURN;
    END IF;
    LOCK TABLE core_api.workspace_connector_sync_logs IN SHARE MODE;
    SELECT coalesce(array_agg(pk) FILTER (WHERE place > 1), '{}') INTO repeated FROM (
        SELECT pk, row_number() OVER (PARTITION BY workspace_connector_pk, cloud_task_id ORDER BY pk) AS place
        FROM core_api.workspace_connector_sync_logs WHERE cloud_task_id IS NOT NULL AND deleted_at IS NULL
    ) AS scheduled;
    EXECUTE format(
        'CREATE UNIQUE INDEX workspace_connector_sync_logs_wc_cloud_task_unique
             ON core_api.workspace_connector_sync_logs (workspace_connector_pk, cloud_task_id)
             WHERE cloud_task_id IS NOT NULL AND deleted_at IS NULL AND pk <> ALL (%L::integer[])', repeated);
END
$do$;
