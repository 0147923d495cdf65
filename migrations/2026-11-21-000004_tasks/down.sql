SELECT core_api.undo_table('tasks',
    'tasks_parent_task_scope', 'tasks_created_by_scope', 'tasks_assigned_to_scope', 'tasks_workspace_key');
