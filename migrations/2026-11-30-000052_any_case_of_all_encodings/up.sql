-- Whether a collation knows more letters than A to Z was asked by the numbers of letters, which are those of UTF8 and
-- LATIN1 only: in EUC_JP, say, none passed. Now it is asked by letters of several alphabets, of which every encoding that
-- has more than A to Z and a case has one.
CREATE FUNCTION core_api.any_case_folds() RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    upper_case bytea;
    lower_case bytea;
    folds boolean;
BEGIN
    -- E with an acute, Zhe, Sigma, a full-width A, Ayb: this file is read in the encoding of the database.
    FOR upper_case, lower_case IN VALUES
        ('\xc389'::bytea, '\xc3a9'::bytea), ('\xd096', '\xd0b6'), ('\xcea3', '\xcf83'), ('\xefbca1', '\xefbd81'),
        ('\xd4b1', '\xd5a1')
    LOOP
        BEGIN
            EXECUTE 'SELECT ($1 || ''I'') COLLATE core_api.any_case ILIKE ($2 || ''i'')' INTO folds
                USING convert_from(upper_case, 'UTF8'), convert_from(lower_case, 'UTF8');
            IF folds THEN
                RETURN true;
            END IF;
        EXCEPTION WHEN OTHERS THEN
            -- The encoding of the database does not have this letter.
            NULL;
        END;
    END LOOP;
    RETURN false;
END
$$;

DO $do$
DECLARE
    candidate text;
    own text := (SELECT format('(PROVIDER = libc, LC_COLLATE = ''C'', LC_CTYPE = %L)', datctype)
        FROM pg_catalog.pg_database WHERE datname = current_database());
BEGIN
    IF core_api.any_case_folds() THEN
        RETURN;
    END IF;
    DROP COLLATION core_api.any_case;
    FOREACH candidate IN ARRAY ARRAY[
        'FROM pg_catalog."pg_c_utf8"', 'FROM pg_catalog."C.utf8"', 'FROM pg_catalog."C.UTF-8"',
        'FROM pg_catalog."und-x-icu"', own]
    LOOP
        BEGIN
            EXECUTE format('CREATE COLLATION core_api.any_case %s', candidate);
            IF core_api.any_case_folds() THEN
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
    COMMENT ON COLLATION core_api.any_case IS
        'In which upper and lower case are alike where texts are searched.';
END
$do$;

DROP FUNCTION core_api.any_case_folds();
