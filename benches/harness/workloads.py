"""W1 to W5: what is asked, with which variables, and which rows a right answer holds."""

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Entry:
    """One request: the workspace it acts in, its GraphQL variables, and the variables of the limit's statement."""

    workspace: int
    variables: dict
    statement: dict


def plain(value):
    """A value as text, the same whether GraphQL or psql wrote it: enums in one case, moments in microseconds."""
    if value is None:
        return ""
    text = str(value)
    moment = re.fullmatch(r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z| UTC|\+00(?::?00)?)?", text)
    if moment:
        return f"{moment[1]} {moment[2]}.{(moment[3] or '').ljust(6, '0')}"
    if re.fullmatch(r"[A-Za-z]+(_[A-Za-z]+)*", text):
        return text.replace("_", "").lower()
    return text


def _nodes(connection):
    return connection["nodes"] if isinstance(connection, dict) else connection


def _only(value):
    return next(iter(value.values()))


@dataclass(frozen=True)
class Workload:
    """How to ask for it, and how to compare. `entries` is SQL: the key of the workspace, then what `entry` takes."""

    name: str
    title: str
    entries: str
    entry: object
    rows: object = None
    expected: object = lambda rows: rows
    mutates: bool = False

    def answer(self, data):
        """The rows in the data of a GraphQL answer, comparable with `truth`."""
        return [[plain(value) for value in row] for row in self.rows(_only(data))]

    def truth(self, cluster, database, entry, folder):
        """The rows that the limit's statement gives for the entry."""
        text = (folder / f"{self.name}.sql").read_text()
        statement = re.sub(r"^\\set .*$", "", text, flags=re.MULTILINE)
        rows = cluster.psql(database, statement, **entry.statement)
        return [[plain(value) for value in row] for row in self.expected(rows)]


def _w1_rows(log):
    log = _nodes(log)[0] if "nodes" in log else log
    connector = log["workspaceConnector"]["connector"]
    return [[log[k] for k in ("id", "status", "triggerType", "startedAt", "completedAt", "durationMs")]
            + [connector["name"]]]


def _w2_rows(page):
    keys = ("id", "status", "triggerType", "createdAt", "startedAt", "completedAt", "durationMs")
    return [[log[k] for k in keys]
            + [log["workspaceConnector"]["id"], log["workspaceConnector"]["accountLabel"],
               log["workspaceConnector"]["connector"]["name"], log["workspace"]["id"], log["workspace"]["name"]]
            for log in _nodes(page)]


def _w3_rows(page):
    rows = []
    for connector in _nodes(page):
        rows.append([connector["id"], connector["status"], connector["connector"]["name"]])
        for log in _nodes(connector["syncLogs"]):
            rows.append([connector["id"], *(log[k] for k in ("id", "status", "createdAt", "durationMs"))])
        for diagnostic in _nodes(connector["diagnostics"]):
            rows.append([connector["id"], *(diagnostic[k] for k in ("id", "reason", "detail", "occurredAt"))])
        for link in _nodes(connector["documentLinks"]):
            document = link["document"]
            rows.append([connector["id"], link["direction"], link["createdAt"], document["id"], document["filename"]])
    return rows


def _w3_expected(rows):
    """The statement gives one kind of row after the other; GraphQL gives each connector with its children."""
    ids = {row[0]: row[1] for row in rows if row[1]}
    # Four columns of each kind: a connector, a log, a diagnostic, a link; those of the other kinds are null.
    first = {row[0]: [row[1], row[2], row[3]] for row in rows if row[1]}
    children = {pk: [] for pk in ids}
    for row in rows:
        if not row[1]:
            kind = next(at for at in (4, 8, 12) if row[at])
            children[row[0]].append([ids[row[0]], *row[kind:kind + 4]])
    return [line for pk in ids for line in (first[pk], *children[pk])]


def _w4_rows(statistics):
    """(day, status, count), without the empty ones, in order. Peers answer with such a list themselves."""
    if "statistics" not in statistics:
        rows = [[group["day"], group["status"], group["count"]] for group in _nodes(statistics)]
    else:
        rows = [[bucket["start"], item["status"], item["count"]]
                for bucket in statistics["statistics"]["series"] for item in bucket["byStatus"] if item["count"]]
    return sorted(rows, key=lambda row: [plain(value) for value in row])


W1 = Workload(
    "w1", "one sync log by id, with its connector",
    """SELECT workspace_pk, pk, workspace_connector_sync_log_id FROM core_api.workspace_connector_sync_logs
       WHERE pk IN (SELECT i * 999983 % :logs + 1 FROM generate_series(1::bigint, 20000) i) ORDER BY md5(pk::text)""",
    lambda workspace, pk, id: Entry(workspace, {"id": id}, {"n": pk, "workspace": workspace}), _w1_rows)
W2 = Workload(
    "w2", "page of 50 sync logs, with connector and workspace",
    "SELECT pk FROM core_api.workspaces ORDER BY md5(pk::text)",
    lambda workspace: Entry(workspace, {}, {"workspace": workspace}), _w2_rows)
W3 = Workload(
    "w3", "20 workspace connectors, each with 5 latest logs, diagnostics and documents",
    "SELECT pk FROM core_api.workspaces WHERE pk <= 80 ORDER BY md5(pk::text)",
    W2.entry, _w3_rows, _w3_expected)
W4 = Workload(
    "w4", "sync logs by status and day over 30 days", W3.entries,
    lambda workspace: Entry(
        workspace, {"from": "2026-01-01T00:00:00Z", "to": "2026-01-31T00:00:00Z"},
        {"workspace": workspace}), _w4_rows, lambda rows: sorted(rows, key=lambda row: [plain(v) for v in row]))
W5 = Workload(
    "w5", "a pair of mutations: create a sync log, mark its success",
    "SELECT workspace_pk, workspace_connector_id FROM core_api.workspace_connectors ORDER BY md5(pk::text)",
    lambda workspace, id: Entry(workspace, {"connector": id}, {}), mutates=True)

ALL = {workload.name: workload for workload in (W1, W2, W3, W4, W5)}
