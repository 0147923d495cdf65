-- The newest links of each workspace connector, without sorting those of the same moment.
CREATE INDEX IF NOT EXISTS idx_dwc_wc_list
    ON core_api.document_workspace_connectors (workspace_connector_pk, created_at DESC, pk DESC)
    WHERE deleted_at IS NULL;
