SELECT core_api.undo_enum(enum_name) FROM unnest(ARRAY[
    'api_key_role_enum', 'membership_status_enum', 'membership_role_enum', 'task_status_enum',
    'document_processing_status_enum', 'collect_status_enum', 'sync_failure_reason_enum', 'target_model_enum',
    'sync_trigger_type_enum', 'connector_sync_status_enum', 'status_enum', 'provider_type_enum', 'direction_enum'
]) AS enum_name;

DROP FUNCTION core_api.refuse_workspace_change();
DROP FUNCTION core_api.refuse_change();
DROP FUNCTION core_api.advance_updated_at();
DROP FUNCTION core_api.undo_enum(text);
DROP FUNCTION core_api.undo_table(text, text[]);
DROP FUNCTION core_api.ensure_immutable(text, text, text);
DROP FUNCTION core_api.ensure_row_rules(text, text);
DROP FUNCTION core_api.ensure_constraint(text, text, text);
DROP FUNCTION core_api.ensure_enum(text, text[]);

DO $do$
DECLARE
    was_here boolean := 'schema' = ANY (core_api.found_before());
BEGIN
    DROP FUNCTION core_api.found_before();
    IF NOT was_here THEN
        DROP SCHEMA core_api;
    END IF;
END
$do$;
