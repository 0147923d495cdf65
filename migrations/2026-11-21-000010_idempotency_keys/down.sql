SELECT core_api.undo_table('idempotency_keys');
