-- A row that another program wrote with an `updated_at` of infinity, or so late that nothing comes after it, kept it for
-- ever or could not be changed at all, and nobody saw that it moved on. Beyond the last moment that the API can tell,
-- the order begins anew.
CREATE OR REPLACE FUNCTION core_api.advance_updated_at() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.updated_at := greatest(now(), NEW.created_at);
    ELSIF OLD.updated_at < timestamptz '9999-12-31 23:59:59.999999+00' THEN
        -- Later than it was, also twice within one transaction and when the clock steps back: whoever compares it
        -- sees that the row has moved on.
        NEW.updated_at := greatest(clock_timestamp(), OLD.updated_at + interval '1 microsecond');
    ELSE
        NEW.updated_at := clock_timestamp();
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION core_api.advance_updated_at() IS
    'Sets updated_at where the writer left it out, and keeps it strictly increasing until the end of the year 9999.';
