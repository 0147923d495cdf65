CREATE OR REPLACE FUNCTION core_api.advance_updated_at() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        NEW.updated_at := greatest(now(), NEW.created_at);
    ELSE
        -- Later than it was, also twice within one transaction and when the clock steps back: whoever compares it
        -- sees that the row has moved on.
        NEW.updated_at := greatest(clock_timestamp(), OLD.updated_at + interval '1 microsecond');
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION core_api.advance_updated_at() IS
    'Sets updated_at where the writer left it out, and keeps it strictly increasing.';
