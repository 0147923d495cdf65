"""Lists, pages through everything, filters, changes, runs a sync as the pipeline does, and meets every kind of error.

It ends with a failure as soon as an answer is not what the schema and its descriptions promise.
"""

import asyncio
import os
import time
from datetime import UTC, datetime, timedelta

from pydantic import JsonValue

from failures import ensure, meet_every_kind, there
from well import Well
from well_api.enums import ConnectorSyncStatus
from well_api.input_types import ConnectorSyncStatusFilter, DateTimeFilter, WorkspaceConnectorSyncLogFilter
from well_api.node import NodeNodeWorkspaceConnectorSyncLog
from well_api.sync_logs import SyncLogsWorkspaceConnectorSyncLogsNodes as SyncLog


async def main() -> None:
    url = os.environ["WELL_URL"]
    async with (
        Well(url, os.environ["WELL_TOKEN_MEMBER"]) as member,
        Well(url, os.environ["WELL_KEY_SERVICE"]) as service,
        Well(url, os.environ["WELL_TOKEN_GLOBEX"]) as stranger,
    ):
        connector = await list_some(member)
        await page_through_everything(member)
        await filter_by_status_and_time(member)
        await change(member)
        log = await sync(service, member, connector)
        await meet_every_kind(url, member, service, stranger, connector, log)


async def list_some(member: Well) -> str:
    """Shows the first of several lists, asked for in one request, and gives the id of a workspace connector."""
    overview = await member.overview()
    print(f"{overview.viewer.role.value} of {overview.viewer.workspace.name}")
    connectors = there(overview.workspace_connectors)
    print(f"{connectors.total_count} connected, of them")
    for row in connectors.nodes:
        name = row.connector.name if row.connector else "a connector that is gone"
        latest = row.latest_sync_log
        last = f"{there(latest.status).value} {latest.started_at}" if latest else "never ran"
        print(f"  {name}: {row.account_label}", last)
    for document in there(overview.documents).nodes:
        print(f"  {document.filename}: {document.size} bytes, {document.uploaded_at}")
    ensure(bool(connectors.nodes), "something is connected")
    return connectors.nodes[0].id


async def all_sync_logs(
    member: Well, wanted: WorkspaceConnectorSyncLogFilter | None = None
) -> tuple[list[SyncLog], int]:
    """Follows the cursors to the end of a list."""
    rows: list[SyncLog] = []
    after: str | None = None
    while True:
        page = there(await member.sync_logs(first=100, after=after, filter_=wanted))
        rows.extend(page.nodes)
        if not page.page_info.has_next_page:
            return rows, page.total_count
        after = page.page_info.end_cursor


async def page_through_everything(member: Well) -> None:
    logs, total = await all_sync_logs(member)
    print(f"{len(logs)} sync logs")
    ensure(len({log.id for log in logs}) == len(logs), "every row stands on one page")
    ensure(len(logs) == total, "the pages hold as many rows as are counted")
    times = [log.created_at for log in logs]
    ensure(times == sorted(times), "the rows stand in the order that was asked for")


async def filter_by_status_and_time(member: Well) -> None:
    since = datetime.now(UTC) - timedelta(days=14)
    wanted = WorkspaceConnectorSyncLogFilter(
        status=ConnectorSyncStatusFilter(eq=ConnectorSyncStatus.ERROR), created_at=DateTimeFilter(gte=since)
    )
    logs, _ = await all_sync_logs(member, wanted)
    ensure(bool(logs), "some syncs of the demo data failed")
    print(f"{len(logs)} failed in two weeks; the first said: {logs[0].error}")
    passes = [log.status is ConnectorSyncStatus.ERROR and log.created_at >= since for log in logs]
    ensure(all(passes), "only rows that pass the filter are listed")


async def change(member: Well) -> None:
    """Makes a task, changes a part of it, clears a part of it, deletes it."""
    due = datetime.now(UTC).date()
    task = there(there(await member.create_task("Look at the failed syncs", due_date=due)).task)
    ensure(task.due_date == due, "a date comes back as it was sent")

    title = "Look at all syncs"
    updated = there(await member.update_task(task.id, title=title, expected_updated_at=task.updated_at))
    ensure(there(updated.task).title == title, "what is given changes")
    ensure(there(updated.task).due_date == due, "what is left out stays as it is")
    ensure(there(there(updated.task).updated_at) > there(task.updated_at), "a change moves `updatedAt`")

    cleared = there(there(await member.update_task(task.id, due_date=None)).task)
    ensure(cleared.title == title and cleared.due_date is None, "null clears")

    await member.delete_task(task.id)
    ensure(await member.node(task.id) is None, "what was deleted is not found")
    print("task made, changed, cleared and deleted")


async def sync(service: Well, member: Well, connector: str) -> str:
    """The life of a sync log, as the pipeline lives it, and what a member sees of it. Gives its id."""
    queued = f"examples/python/{time.time_ns()}"
    log = there(there(await service.schedule_sync(connector, queued)).workspace_connector_sync_log)
    again = there(there(await service.schedule_sync(connector, queued)).workspace_connector_sync_log)
    ensure(log.id == again.id, "a task of the queue that is tried again finds the log that is there")

    before = datetime.now(UTC).replace(microsecond=0)
    started = there(there(await service.start_sync(log.id)).workspace_connector_sync_log)
    ensure(there(started.started_at) >= before, "starting says when")

    metadata: JsonValue = {"records_synced": 3, "pages_fetched": 1, "note": ["free", "form"]}
    finished = there(await service.finish_sync(log.id, metadata=metadata))
    ensure(finished.changed, "the first to finish does it")
    ensure(there(finished.workspace_connector_sync_log).metadata == metadata, "JSON comes back as it was sent")
    ensure(there(finished.workspace_connector_sync_log).duration_ms is not None, "a run that ended took time")
    ensure(not there(await service.finish_sync(log.id)).changed, "finishing again changes nothing")

    seen = there(await member.node(log.id))
    if not isinstance(seen, NodeNodeWorkspaceConnectorSyncLog):
        raise AssertionError(f"a sync log was expected, not {seen}")
    ensure(seen.is_terminal is True and seen.records_synced == 3, "a member sees what the pipeline noted")
    print(f"synced {seen.records_synced} records: {there(seen.status).value}")
    return log.id


if __name__ == "__main__":
    asyncio.run(main())
