-- That a key is used is no change of it: whoever compares updated_at would else see every key in use as changed.
CREATE OR REPLACE TRIGGER zz_api_keys_updated_at_update BEFORE UPDATE ON core_api.api_keys FOR EACH ROW
    WHEN ((NEW.updated_at IS NULL OR NEW.updated_at <= OLD.updated_at)
        AND (NEW.last_used_at IS NOT DISTINCT FROM OLD.last_used_at
            OR to_jsonb(NEW) - 'last_used_at' IS DISTINCT FROM to_jsonb(OLD) - 'last_used_at'))
    EXECUTE FUNCTION core_api.advance_updated_at();
COMMENT ON COLUMN core_api.api_keys.updated_at IS
    'When the row last changed; every change moves it forward, but not that the key is used.';
