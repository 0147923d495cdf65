SELECT core_api.ensure_row_rules('api_keys', 'api_key_id');
COMMENT ON COLUMN core_api.api_keys.updated_at IS 'When the row last changed; every change moves it forward.';
