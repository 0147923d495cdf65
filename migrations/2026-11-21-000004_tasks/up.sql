CREATE TABLE IF NOT EXISTS core_api.tasks (
    pk             serial PRIMARY KEY,
    task_id        uuid NOT NULL DEFAULT gen_random_uuid() CONSTRAINT tasks_id_key UNIQUE,
    title          text NOT NULL,
    description    text,
    status         core_api.task_status_enum NOT NULL DEFAULT 'open',
    priority       text,
    due_date       date,
    done_at        timestamptz,
    created_at     timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz,
    deleted_at     timestamptz,
    assigned_to_pk integer REFERENCES core_api.peoples (pk) ON UPDATE CASCADE ON DELETE SET NULL,
    created_by_pk  integer REFERENCES core_api.peoples (pk) ON UPDATE CASCADE ON DELETE SET NULL,
    parent_task_pk integer REFERENCES core_api.tasks (pk) ON UPDATE CASCADE ON DELETE SET NULL,
    workspace_pk   integer NOT NULL REFERENCES core_api.workspaces (pk) ON UPDATE CASCADE ON DELETE CASCADE
);
SELECT core_api.ensure_constraint('tasks', 'tasks_workspace_key', 'UNIQUE (workspace_pk, pk)');
SELECT core_api.ensure_constraint('tasks', 'tasks_assigned_to_scope',
    'FOREIGN KEY (workspace_pk, assigned_to_pk) REFERENCES core_api.peoples (workspace_pk, pk)
     ON UPDATE CASCADE ON DELETE SET NULL (assigned_to_pk)');
SELECT core_api.ensure_constraint('tasks', 'tasks_created_by_scope',
    'FOREIGN KEY (workspace_pk, created_by_pk) REFERENCES core_api.peoples (workspace_pk, pk)
     ON UPDATE CASCADE ON DELETE SET NULL (created_by_pk)');
SELECT core_api.ensure_constraint('tasks', 'tasks_parent_task_scope',
    'FOREIGN KEY (workspace_pk, parent_task_pk) REFERENCES core_api.tasks (workspace_pk, pk)
     ON UPDATE CASCADE ON DELETE SET NULL (parent_task_pk)');
CREATE INDEX IF NOT EXISTS idx_tasks_workspace_created
    ON core_api.tasks (workspace_pk, created_at DESC, pk DESC) WHERE deleted_at IS NULL;
CREATE INDEX IF NOT EXISTS idx_tasks_assigned_to_created
    ON core_api.tasks (assigned_to_pk, created_at DESC, pk DESC)
    WHERE deleted_at IS NULL AND assigned_to_pk IS NOT NULL;
CREATE INDEX IF NOT EXISTS idx_tasks_parent_created
    ON core_api.tasks (parent_task_pk, created_at DESC, pk DESC)
    WHERE deleted_at IS NULL AND parent_task_pk IS NOT NULL;
SELECT core_api.ensure_row_rules('tasks', 'task_id');

COMMENT ON TABLE core_api.tasks IS 'Something to be done in a workspace, perhaps as part of another task.';
COMMENT ON COLUMN core_api.tasks.pk IS 'Internal key, the target of joins; never leaves the server.';
COMMENT ON COLUMN core_api.tasks.task_id IS 'Public id, given by the database and never changed.';
COMMENT ON COLUMN core_api.tasks.title IS 'What is to be done, in one line.';
COMMENT ON COLUMN core_api.tasks.description IS 'What is to be done, at length.';
COMMENT ON COLUMN core_api.tasks.status IS 'Where the task stands.';
COMMENT ON COLUMN core_api.tasks.priority IS 'How urgent it is, in the words of the workspace.';
COMMENT ON COLUMN core_api.tasks.due_date IS 'The day by which it should be done.';
COMMENT ON COLUMN core_api.tasks.done_at IS 'When it was done; null while it is not.';
COMMENT ON COLUMN core_api.tasks.created_at IS 'When the row was made.';
COMMENT ON COLUMN core_api.tasks.updated_at IS 'When the row last changed; every change moves it forward.';
COMMENT ON COLUMN core_api.tasks.deleted_at IS 'When the row was deleted; null while it is live.';
COMMENT ON COLUMN core_api.tasks.assigned_to_pk IS 'The person who is to do it, of the same workspace.';
COMMENT ON COLUMN core_api.tasks.created_by_pk IS 'The person who made it, of the same workspace.';
COMMENT ON COLUMN core_api.tasks.parent_task_pk IS 'The task it is part of, of the same workspace.';
COMMENT ON COLUMN core_api.tasks.workspace_pk IS 'The workspace that owns the row, never changed.';
