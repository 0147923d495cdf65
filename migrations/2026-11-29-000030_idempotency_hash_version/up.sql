-- Programs that do not name the version write the first.
ALTER TABLE core_api.idempotency_keys ADD COLUMN IF NOT EXISTS hash_version smallint NOT NULL DEFAULT 1;
COMMENT ON COLUMN core_api.idempotency_keys.hash_version IS
    'The form of the input that the hash is made of; hashes of different forms cannot be compared.';
