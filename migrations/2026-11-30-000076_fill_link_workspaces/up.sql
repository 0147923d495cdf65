-- The links that are there already get their workspace, some thousands at a time, so that those who write meanwhile wait for
-- few of them. Nothing else of a link changes, and nobody is told: its triggers are off where it is filled. Where its ends
-- do not share a workspace, it stays without one, and is still seen by nobody.
DO $do$
DECLARE
    last    integer := 0;
    upto    integer;
    silent  record;
BEGIN
    LOOP
        SELECT max(pk) INTO upto FROM (
            SELECT pk FROM core_api.document_workspace_connectors WHERE pk > last ORDER BY pk LIMIT 5000
        ) AS batch;
        EXIT WHEN upto IS NULL;
        LOCK TABLE core_api.document_workspace_connectors IN SHARE ROW EXCLUSIVE MODE;
        CREATE TEMP TABLE silenced ON COMMIT DROP AS
            SELECT tgname AS name, tgenabled AS mode FROM pg_catalog.pg_trigger
            WHERE tgrelid = 'core_api.document_workspace_connectors'::regclass AND NOT tgisinternal AND tgenabled <> 'D';
        ALTER TABLE core_api.document_workspace_connectors DISABLE TRIGGER USER;
        UPDATE core_api.document_workspace_connectors AS link SET workspace_pk = documents.workspace_pk
        FROM core_api.documents JOIN core_api.workspace_connectors USING (workspace_pk)
        WHERE documents.pk = link.document_pk AND workspace_connectors.pk = link.workspace_connector_pk
            AND link.pk > last AND link.pk <= upto AND link.workspace_pk IS NULL;
        FOR silent IN SELECT name, CASE mode WHEN 'A' THEN 'ALWAYS' WHEN 'R' THEN 'REPLICA' ELSE '' END AS mode
            FROM silenced
        LOOP
            EXECUTE format('ALTER TABLE core_api.document_workspace_connectors ENABLE %s TRIGGER %I',
                silent.mode, silent.name);
        END LOOP;
        COMMIT;
        last := upto;
    END LOOP;
END
$do$;
