DO $do$
DECLARE
    recorder regprocedure;
BEGIN
    FOR recorder IN
        SELECT oid FROM pg_proc WHERE pronamespace = 'core_api'::regnamespace AND proname ~ '^record_moved_'
    LOOP
        EXECUTE format('DROP FUNCTION %s CASCADE', recorder);
    END LOOP;
END
$do$;
