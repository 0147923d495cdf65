-- Loaders and replication tools set session_replication_role to replica, so that the rules of a table do not change what
-- they copy. The change feed changes nothing of it, and whoever follows must be told of these rows as of any others.
--
-- The apply worker of a logical subscription still tells nothing, since it fires no statement triggers: a copy that no
-- server reads would only gather changes that nobody forgets.
DO $do$
DECLARE
    recorder record;
BEGIN
    FOR recorder IN
        SELECT tgrelid::regclass AS target, tgname AS name FROM pg_trigger
        JOIN pg_proc ON pg_proc.oid = tgfoid
        WHERE pronamespace = 'core_api'::regnamespace AND proname ~ '^record_(created|updated|deleted)_'
    LOOP
        EXECUTE format('ALTER TABLE %s ENABLE ALWAYS TRIGGER %I', recorder.target, recorder.name);
    END LOOP;
END
$do$;
