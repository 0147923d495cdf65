ALTER TABLE core_api.memberships DROP COLUMN IF EXISTS is_accepted;
