-- What the peers get in the filled database, the server's tables left as they are: two roles, one that sees everything
-- and one held by row security to the workspace of its settings; and three functions for what generated APIs have no
-- words of their own for. May be run again.
\set ON_ERROR_STOP on
BEGIN;
DROP SCHEMA IF EXISTS peers CASCADE;
CREATE SCHEMA peers;
DO $$
DECLARE
    role text;
BEGIN
    FOREACH role IN ARRAY ARRAY['peer', 'peer_rls'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = role) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', role);
        END IF;
        EXECUTE format('GRANT USAGE ON SCHEMA core_api, peers TO %I', role);
        EXECUTE format('GRANT SELECT, INSERT, UPDATE ON ALL TABLES IN SCHEMA core_api TO %I', role);
        EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA core_api TO %I', role);
    END LOOP;
END
$$;
ALTER ROLE peer BYPASSRLS;

-- The owner, as whom the server and the limit run, is not subject to these. The setting is read once in a statement.
CREATE FUNCTION pg_temp.hold(name text, condition text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE format('ALTER TABLE core_api.%I ENABLE ROW LEVEL SECURITY', name);
    EXECUTE format('DROP POLICY IF EXISTS bench ON core_api.%I', name);
    EXECUTE format('CREATE POLICY bench ON core_api.%I TO peer_rls USING (deleted_at IS NULL AND %s)', name, condition);
END
$$;
SELECT pg_temp.hold(name, 'workspace_pk = (SELECT current_setting(''app.workspace_pk'')::int)')
FROM unnest(ARRAY['workspace_connectors', 'documents', 'workspace_connector_sync_logs', 'connector_sync_diagnostics']) name;
SELECT pg_temp.hold('workspaces', 'pk = (SELECT current_setting(''app.workspace_pk'')::int)');
SELECT pg_temp.hold('connectors',
    '(workspace_pk IS NULL OR workspace_pk = (SELECT current_setting(''app.workspace_pk'')::int))');
-- A link has no workspace: its ends, which the policies above hide, decide.
SELECT pg_temp.hold('document_workspace_connectors', 'true');

CREATE TYPE peers.day_count AS (day timestamptz, status core_api.connector_sync_status_enum, count int);

CREATE FUNCTION peers.sync_logs_by_day(workspace int, since timestamptz, until timestamptz) RETURNS SETOF peers.day_count
LANGUAGE sql STABLE AS $$
    SELECT date_trunc('day', created_at, 'UTC'), status, count(*)::int
    FROM core_api.workspace_connector_sync_logs
    WHERE workspace_pk = workspace AND deleted_at IS NULL AND created_at >= since AND created_at < until
    GROUP BY 1, 2
$$;

CREATE FUNCTION peers.create_sync_log(workspace int, connector uuid, metadata jsonb)
RETURNS core_api.workspace_connector_sync_logs LANGUAGE sql VOLATILE AS $$
    INSERT INTO core_api.workspace_connector_sync_logs
        (status, trigger_type, started_at, metadata, created_at, workspace_connector_pk, workspace_pk)
    SELECT 'in_progress', 'manual', now(), $3, now(), pk, workspace_pk
    FROM core_api.workspace_connectors
    WHERE workspace_connector_id = connector AND workspace_pk = workspace AND deleted_at IS NULL
    RETURNING *
$$;

CREATE FUNCTION peers.mark_sync_log_success(workspace int, log uuid)
RETURNS core_api.workspace_connector_sync_logs LANGUAGE sql VOLATILE AS $$
    WITH marked AS (
        UPDATE core_api.workspace_connector_sync_logs
        SET status = 'success', completed_at = now(), duration_ms = extract(epoch FROM now() - started_at) * 1000
        WHERE workspace_connector_sync_log_id = log AND workspace_pk = workspace
          AND status = 'in_progress' AND deleted_at IS NULL
        RETURNING *
    ), moved AS (
        UPDATE core_api.workspace_connectors SET last_successful_sync_at = greatest(last_successful_sync_at, now())
        FROM marked WHERE workspace_connectors.pk = marked.workspace_connector_pk
    )
    SELECT * FROM marked
$$;
COMMIT;
