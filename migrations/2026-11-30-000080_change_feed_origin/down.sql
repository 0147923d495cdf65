ALTER TABLE core_api.change_feed DROP COLUMN origin;
