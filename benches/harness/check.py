"""Whether a system answers rightly, before its speed counts; and how many statements an answer takes."""

import http.client

from .postgres import Problem

SAMPLE = 20


def _fail(system, workload, what):
    raise Problem(f"{system.name} answers {workload.name.upper()} wrongly: {what}")


def _ask(system, workload, document, entry, connection, **more):
    status, answer = system.ask(entry.workspace, document, {**entry.variables, **more}, workload.mutates, connection)
    if status != 200 or answer.get("errors") or not answer.get("data"):
        _fail(system, workload, f"status {status}, {str(answer)[:1000]}")
    return answer["data"]


def check(system, workload, database, entries, limits):
    """Compares a sample of answers with what the limit's statement gives; the statements that the sample takes."""
    connection = http.client.HTTPConnection("127.0.0.1", system.port, timeout=30)
    if workload.mutates:
        documents = system.document(f"{workload.name}-create"), system.document(f"{workload.name}-mark")

        def one(slot, entry):
            return _pair(system, workload, documents, slot, entry, connection)
    else:
        document = system.document(workload.name)

        def one(_, entry):
            return _ask(system, workload, document, entry, connection)

        for entry in entries[:SAMPLE]:
            got, wanted = workload.answer(one(None, entry)), workload.truth(database.cluster, database.name, entry, limits)
            if got != wanted or not got:
                wrong = next((pair for pair in zip(got, wanted) if pair[0] != pair[1]), "another number of rows")
                _fail(system, workload, f"{len(got)} rows, not {len(wanted)}; {wrong}")

    def sample():
        for slot, entry in enumerate(entries[:SAMPLE]):
            one(slot, entry)

    statements = database.statements(system.role, sample)
    if workload.mutates:
        _check_written(system, workload, database, documents, entries[0], connection)
    connection.close()
    return statements


def _pair(system, workload, documents, slot, entry, connection):
    create, mark = documents
    # The log stands in a payload, or, with peers that have none, by itself.
    created = _ask(system, workload, create, entry, connection, metadata={"slot": slot})["create"]
    created = created.get("log", created)
    marked = _ask(system, workload, mark, entry, connection, id=created["id"])["mark"]
    marked = marked.get("log", marked)
    if marked["id"] != created["id"] or marked["status"].upper() != "SUCCESS":
        _fail(system, workload, f"{created}, then {marked}")
    return created


def _check_written(system, workload, database, documents, entry, connection):
    created = _pair(system, workload, documents, 7, entry, connection)
    found = database.psql(f"""
        SELECT l.status, l.workspace_pk, l.metadata, l.duration_ms >= 0 AND l.completed_at >= l.started_at,
               c.last_successful_sync_at >= l.started_at, c.workspace_connector_id
        FROM core_api.workspace_connector_sync_logs l
        JOIN core_api.workspace_connectors c ON c.pk = l.workspace_connector_pk
        WHERE workspace_connector_sync_log_id = '{created["id"]}'""")
    wanted = ["success", str(entry.workspace), '{"slot": 7}', "t", "t", entry.variables["connector"]]
    if found != [wanted]:
        _fail(system, workload, f"the database holds {found}, not {wanted}")
