DROP FUNCTION core_api.record_emptied() CASCADE;
DELETE FROM core_api.changes WHERE entity_pk = 0;
COMMENT ON COLUMN core_api.changes.entity_pk IS 'Its internal key; the row itself may be gone.';
