CREATE TABLE IF NOT EXISTS core_api.collects (
    pk           serial PRIMARY KEY,
    collect_id   uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT collects_id_key UNIQUE,
    provider     varchar(255),
    status       core_api.collect_status_enum NOT NULL DEFAULT 'todo',
    started_at   timestamptz,
    ended_at     timestamptz,
    created_at   timestamptz NOT NULL DEFAULT now(),
    updated_at   timestamptz,
    deleted_at   timestamptz,
    people_pk    integer NOT NULL REFERENCES core_api.peoples (pk) ON UPDATE CASCADE ON DELETE NO ACTION,
    workspace_pk integer REFERENCES core_api.workspaces (pk) ON UPDATE CASCADE ON DELETE CASCADE,
    task_pk      integer REFERENCES core_api.tasks (pk) ON UPDATE CASCADE ON DELETE SET NULL
);
SELECT core_api.ensure_constraint('collects', 'collects_workspace_key', 'UNIQUE (workspace_pk, pk)');
SELECT core_api.ensure_constraint('collects', 'collects_people_scope',
    'FOREIGN KEY (workspace_pk, people_pk) REFERENCES core_api.peoples (workspace_pk, pk)
     ON UPDATE CASCADE ON DELETE NO ACTION');
SELECT core_api.ensure_constraint('collects', 'collects_task_scope',
    'FOREIGN KEY (workspace_pk, task_pk) REFERENCES core_api.tasks (workspace_pk, pk)
     ON UPDATE CASCADE ON DELETE SET NULL (task_pk)');
CREATE INDEX IF NOT EXISTS idx_collects_status ON core_api.collects (status) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS idx_collects_people ON core_api.collects (people_pk) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS idx_collects_workspace_status ON core_api.collects (workspace_pk, status);
CREATE INDEX IF NOT EXISTS idx_collects_workspace_created
    ON core_api.collects (workspace_pk, created_at DESC, pk DESC) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS idx_collects_task_created
    ON core_api.collects (task_pk, created_at DESC, pk DESC) WHERE deleted_at IS NULL AND task_pk IS NOT NULL;
SELECT core_api.ensure_row_rules('collects', 'collect_id');
-- A final status stays, whoever writes.
CREATE OR REPLACE TRIGGER collects_final_status_immutable
    BEFORE UPDATE ON core_api.collects FOR EACH ROW
    WHEN (OLD.status::text IN ('finalized', 'error') AND NEW.status IS DISTINCT FROM OLD.status)
    EXECUTE FUNCTION core_api.refuse_change('status');

COMMENT ON TABLE core_api.collects IS 'A gathering of documents that a person started, mostly from the browser.';
COMMENT ON COLUMN core_api.collects.pk IS 'Internal key, the target of joins; never leaves the server.';
COMMENT ON COLUMN core_api.collects.collect_id IS 'Public id, given by the database and never changed.';
COMMENT ON COLUMN core_api.collects.provider IS
    'Key of the tool or surface it gathers from, such as linkedin; null when it was started by hand.';
COMMENT ON COLUMN core_api.collects.status IS 'Where the collect stands.';
COMMENT ON COLUMN core_api.collects.started_at IS 'When it went to work; null before.';
COMMENT ON COLUMN core_api.collects.ended_at IS 'When it came to its end, good or bad; null before.';
COMMENT ON COLUMN core_api.collects.created_at IS 'When the row was made.';
COMMENT ON COLUMN core_api.collects.updated_at IS 'When the row last changed; every change moves it forward.';
COMMENT ON COLUMN core_api.collects.deleted_at IS 'When the row was deleted; null while it is live.';
COMMENT ON COLUMN core_api.collects.people_pk IS 'The person who started it.';
COMMENT ON COLUMN core_api.collects.workspace_pk IS
    'The workspace that owns the row, never changed; nobody sees an old row without one.';
COMMENT ON COLUMN core_api.collects.task_pk IS 'The task it was done for, of the same workspace.';

CREATE TABLE IF NOT EXISTS core_api.documents (
    pk                serial PRIMARY KEY,
    document_id       uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT documents_id_key UNIQUE,
    filename          text NOT NULL,
    type              text,
    size              bigint,
    document_type     text,
    processing_status core_api.document_processing_status_enum NOT NULL DEFAULT 'pending',
    content_checksum  text,
    bucket            text,
    path              text,
    uploaded_at       timestamptz,
    created_at        timestamptz NOT NULL DEFAULT now(),
    updated_at        timestamptz,
    deleted_at        timestamptz,
    workspace_pk      integer NOT NULL REFERENCES core_api.workspaces (pk) ON UPDATE CASCADE ON DELETE CASCADE,
    collect_pk        integer REFERENCES core_api.collects (pk) ON UPDATE CASCADE ON DELETE SET NULL
);
SELECT core_api.ensure_constraint('documents', 'documents_collect_scope',
    'FOREIGN KEY (workspace_pk, collect_pk) REFERENCES core_api.collects (workspace_pk, pk)
     ON UPDATE CASCADE ON DELETE SET NULL (collect_pk)');
CREATE INDEX IF NOT EXISTS idx_documents_workspace_created
    ON core_api.documents (workspace_pk, created_at DESC, pk DESC) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS idx_documents_collect_created
    ON core_api.documents (collect_pk, created_at DESC, pk DESC) WHERE deleted_at IS NULL AND collect_pk IS NOT NULL;
SELECT core_api.ensure_row_rules('documents', 'document_id');

COMMENT ON TABLE core_api.documents IS 'A file of a workspace, with what was found out about it.';
COMMENT ON COLUMN core_api.documents.pk IS 'Internal key, the target of joins; never leaves the server.';
COMMENT ON COLUMN core_api.documents.document_id IS 'Public id, given by the database and never changed.';
COMMENT ON COLUMN core_api.documents.filename IS 'Name of the file, as people see it.';
COMMENT ON COLUMN core_api.documents.type IS 'MIME type of the file.';
COMMENT ON COLUMN core_api.documents.size IS 'Size of the file in bytes.';
COMMENT ON COLUMN core_api.documents.document_type IS
    'What kind of document it is, as a UN/EDIFACT code such as 380 for a commercial invoice.';
COMMENT ON COLUMN core_api.documents.processing_status IS 'How far its reading has come.';
COMMENT ON COLUMN core_api.documents.content_checksum IS 'Checksum of the content, by which duplicates are found.';
COMMENT ON COLUMN core_api.documents.bucket IS 'Secret: the store the file lies in; never selected by the server.';
COMMENT ON COLUMN core_api.documents.path IS 'Secret: where in its store the file lies; never selected by the server.';
COMMENT ON COLUMN core_api.documents.uploaded_at IS 'When the file reached its store; null before.';
COMMENT ON COLUMN core_api.documents.created_at IS 'When the row was made.';
COMMENT ON COLUMN core_api.documents.updated_at IS 'When the row last changed; every change moves it forward.';
COMMENT ON COLUMN core_api.documents.deleted_at IS 'When the row was deleted; null while it is live.';
COMMENT ON COLUMN core_api.documents.workspace_pk IS 'The workspace that owns the row, never changed.';
COMMENT ON COLUMN core_api.documents.collect_pk IS 'The collect that gathered it, of the same workspace.';
