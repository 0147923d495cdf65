-- Fills a migrated, empty database, the same way each time: run as a superuser with the variable `logs`.
--
-- Row n of a table has the key n. 60 connectors; 200 workspaces, of which the first 80 have 20 workspace connectors
-- each and the others 3 or 4, 2,000 together. Everything else belongs to workspace connector n % 2000 + 1 or to its
-- workspace, so rows of all workspaces lie mixed on disk, as they do where all tenants write at once. Times end at a
-- fixed moment and no two of a table are equal, so every order is unique.
\set ON_ERROR_STOP on
BEGIN;
SET LOCAL search_path = core_api, pg_temp;
SET LOCAL synchronous_commit = off;
-- No triggers and no look-ups of foreign keys: the rows are consistent by construction.
SET LOCAL session_replication_role = replica;

-- Indexes are built once, at the end.
CREATE TEMP TABLE later AS
SELECT indexname, indexdef FROM pg_indexes
WHERE schemaname = 'core_api' AND indexname NOT IN (SELECT conname FROM pg_constraint);
SELECT format('DROP INDEX core_api.%I', indexname) FROM later \gexec

CREATE FUNCTION pg_temp.uid(kind text, n bigint) RETURNS uuid
LANGUAGE sql IMMUTABLE AS $$ SELECT md5(kind || n)::uuid $$;

CREATE FUNCTION pg_temp.workspace_of(connector bigint) RETURNS int
LANGUAGE sql IMMUTABLE AS $$
    SELECT (CASE WHEN connector <= 1600 THEN (connector - 1) / 20 + 1 ELSE 81 + (connector - 1601) % 120 END)::int
$$;

-- The workspace connector that is `step` further in the same workspace.
CREATE FUNCTION pg_temp.sibling(connector bigint, step bigint) RETURNS int
LANGUAGE sql IMMUTABLE AS $$
    SELECT (CASE WHEN connector <= 1600 THEN (connector - 1) / 20 * 20 + (connector - 1 + step * 7) % 20 + 1
                 ELSE 1601 + (connector - 1601 + step * 120) % 360 END)::int
$$;

CREATE FUNCTION pg_temp.moment(n bigint, total bigint, days int) RETURNS timestamptz
LANGUAGE sql IMMUTABLE AS $$
    SELECT timestamptz '2026-01-31 00:00:00+00' - (total - n) * (days * interval '1 day' / total)
$$;

INSERT INTO workspaces (pk, workspace_id, name, description, external_workspace_id, timezone, created_at, updated_at)
SELECT n, pg_temp.uid('workspace', n), 'Workspace ' || n, 'Tenant number ' || n, 'ext-' || n, 'Europe/Paris', t, t
FROM generate_series(1, 200) n, pg_temp.moment(n, 200, 900) t;

INSERT INTO peoples (pk, person_id, full_name, first_name, last_name, job_title, created_at, updated_at, workspace_pk)
SELECT n, pg_temp.uid('person', n), 'Person ' || n, 'Person', n::text, 'Accountant', t, t, (n - 1) / 5 + 1
FROM generate_series(1, 1000) n, pg_temp.moment(n, 1000, 900) t;

INSERT INTO memberships (pk, membership_id, subject, role, status, is_default, created_at, updated_at, person_pk, workspace_pk)
SELECT n, pg_temp.uid('membership', n), 'member-' || n, 'member', 'active', true, t, t, (n - 1) * 5 + 1, n
FROM generate_series(1, 200) n, pg_temp.moment(n, 200, 900) t;

-- The secret of key n is `well_sk_` and n, base64url of 32 bytes: see tokens.py.
INSERT INTO api_keys (pk, api_key_id, name, key_hash, key_hint, role, created_at, updated_at, workspace_pk)
SELECT n, pg_temp.uid('key', n), 'pipeline', sha256(secret::bytea), 'well_sk_…', 'service', t, t, n
FROM generate_series(1, 200) n, pg_temp.moment(n, 200, 900) t,
     concat('well_sk_', translate(rtrim(encode(sha256(('key' || n)::bytea), 'base64'), '='), '+/', '-_')) secret;

INSERT INTO connectors (pk, connector_id, service_id, name, provider, category_id, direction, status, logo_url,
                        data_domains, created_at, updated_at)
SELECT n, pg_temp.uid('connector', n), 'service-' || n, 'Connector ' || n, 'well', 'accounting', 'input', 'available',
       'https://logos.example/' || n || '.svg', '{invoices,contacts}', t, t
FROM generate_series(1, 60) n, pg_temp.moment(n, 60, 900) t;

INSERT INTO workspace_connectors (pk, workspace_connector_id, status, config, account_label, last_successful_sync_at,
                                  created_at, updated_at, workspace_pk, connector_pk, person_pk)
SELECT n, pg_temp.uid('workspace connector', n), 'enabled', jsonb_build_object('token', repeat(md5(n::text), 8)),
       'account-' || n, timestamptz '2026-01-30 12:00:00+00', t, t, w, n % 60 + 1, (w - 1) * 5 + 1
FROM generate_series(1, 2000) n, pg_temp.moment(n, 2000, 600) t, pg_temp.workspace_of(n) w;

INSERT INTO collects (pk, collect_id, provider, status, started_at, ended_at, created_at, updated_at, people_pk, workspace_pk)
SELECT n, pg_temp.uid('collect', n), 'popup', 'finalized', t, t + interval '40 seconds', t, t, (w - 1) * 5 + n % 5 + 1, w
FROM generate_series(1, 100000) n, pg_temp.moment(n, 100000, 300) t, pg_temp.workspace_of(n % 2000 + 1) w;

INSERT INTO documents (pk, document_id, filename, type, size, document_type, processing_status, content_checksum,
                       bucket, path, uploaded_at, created_at, updated_at, workspace_pk, collect_pk)
SELECT n, pg_temp.uid('document', n), 'invoice-' || n || '.pdf', 'application/pdf', 20000 + n % 90000, '380',
       'extracted', md5('content' || n), 'documents', 'a/b/' || n, t, t, t, w, CASE WHEN n % 3 = 0 THEN n END
FROM generate_series(1, 100000) n, pg_temp.moment(n, 100000, 300) t, pg_temp.workspace_of(n % 2000 + 1) w;

-- Three links of each document: in from its own connector, then out to two others of the workspace.
INSERT INTO document_workspace_connectors (pk, direction, created_at, updated_at, document_pk, workspace_connector_pk)
SELECT n, (CASE WHEN step = 0 THEN 'input' ELSE 'output' END)::direction_enum, t, t, (n - 1) / 3 + 1,
       pg_temp.sibling(((n - 1) / 3 + 1) % 2000 + 1, step)
FROM generate_series(1, 300000) n, pg_temp.moment(n, 300000, 299) t, LATERAL (VALUES ((n - 1) % 3)) s (step);

INSERT INTO workspace_connector_sync_logs (pk, workspace_connector_sync_log_id, status, trigger_type, cloud_task_id,
    started_at, completed_at, duration_ms, error, metadata, created_at, updated_at, workspace_connector_pk, workspace_pk)
SELECT n, pg_temp.uid('log', n), status::connector_sync_status_enum, trigger::sync_trigger_type_enum,
       CASE WHEN trigger = 'cloud_task' THEN 'projects/well/locations/europe-west1/queues/sync/tasks/' || n END,
       CASE WHEN status <> 'scheduled' THEN t + interval '2 seconds' END,
       CASE WHEN ended THEN t + interval '2 seconds' + ms * interval '1 millisecond' END,
       CASE WHEN ended THEN ms END,
       CASE WHEN status = 'error' THEN 'The provider did not answer within 30 seconds (504 Gateway Timeout).' END,
       jsonb_build_object('records_synced', n % 900, 'pages_fetched', n % 9, 'connector_slug', 'service-' || n % 60),
       t, t + interval '2 seconds', connector, pg_temp.workspace_of(connector)
FROM generate_series(1, :logs::bigint) n, pg_temp.moment(n, :logs, 60) t,
     LATERAL (VALUES (
         n * 7919 % 2000 + 1,
         CASE n % 25 WHEN 0 THEN 'error' WHEN 1 THEN 'error' WHEN 2 THEN 'error' WHEN 3 THEN 'scheduled'
                     WHEN 4 THEN 'in_progress' ELSE 'success' END,
         CASE n % 3 WHEN 0 THEN 'manual' ELSE 'cloud_task' END,
         n % 25 NOT IN (3, 4),
         (1000 + n * 37 % 60000)::int
     )) s (connector, status, trigger, ended, ms);

INSERT INTO connector_sync_diagnostics (pk, diagnostic_id, target_model, tool_name, reason, http_status, detail,
    occurred_at, created_at, updated_at, workspace_pk, workspace_connector_pk)
SELECT n, pg_temp.uid('diagnostic', n), models[n % 12 + 1], 'list_invoices', reasons[n % 23 + 1],
       CASE WHEN n % 2 = 0 THEN 504 END, 'Page ' || n % 40 || ' of the answer was empty, so the run ended early.',
       t, t, t, pg_temp.workspace_of(connector), connector
FROM (SELECT enum_range(NULL::target_model_enum) models, enum_range(NULL::sync_failure_reason_enum) reasons) e,
     generate_series(1::bigint, 300000) n, pg_temp.moment(n, 300000, 60) t, LATERAL (VALUES (n * 7919 % 2000 + 1)) s (connector);

INSERT INTO connector_mappings (pk, connector_mapping_id, target_model, expression, schema_fingerprint,
    schema_key_paths, tool_name, selected_at, last_persist_count, created_at, updated_at, workspace_connector_pk, workspace_pk)
SELECT n, pg_temp.uid('mapping', n), models[(n - 1) / 2000 + 1], 'invoices.{ "number": no, "total": $sum(lines.amount) }',
       md5('schema' || n), '["no", "lines.amount", "customer.name"]', 'list_invoices', t, n % 500, t, t,
       n % 2000 + 1, pg_temp.workspace_of(n % 2000 + 1)
FROM (SELECT enum_range(NULL::target_model_enum) models) e,
     generate_series(1, 20000) n, pg_temp.moment(n, 20000, 300) t;

SELECT indexdef FROM later \gexec

SELECT setval(format('core_api.%s_pk_seq', name), 100000000) FROM unnest(ARRAY['workspaces', 'peoples', 'memberships',
    'api_keys', 'connectors', 'workspace_connectors', 'collects', 'documents', 'document_workspace_connectors',
    'workspace_connector_sync_logs', 'connector_sync_diagnostics', 'connector_mappings']) name \g /dev/null
COMMIT;
VACUUM (ANALYZE);
CHECKPOINT;
