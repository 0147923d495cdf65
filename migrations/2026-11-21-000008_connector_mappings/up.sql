CREATE TABLE IF NOT EXISTS core_api.connector_mappings (
    pk                     serial PRIMARY KEY,
    connector_mapping_id   uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT connector_mappings_id_key UNIQUE,
    target_model           core_api.target_model_enum NOT NULL,
    expression             text NOT NULL,
    user_instructions      text,
    schema_fingerprint     varchar(128),
    schema_key_paths       jsonb,
    needs_regeneration     boolean NOT NULL DEFAULT false,
    tool_name              text NOT NULL,
    tool_args              jsonb,
    selected_at            timestamptz,
    audit_trail            jsonb,
    pagination_spec        jsonb,
    last_persist_count     integer,
    created_at             timestamptz NOT NULL DEFAULT now(),
    updated_at             timestamptz,
    deleted_at             timestamptz,
    workspace_connector_pk integer NOT NULL
        REFERENCES core_api.workspace_connectors (pk) ON UPDATE CASCADE ON DELETE CASCADE,
    workspace_pk           integer NOT NULL
        REFERENCES core_api.workspaces (pk) ON UPDATE CASCADE ON DELETE CASCADE
);
SELECT core_api.ensure_constraint('connector_mappings', 'connector_mappings_workspace_connector_scope',
    'FOREIGN KEY (workspace_pk, workspace_connector_pk) REFERENCES core_api.workspace_connectors (workspace_pk, pk)
     ON UPDATE CASCADE ON DELETE CASCADE');
SELECT core_api.ensure_constraint('connector_mappings', 'connector_mappings_tool_args_size',
    'CHECK (pg_column_size(tool_args) < 65536)');
SELECT core_api.ensure_constraint('connector_mappings', 'connector_mappings_schema_key_paths_is_array',
    'CHECK (jsonb_typeof(schema_key_paths) = ''array'')');
SELECT core_api.ensure_constraint('connector_mappings', 'connector_mappings_last_persist_count_not_negative',
    'CHECK (last_persist_count >= 0)');
CREATE UNIQUE INDEX IF NOT EXISTS connector_mappings_wc_target_tool_unique
    ON core_api.connector_mappings (workspace_connector_pk, target_model, tool_name) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS idx_connector_mappings_workspace_created
    ON core_api.connector_mappings (workspace_pk, created_at DESC, pk DESC) WHERE deleted_at IS NULL;
SELECT core_api.ensure_row_rules('connector_mappings', 'connector_mapping_id');
SELECT core_api.ensure_immutable('connector_mappings', 'tool_args', 'connector_mappings_tool_args_immutable');

COMMENT ON TABLE core_api.connector_mappings IS
    'The compiled expression that turns one tool''s response into one kind of entity, for one connection.';
COMMENT ON COLUMN core_api.connector_mappings.pk IS 'Internal key, the target of joins; never leaves the server.';
COMMENT ON COLUMN core_api.connector_mappings.connector_mapping_id IS
    'Public id, given by the database and never changed.';
COMMENT ON COLUMN core_api.connector_mappings.target_model IS 'The kind of entity the expression produces.';
COMMENT ON COLUMN core_api.connector_mappings.expression IS 'The mapping itself, in `JSONata`.';
COMMENT ON COLUMN core_api.connector_mappings.user_instructions IS
    'Hints of people for the next time the expression is generated.';
COMMENT ON COLUMN core_api.connector_mappings.schema_fingerprint IS
    'Hash of the schema the tool answered with when the mapping was made.';
COMMENT ON COLUMN core_api.connector_mappings.schema_key_paths IS
    'The dotted key paths of that schema, in order, as a JSON array of strings.';
COMMENT ON COLUMN core_api.connector_mappings.needs_regeneration IS
    'Whether the next sync run should generate the expression anew.';
COMMENT ON COLUMN core_api.connector_mappings.tool_name IS
    'The tool whose response is mapped; rows from before there were several say legacy.';
COMMENT ON COLUMN core_api.connector_mappings.tool_args IS
    'The arguments the tool is called with, under 64 KiB; captured once, never changed.';
COMMENT ON COLUMN core_api.connector_mappings.selected_at IS
    'When the tool was selected, from which the time to select again is counted.';
COMMENT ON COLUMN core_api.connector_mappings.audit_trail IS
    'How the expression was judged: jury, panel, reasoning, disagreement and duration; null on old rows.';
COMMENT ON COLUMN core_api.connector_mappings.pagination_spec IS
    'How the tool pages its response; null when there is one page.';
COMMENT ON COLUMN core_api.connector_mappings.last_persist_count IS
    'How many entities the last sync run that used it kept; null before the first.';
COMMENT ON COLUMN core_api.connector_mappings.created_at IS 'When the row was made.';
COMMENT ON COLUMN core_api.connector_mappings.updated_at IS
    'When the row last changed; every change moves it forward.';
COMMENT ON COLUMN core_api.connector_mappings.deleted_at IS
    'When the mapping was deleted or replaced; null while it is live.';
COMMENT ON COLUMN core_api.connector_mappings.workspace_connector_pk IS 'The connection it maps for.';
COMMENT ON COLUMN core_api.connector_mappings.workspace_pk IS 'The workspace of the connection, never changed.';
