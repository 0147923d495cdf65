CREATE TABLE IF NOT EXISTS core_api.document_workspace_connectors (
    pk                     serial PRIMARY KEY,
    direction              core_api.direction_enum NOT NULL,
    created_at             timestamptz NOT NULL DEFAULT now(),
    updated_at             timestamptz,
    deleted_at             timestamptz,
    document_pk            integer NOT NULL REFERENCES core_api.documents (pk) ON UPDATE CASCADE ON DELETE NO ACTION,
    workspace_connector_pk integer NOT NULL
        REFERENCES core_api.workspace_connectors (pk) ON UPDATE CASCADE ON DELETE NO ACTION
);
CREATE INDEX IF NOT EXISTS idx_dwc_wc_created_at
    ON core_api.document_workspace_connectors (workspace_connector_pk, created_at);
CREATE INDEX IF NOT EXISTS idx_dwc_input_active_doc_created
    ON core_api.document_workspace_connectors (document_pk, created_at)
    WHERE direction = 'input' AND deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS idx_dwc_document_created
    ON core_api.document_workspace_connectors (document_pk, created_at DESC, pk DESC);
SELECT core_api.ensure_row_rules('document_workspace_connectors');

-- A link has no workspace of its own, so no foreign key can say that its two ends share one. The check comes after the
-- row and after the foreign keys, when both ends are known to be there; it runs as its owner, so that it sees both.
CREATE OR REPLACE FUNCTION core_api.check_document_link_scope() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (
        SELECT FROM core_api.documents
        JOIN core_api.workspace_connectors USING (workspace_pk)
        WHERE documents.pk = NEW.document_pk AND workspace_connectors.pk = NEW.workspace_connector_pk
    ) THEN
        RAISE EXCEPTION 'the document and the workspace connector are of different workspaces'
            USING ERRCODE = 'foreign_key_violation', CONSTRAINT = 'document_workspace_connectors_scope',
                  TABLE = TG_TABLE_NAME, SCHEMA = TG_TABLE_SCHEMA;
    END IF;
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION core_api.check_document_link_scope() IS
    'Refuses a link between a document and a workspace connector of different workspaces.';
REVOKE EXECUTE ON FUNCTION core_api.check_document_link_scope() FROM PUBLIC;

CREATE OR REPLACE TRIGGER document_workspace_connectors_scope_insert
    AFTER INSERT ON core_api.document_workspace_connectors FOR EACH ROW
    EXECUTE FUNCTION core_api.check_document_link_scope();
CREATE OR REPLACE TRIGGER document_workspace_connectors_scope_update
    AFTER UPDATE ON core_api.document_workspace_connectors FOR EACH ROW
    WHEN (NEW.document_pk IS DISTINCT FROM OLD.document_pk
        OR NEW.workspace_connector_pk IS DISTINCT FROM OLD.workspace_connector_pk)
    EXECUTE FUNCTION core_api.check_document_link_scope();

COMMENT ON TABLE core_api.document_workspace_connectors IS
    'The provenance ledger: through which connection a document came in or went out, and when; repeats may stand.';
COMMENT ON COLUMN core_api.document_workspace_connectors.pk IS
    'Internal key; leaves the server only sealed, as the public id of the link.';
COMMENT ON COLUMN core_api.document_workspace_connectors.direction IS
    'Whether the document came in from the tool or was routed to it.';
COMMENT ON COLUMN core_api.document_workspace_connectors.created_at IS
    'When the row was made, which is when the document passed.';
COMMENT ON COLUMN core_api.document_workspace_connectors.updated_at IS
    'When the row last changed; every change moves it forward.';
COMMENT ON COLUMN core_api.document_workspace_connectors.deleted_at IS
    'When the row was deleted; null while it is live.';
COMMENT ON COLUMN core_api.document_workspace_connectors.document_pk IS 'The document that passed.';
COMMENT ON COLUMN core_api.document_workspace_connectors.workspace_connector_pk IS
    'The connection it passed through, of the same workspace as the document.';
