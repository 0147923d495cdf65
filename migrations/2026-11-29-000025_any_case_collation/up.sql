-- `contains` and `startsWith` take upper and lower case as alike. What that means was up to the locale of the database:
-- with C only A to Z have a lower case, and in Turkish the one of I is not i. Now it is up to this collation, whatever
-- the database's own is. Of those that the server has, it is the first that knows more letters than A to Z. Only one
-- that is asked for letters of the database's encoding can tell.
DO $do$
DECLARE
    candidate text;
    own text := (SELECT format('(PROVIDER = libc, LC_COLLATE = ''C'', LC_CTYPE = %L)', datctype)
        FROM pg_catalog.pg_database WHERE datname = current_database());
    folds boolean;
BEGIN
    FOREACH candidate IN ARRAY ARRAY[
        'FROM pg_catalog."pg_c_utf8"', 'FROM pg_catalog."C.utf8"', 'FROM pg_catalog."C.UTF-8"',
        'FROM pg_catalog."und-x-icu"', own]
    LOOP
        BEGIN
            EXECUTE format('CREATE COLLATION core_api.any_case %s', candidate);
            EXECUTE 'SELECT chr(201) || ''I'' COLLATE core_api.any_case ILIKE chr(233) || ''i''' INTO folds;
            IF folds THEN
                EXIT;
            END IF;
            DROP COLLATION core_api.any_case;
        EXCEPTION WHEN OTHERS THEN
            -- The server does not have it, or it is not for the encoding of the database. Making it is undone.
            NULL;
        END;
    END LOOP;
    IF to_regcollation('core_api.any_case') IS NULL THEN
        CREATE COLLATION core_api.any_case FROM pg_catalog."C";
    END IF;
END
$do$;

COMMENT ON COLLATION core_api.any_case IS
    'In which upper and lower case are alike where texts are searched.';
