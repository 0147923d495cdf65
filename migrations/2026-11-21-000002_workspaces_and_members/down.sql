SELECT core_api.undo_table('api_keys', 'api_keys_person_scope', 'api_keys_key_hash_is_sha256');
SELECT core_api.undo_table('memberships', 'memberships_person_scope');
SELECT core_api.undo_table('peoples', 'peoples_workspace_key');
SELECT core_api.undo_table('workspaces');
