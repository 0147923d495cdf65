CREATE TABLE IF NOT EXISTS core_api.workspaces (
    pk                    serial PRIMARY KEY,
    workspace_id          uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT workspaces_id_key UNIQUE,
    name                  text NOT NULL,
    description           text,
    avatar_color          text,
    avatar_image          text,
    external_workspace_id text CONSTRAINT workspaces_external_workspace_id_key UNIQUE,
    timezone              text,
    created_at            timestamptz NOT NULL DEFAULT now(),
    updated_at            timestamptz,
    deleted_at            timestamptz,
    parent_workspace_pk   integer REFERENCES core_api.workspaces (pk) ON UPDATE CASCADE ON DELETE SET NULL
);
SELECT core_api.ensure_row_rules('workspaces', 'workspace_id');

COMMENT ON TABLE core_api.workspaces IS 'A tenant: everything else belongs to one, or is shared by all.';
COMMENT ON COLUMN core_api.workspaces.pk IS 'Internal key, the target of joins; never leaves the server.';
COMMENT ON COLUMN core_api.workspaces.workspace_id IS 'Public id, given by the database and never changed.';
COMMENT ON COLUMN core_api.workspaces.name IS 'What people call the workspace.';
COMMENT ON COLUMN core_api.workspaces.description IS 'What the workspace is for, in free text.';
COMMENT ON COLUMN core_api.workspaces.avatar_color IS 'Colour shown where there is no picture, as CSS writes it.';
COMMENT ON COLUMN core_api.workspaces.avatar_image IS 'Address of the picture shown for the workspace.';
COMMENT ON COLUMN core_api.workspaces.external_workspace_id IS 'The id the workspace has in the identity provider.';
COMMENT ON COLUMN core_api.workspaces.timezone IS 'IANA name of the time zone its people work in.';
COMMENT ON COLUMN core_api.workspaces.created_at IS 'When the row was made.';
COMMENT ON COLUMN core_api.workspaces.updated_at IS 'When the row last changed; every change moves it forward.';
COMMENT ON COLUMN core_api.workspaces.deleted_at IS 'When the row was deleted; null while it is live.';
COMMENT ON COLUMN core_api.workspaces.parent_workspace_pk IS 'The workspace this one is part of, if any.';

CREATE TABLE IF NOT EXISTS core_api.peoples (
    pk           serial PRIMARY KEY,
    person_id    uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT peoples_id_key UNIQUE,
    full_name    varchar(255),
    first_name   varchar(255),
    last_name    varchar(255),
    job_title    text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz,
    deleted_at   timestamptz,
    workspace_pk integer REFERENCES core_api.workspaces (pk) ON UPDATE CASCADE ON DELETE CASCADE
);
SELECT core_api.ensure_constraint('peoples', 'peoples_workspace_key', 'UNIQUE (workspace_pk, pk)');
CREATE INDEX IF NOT EXISTS idx_peoples_workspace_created
    ON core_api.peoples (workspace_pk, created_at DESC, pk DESC) WHERE deleted_at IS NULL;
SELECT core_api.ensure_row_rules('peoples', 'person_id');

COMMENT ON TABLE core_api.peoples IS 'A person a workspace knows: a member of it, or somebody it deals with.';
COMMENT ON COLUMN core_api.peoples.pk IS 'Internal key, the target of joins; never leaves the server.';
COMMENT ON COLUMN core_api.peoples.person_id IS 'Public id, given by the database and never changed.';
COMMENT ON COLUMN core_api.peoples.full_name IS 'The name as it is written out.';
COMMENT ON COLUMN core_api.peoples.first_name IS 'Given name.';
COMMENT ON COLUMN core_api.peoples.last_name IS 'Family name.';
COMMENT ON COLUMN core_api.peoples.job_title IS 'What the person does in their organisation.';
COMMENT ON COLUMN core_api.peoples.created_at IS 'When the row was made.';
COMMENT ON COLUMN core_api.peoples.updated_at IS 'When the row last changed; every change moves it forward.';
COMMENT ON COLUMN core_api.peoples.deleted_at IS 'When the row was deleted; null while it is live.';
COMMENT ON COLUMN core_api.peoples.workspace_pk IS
    'The workspace that owns the row, never changed; nobody sees a row without one.';

CREATE TABLE IF NOT EXISTS core_api.memberships (
    pk            serial PRIMARY KEY,
    membership_id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT memberships_id_key UNIQUE,
    subject       text,
    role          core_api.membership_role_enum NOT NULL,
    status        core_api.membership_status_enum NOT NULL DEFAULT 'pending',
    is_default    boolean NOT NULL DEFAULT false,
    created_at    timestamptz NOT NULL DEFAULT now(),
    updated_at    timestamptz,
    deleted_at    timestamptz,
    person_pk     integer REFERENCES core_api.peoples (pk) ON UPDATE CASCADE ON DELETE SET NULL,
    workspace_pk  integer NOT NULL REFERENCES core_api.workspaces (pk) ON UPDATE CASCADE ON DELETE CASCADE
);
SELECT core_api.ensure_constraint('memberships', 'memberships_person_scope',
    'FOREIGN KEY (workspace_pk, person_pk) REFERENCES core_api.peoples (workspace_pk, pk)
     ON UPDATE CASCADE ON DELETE SET NULL (person_pk)');
CREATE UNIQUE INDEX IF NOT EXISTS memberships_subject_workspace_unique
    ON core_api.memberships (subject, workspace_pk) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS idx_memberships_subject
    ON core_api.memberships (subject, workspace_pk, deleted_at);
CREATE INDEX IF NOT EXISTS idx_memberships_workspace_created
    ON core_api.memberships (workspace_pk, created_at DESC, pk DESC) WHERE deleted_at IS NULL;
SELECT core_api.ensure_row_rules('memberships', 'membership_id');

COMMENT ON TABLE core_api.memberships IS 'What makes an identity a member of a workspace, with a role.';
COMMENT ON COLUMN core_api.memberships.pk IS 'Internal key, the target of joins; never leaves the server.';
COMMENT ON COLUMN core_api.memberships.membership_id IS 'Public id, given by the database and never changed.';
COMMENT ON COLUMN core_api.memberships.subject IS
    'The stable id the identity provider gives the member; null until the invitation is taken up.';
COMMENT ON COLUMN core_api.memberships.role IS 'What the member may do.';
COMMENT ON COLUMN core_api.memberships.status IS 'Only an active membership lets its subject in.';
COMMENT ON COLUMN core_api.memberships.is_default IS
    'Whether this is the workspace of a request of the subject that names none.';
COMMENT ON COLUMN core_api.memberships.created_at IS 'When the row was made.';
COMMENT ON COLUMN core_api.memberships.updated_at IS 'When the row last changed; every change moves it forward.';
COMMENT ON COLUMN core_api.memberships.deleted_at IS 'When the row was deleted; null while it is live.';
COMMENT ON COLUMN core_api.memberships.person_pk IS 'The person the member is in this workspace.';
COMMENT ON COLUMN core_api.memberships.workspace_pk IS 'The workspace that owns the row, never changed.';

CREATE TABLE IF NOT EXISTS core_api.api_keys (
    pk           serial PRIMARY KEY,
    api_key_id   uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT api_keys_id_key UNIQUE,
    name         text NOT NULL,
    key_hash     bytea NOT NULL CONSTRAINT api_keys_key_hash_key UNIQUE,
    key_hint     text NOT NULL,
    role         core_api.api_key_role_enum NOT NULL,
    last_used_at timestamptz,
    expires_at   timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz,
    deleted_at   timestamptz,
    person_pk    integer REFERENCES core_api.peoples (pk) ON UPDATE CASCADE ON DELETE SET NULL,
    workspace_pk integer NOT NULL REFERENCES core_api.workspaces (pk) ON UPDATE CASCADE ON DELETE CASCADE
);
SELECT core_api.ensure_constraint('api_keys', 'api_keys_key_hash_is_sha256', 'CHECK (octet_length(key_hash) = 32)');
SELECT core_api.ensure_constraint('api_keys', 'api_keys_person_scope',
    'FOREIGN KEY (workspace_pk, person_pk) REFERENCES core_api.peoples (workspace_pk, pk)
     ON UPDATE CASCADE ON DELETE SET NULL (person_pk)');
CREATE INDEX IF NOT EXISTS idx_api_keys_workspace_created
    ON core_api.api_keys (workspace_pk, created_at DESC, pk DESC) WHERE deleted_at IS NULL;
SELECT core_api.ensure_row_rules('api_keys', 'api_key_id');

COMMENT ON TABLE core_api.api_keys IS 'A credential with which a machine acts in one workspace.';
COMMENT ON COLUMN core_api.api_keys.pk IS 'Internal key, the target of joins; never leaves the server.';
COMMENT ON COLUMN core_api.api_keys.api_key_id IS 'Public id, given by the database and never changed.';
COMMENT ON COLUMN core_api.api_keys.name IS 'What the key is for, in the words of whoever made it.';
COMMENT ON COLUMN core_api.api_keys.key_hash IS 'SHA-256 of the whole key; the key itself is never stored.';
COMMENT ON COLUMN core_api.api_keys.key_hint IS 'The few characters of the key by which people tell it from others.';
COMMENT ON COLUMN core_api.api_keys.role IS 'What the holder of the key may do.';
COMMENT ON COLUMN core_api.api_keys.last_used_at IS 'When the key last opened a request; null if it never did.';
COMMENT ON COLUMN core_api.api_keys.expires_at IS 'From when on the key is refused; null if it does not expire.';
COMMENT ON COLUMN core_api.api_keys.created_at IS 'When the row was made.';
COMMENT ON COLUMN core_api.api_keys.updated_at IS 'When the row last changed; every change moves it forward.';
COMMENT ON COLUMN core_api.api_keys.deleted_at IS 'When the key was revoked; null while it is live.';
COMMENT ON COLUMN core_api.api_keys.person_pk IS 'The person in whose name the key acts, if it is a person''s.';
COMMENT ON COLUMN core_api.api_keys.workspace_pk IS 'The workspace that owns the row, never changed.';
