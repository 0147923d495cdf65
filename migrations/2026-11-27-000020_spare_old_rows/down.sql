DO $do$
DECLARE
    found record;
BEGIN
    FOR found IN
        SELECT conrelid::regclass AS target, conname AS name, substring(rule FROM '^\(\(pk <= \d+\) OR (.*)\)$') AS rule
        FROM (SELECT *, pg_get_expr(conbin, conrelid) AS rule FROM pg_constraint
              WHERE connamespace = 'core_api'::regnamespace AND contype = 'c') AS checks
        WHERE rule ~ '^\(\(pk <= \d+\) OR '
    LOOP
        EXECUTE format('ALTER TABLE %1$s DROP CONSTRAINT %2$I, ADD CONSTRAINT %2$I CHECK (%3$s) NOT VALID',
            found.target, found.name, found.rule);
    END LOOP;
    IF pg_get_indexdef(to_regclass('core_api.workspace_connector_sync_logs_wc_cloud_task_unique')) LIKE '%ALL%' THEN
        DROP INDEX core_api.workspace_connector_sync_logs_wc_cloud_task_unique;
    END IF;
END
$do$;
