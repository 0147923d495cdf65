ALTER TABLE core_api.idempotency_keys DROP COLUMN IF EXISTS hash_version;
