CREATE TABLE IF NOT EXISTS core_api.connectors (
    pk           serial PRIMARY KEY,
    connector_id uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT connectors_id_key UNIQUE,
    service_id   text NOT NULL,
    name         text NOT NULL,
    provider     core_api.provider_type_enum NOT NULL,
    category_id  text,
    direction    core_api.direction_enum NOT NULL DEFAULT 'input',
    status       text NOT NULL DEFAULT 'available',
    logo_url     text,
    data_domains text[] NOT NULL DEFAULT '{}',
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz,
    deleted_at   timestamptz,
    workspace_pk integer REFERENCES core_api.workspaces (pk) ON UPDATE CASCADE ON DELETE CASCADE
);
CREATE UNIQUE INDEX IF NOT EXISTS connectors_service_global_unique
    ON core_api.connectors (service_id) WHERE workspace_pk IS NULL AND deleted_at IS NULL;
CREATE UNIQUE INDEX IF NOT EXISTS connectors_service_workspace_unique
    ON core_api.connectors (workspace_pk, service_id) WHERE workspace_pk IS NOT NULL AND deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS idx_connectors_workspace_created
    ON core_api.connectors (workspace_pk, created_at DESC, pk DESC) WHERE deleted_at IS NULL;
SELECT core_api.ensure_row_rules('connectors', 'connector_id');

COMMENT ON TABLE core_api.connectors IS
    'The catalogue: a tool that can be connected, offered to everyone or private to one workspace.';
COMMENT ON COLUMN core_api.connectors.pk IS 'Internal key, the target of joins; never leaves the server.';
COMMENT ON COLUMN core_api.connectors.connector_id IS 'Public id, given by the database and never changed.';
COMMENT ON COLUMN core_api.connectors.service_id IS
    'Stable key of the tool in the catalogue, such as pennylane; unique among live rows of the same owner.';
COMMENT ON COLUMN core_api.connectors.name IS 'What people call the tool.';
COMMENT ON COLUMN core_api.connectors.provider IS 'Through whom the tool is reached.';
COMMENT ON COLUMN core_api.connectors.category_id IS 'Key of the category the catalogue shows it under.';
COMMENT ON COLUMN core_api.connectors.direction IS 'Whether data comes in from the tool or goes out to it.';
COMMENT ON COLUMN core_api.connectors.status IS
    'Whether it can be connected now: `available`, `coming_soon`, `unavailable` or `maintenance`.';
COMMENT ON COLUMN core_api.connectors.logo_url IS 'Address of the picture of the tool.';
COMMENT ON COLUMN core_api.connectors.data_domains IS 'Kinds of data the tool holds, such as accounting or banking.';
COMMENT ON COLUMN core_api.connectors.created_at IS 'When the row was made.';
COMMENT ON COLUMN core_api.connectors.updated_at IS 'When the row last changed; every change moves it forward.';
COMMENT ON COLUMN core_api.connectors.deleted_at IS 'When the row was deleted; null while it is live.';
COMMENT ON COLUMN core_api.connectors.workspace_pk IS
    'The workspace it is private to, never changed; null when it is offered to all.';

CREATE TABLE IF NOT EXISTS core_api.workspace_connectors (
    pk                      serial PRIMARY KEY,
    workspace_connector_id  uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT workspace_connectors_id_key UNIQUE,
    status                  core_api.status_enum NOT NULL DEFAULT 'to_configure',
    config                  jsonb,
    account_label           text,
    last_successful_sync_at timestamptz,
    created_at              timestamptz NOT NULL DEFAULT now(),
    updated_at              timestamptz,
    deleted_at              timestamptz,
    workspace_pk            integer NOT NULL REFERENCES core_api.workspaces (pk) ON UPDATE CASCADE ON DELETE CASCADE,
    connector_pk            integer NOT NULL REFERENCES core_api.connectors (pk) ON UPDATE CASCADE ON DELETE NO ACTION,
    person_pk               integer REFERENCES core_api.peoples (pk) ON UPDATE CASCADE ON DELETE SET NULL
);
SELECT core_api.ensure_constraint('workspace_connectors', 'workspace_connectors_workspace_key',
    'UNIQUE (workspace_pk, pk)');
SELECT core_api.ensure_constraint('workspace_connectors', 'workspace_connectors_person_scope',
    'FOREIGN KEY (workspace_pk, person_pk) REFERENCES core_api.peoples (workspace_pk, pk)
     ON UPDATE CASCADE ON DELETE SET NULL (person_pk)');
CREATE INDEX IF NOT EXISTS idx_workspace_connectors_workspace_created
    ON core_api.workspace_connectors (workspace_pk, created_at DESC, pk DESC) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS idx_workspace_connectors_connector_created
    ON core_api.workspace_connectors (connector_pk, workspace_pk, created_at DESC, pk DESC) WHERE deleted_at IS NULL;
SELECT core_api.ensure_row_rules('workspace_connectors', 'workspace_connector_id');

-- A connector is everyone's or one workspace's, which no foreign key can say. The check comes after the row and after
-- the foreign keys, when the connector is known to be there; it runs as its owner, so that it sees every connector.
CREATE OR REPLACE FUNCTION core_api.check_connector_scope() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM core_api.connectors
        WHERE pk = NEW.connector_pk AND (workspace_pk IS NULL OR workspace_pk = NEW.workspace_pk)
    ) THEN
        RAISE EXCEPTION 'the connector is private to another workspace'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'workspace_connectors_connector_scope',
                  COLUMN = 'connector_pk', TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION core_api.check_connector_scope() IS
    'Refuses to connect a connector that is private to another workspace.';
REVOKE EXECUTE ON FUNCTION core_api.check_connector_scope() FROM PUBLIC;

CREATE OR REPLACE TRIGGER workspace_connectors_connector_scope_insert
    AFTER INSERT ON core_api.workspace_connectors FOR EACH ROW
    EXECUTE FUNCTION core_api.check_connector_scope();
CREATE OR REPLACE TRIGGER workspace_connectors_connector_scope_update
    AFTER UPDATE ON core_api.workspace_connectors FOR EACH ROW
    WHEN (NEW.connector_pk IS DISTINCT FROM OLD.connector_pk)
    EXECUTE FUNCTION core_api.check_connector_scope();

COMMENT ON TABLE core_api.workspace_connectors IS
    'One connection of a connector in one workspace; a workspace may have several of the same connector.';
COMMENT ON COLUMN core_api.workspace_connectors.pk IS 'Internal key, the target of joins; never leaves the server.';
COMMENT ON COLUMN core_api.workspace_connectors.workspace_connector_id IS
    'Public id, given by the database and never changed.';
COMMENT ON COLUMN core_api.workspace_connectors.status IS 'The state of the connection.';
COMMENT ON COLUMN core_api.workspace_connectors.config IS
    'Secret: what the connection is authorised with; never selected by the server.';
COMMENT ON COLUMN core_api.workspace_connectors.account_label IS
    'Which account of the tool is connected, as people call it.';
COMMENT ON COLUMN core_api.workspace_connectors.last_successful_sync_at IS
    'When its latest successful sync run ended; null before the first.';
COMMENT ON COLUMN core_api.workspace_connectors.created_at IS 'When the row was made.';
COMMENT ON COLUMN core_api.workspace_connectors.updated_at IS 'When the row last changed; every change moves it forward.';
COMMENT ON COLUMN core_api.workspace_connectors.deleted_at IS 'When it was disconnected; null while it is live.';
COMMENT ON COLUMN core_api.workspace_connectors.workspace_pk IS 'The workspace that owns the row, never changed.';
COMMENT ON COLUMN core_api.workspace_connectors.connector_pk IS
    'The connector it connects: one of the shared catalogue, or one private to the same workspace.';
COMMENT ON COLUMN core_api.workspace_connectors.person_pk IS 'The person who connected it.';
