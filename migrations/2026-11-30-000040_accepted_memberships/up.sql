-- Programs that do not know the column make members that are known by it.
ALTER TABLE core_api.memberships ADD COLUMN IF NOT EXISTS is_accepted boolean NOT NULL DEFAULT true;
COMMENT ON COLUMN core_api.memberships.is_accepted IS
    'Whether the subject has come in: requests that name no workspace do not go where it never was.';
