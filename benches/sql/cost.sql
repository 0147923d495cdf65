-- Adds workspace 201 to the database that fill.sql made: one that is large in every table, with texts of all lengths, and
-- an administrator `member-201` who may read all of it.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL search_path = core_api, pg_temp;
SET LOCAL session_replication_role = replica;

CREATE FUNCTION pg_temp.uid(kind text, n bigint) RETURNS uuid
LANGUAGE sql IMMUTABLE AS $$ SELECT md5('cost ' || kind || n)::uuid $$;

CREATE FUNCTION pg_temp.moment(n bigint, total bigint, days int) RETURNS timestamptz
LANGUAGE sql IMMUTABLE AS $$
    SELECT timestamptz '2026-01-31 00:00:00+00' - (total - n) * (days * interval '1 day' / total)
$$;

-- So many letters that no pattern of the generator is found by chance.
CREATE FUNCTION pg_temp.words(n bigint, letters int) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT left(string_agg(md5((n * 31 + i)::text), ' '), letters) FROM generate_series(0, letters / 33) i
$$;

INSERT INTO workspaces (pk, workspace_id, name, external_workspace_id, timezone, created_at, updated_at)
SELECT 201, pg_temp.uid('workspace', 201), 'Workspace 201', 'ext-201', 'Europe/Paris', t, t
FROM pg_temp.moment(1, 1, 900) t;

INSERT INTO peoples (pk, person_id, full_name, first_name, last_name, job_title, created_at, updated_at, workspace_pk)
SELECT 10000000 + n, pg_temp.uid('person', n), 'Person ' || n, 'Person', n::text, pg_temp.words(n, 40), t, t, 201
FROM generate_series(1, 500) n, pg_temp.moment(n, 500, 900) t;

INSERT INTO memberships (pk, membership_id, subject, role, status, is_default, created_at, updated_at, person_pk, workspace_pk)
SELECT 10000000 + n, pg_temp.uid('membership', n), CASE WHEN n = 1 THEN 'member-201' ELSE 'other-' || n END,
       (CASE WHEN n = 1 THEN 'admin' ELSE 'member' END)::membership_role_enum, 'active', true, t, t, 10000000 + n, 201
FROM generate_series(1, 300) n, pg_temp.moment(n, 300, 900) t;

INSERT INTO workspace_connectors (pk, workspace_connector_id, status, account_label, last_successful_sync_at, created_at,
                                  updated_at, workspace_pk, connector_pk, person_pk)
SELECT 10000000 + n, pg_temp.uid('workspace connector', n), 'enabled', pg_temp.words(n, 30),
       timestamptz '2026-01-30 12:00:00+00', t, t, 201, n % 60 + 1, 10000000 + n
FROM generate_series(1, 200) n, pg_temp.moment(n, 200, 600) t;

INSERT INTO tasks (pk, task_id, title, description, status, priority, due_date, created_at, updated_at, assigned_to_pk,
                   created_by_pk, parent_task_pk, workspace_pk)
SELECT 10000000 + n, pg_temp.uid('task', n), pg_temp.words(n, 60), pg_temp.words(n, 400), 'open', 'high', t::date, t, t,
       10000000 + n % 500 + 1, 10000000 + n % 500 + 1, CASE WHEN n > 100 THEN 10000000 + n % 100 + 1 END, 201
FROM generate_series(1, 2000) n, pg_temp.moment(n, 2000, 300) t;

INSERT INTO collects (pk, collect_id, provider, status, started_at, ended_at, created_at, updated_at, people_pk, task_pk,
                      workspace_pk)
SELECT 10000000 + n, pg_temp.uid('collect', n), 'popup-' || n % 300, 'finalized', t, t + interval '40 seconds', t, t,
       10000000 + n % 500 + 1, 10000000 + n % 2000 + 1, 201
FROM generate_series(1, 4000) n, pg_temp.moment(n, 4000, 300) t;

INSERT INTO documents (pk, document_id, filename, type, size, document_type, processing_status, content_checksum,
                       uploaded_at, created_at, updated_at, workspace_pk, collect_pk)
SELECT 10000000 + n, pg_temp.uid('document', n), pg_temp.words(n, 60) || '.pdf', 'application/pdf', 20000 + n, '380',
       'extracted', md5('content' || n), t, t, t, 201, 10000000 + n % 4000 + 1
FROM generate_series(1, 8000) n, pg_temp.moment(n, 8000, 300) t;

INSERT INTO document_workspace_connectors (pk, direction, created_at, updated_at, document_pk, workspace_connector_pk)
SELECT 10000000 + n, (CASE WHEN n <= 8000 THEN 'input' ELSE 'output' END)::direction_enum, t, t,
       10000000 + n % 8000 + 1, 10000000 + n % 200 + 1
FROM generate_series(1, 16000) n, pg_temp.moment(n, 16000, 299) t;

INSERT INTO workspace_connector_sync_logs (pk, workspace_connector_sync_log_id, status, trigger_type, started_at,
    completed_at, duration_ms, metadata, created_at, updated_at, workspace_connector_pk, workspace_pk)
SELECT 10000000 + n, pg_temp.uid('log', n), 'success', 'manual', t, t + n % 900 * interval '1 second', n * 37 % 60000,
       jsonb_build_object('records_synced', n % 900, 'pages_fetched', n % 9), t, t, 10000000 + n * 7919 % 200 + 1, 201
FROM generate_series(1, 20000) n, pg_temp.moment(n, 20000, 40) t;

INSERT INTO connector_sync_diagnostics (pk, diagnostic_id, target_model, tool_name, reason, http_status, detail,
    occurred_at, created_at, updated_at, workspace_pk, workspace_connector_pk)
SELECT 10000000 + n, pg_temp.uid('diagnostic', n), 'invoice', 'list_' || n % 400, reasons[n % 23 + 1], 504,
       pg_temp.words(n, 200), t, t, t, 201, 10000000 + n * 7919 % 200 + 1
FROM (SELECT enum_range(NULL::sync_failure_reason_enum) reasons) e,
     generate_series(1::bigint, 10000) n, pg_temp.moment(n, 10000, 40) t;

INSERT INTO connector_mappings (pk, connector_mapping_id, target_model, expression, schema_fingerprint,
    schema_key_paths, tool_name, selected_at, last_persist_count, created_at, updated_at, workspace_connector_pk, workspace_pk)
SELECT 10000000 + n, pg_temp.uid('mapping', n), models[n % 12 + 1], pg_temp.words(n, 2000), md5('schema' || n),
       '["no", "lines.amount", "customer.name"]', 'tool_' || n, t, n % 500, t, t, 10000000 + n % 200 + 1, 201
FROM (SELECT enum_range(NULL::target_model_enum) models) e, generate_series(1, 2000) n, pg_temp.moment(n, 2000, 300) t;
COMMIT;
VACUUM (ANALYZE);
