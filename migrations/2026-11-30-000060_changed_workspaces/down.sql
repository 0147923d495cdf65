DO $do$
DECLARE
    recorder regprocedure;
BEGIN
    FOR recorder IN
        SELECT oid FROM pg_proc
        WHERE pronamespace = 'core_api'::regnamespace AND proname ~ '^record_workspaces_of_'
    LOOP
        EXECUTE format('DROP FUNCTION %s CASCADE', recorder);
    END LOOP;
END
$do$;
ALTER TABLE core_api.change_feed DROP COLUMN IF EXISTS forgotten_workspaces;
SELECT core_api.undo_table('changed_workspaces');
