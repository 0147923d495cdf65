SELECT core_api.undo_table('documents', 'documents_collect_scope');
SELECT core_api.undo_table('collects', 'collects_task_scope', 'collects_people_scope', 'collects_workspace_key');
