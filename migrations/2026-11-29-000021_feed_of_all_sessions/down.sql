DO $do$
DECLARE
    recorder record;
BEGIN
    FOR recorder IN
        SELECT tgrelid::regclass AS target, tgname AS name FROM pg_trigger
        JOIN pg_proc ON pg_proc.oid = tgfoid
        WHERE pronamespace = 'core_api'::regnamespace AND proname ~ '^record_(created|updated|deleted)_'
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE TRIGGER %I', recorder.target, recorder.name);
    END LOOP;
END
$do$;
