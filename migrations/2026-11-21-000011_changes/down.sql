DO $do$
DECLARE
    recorder regprocedure;
BEGIN
    FOR recorder IN
        SELECT oid FROM pg_proc
        WHERE pronamespace = 'core_api'::regnamespace AND proname ~ '^record_(created|updated|deleted)_'
    LOOP
        EXECUTE format('DROP FUNCTION %s CASCADE', recorder);
    END LOOP;
END
$do$;
SELECT core_api.undo_table('change_feed');
SELECT core_api.undo_table('changes');
SELECT core_api.undo_enum('change_kind_enum');
SELECT core_api.undo_enum('followed_entity_enum');
