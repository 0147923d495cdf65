DROP INDEX IF EXISTS core_api.idx_connector_mappings_replaced;
