-- What a mapping took the place of, newest first.
CREATE INDEX IF NOT EXISTS idx_connector_mappings_replaced
    ON core_api.connector_mappings (workspace_connector_pk, target_model, tool_name, pk DESC)
    WHERE deleted_at IS NOT NULL;
