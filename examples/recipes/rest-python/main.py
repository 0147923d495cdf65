"""Reads the failed runs, and creates, changes and deletes a collect, with what openapi-python-client generates."""

import os
from collections.abc import Iterator
from http import HTTPStatus
from typing import TypeVar
from uuid import uuid4

import httpx
from well_rest import AuthenticatedClient
from well_rest import models as m
from well_rest.api.collect import create_collects, delete_collects, retrieve_collects, update_collects
from well_rest.api.workspace_connector_sync_log import list_workspace_connector_sync_logs
from well_rest.types import Response

Body = TypeVar("Body")
Status = m.CollectUpdateDataAttributesStatusType1
PAGE = {
    "filterstatus": [m.ListWorkspaceConnectorSyncLogsFilterstatusItem.ERROR],
    "include": ["workspace_connector.connector"],
    "sort": [m.ListWorkspaceConnectorSyncLogsSortItem("-created_at")],
    "limit": 100,
    "metatotal": True,
}


class Refused(Exception):
    """The request was refused. `code` is the contract, the message is for people."""

    def __init__(self, status: HTTPStatus, body: m.Errors) -> None:
        super().__init__(" ".join(error.detail for error in body.errors))
        self.status, self.errors, self.code = status, body.errors, body.errors[0].code


def accepted(response: Response[Body | m.Errors]) -> Body:
    """The body of an answer. Raises `Refused` when it is none."""
    if isinstance(response.parsed, m.Errors):
        raise Refused(response.status_code, response.parsed)
    return response.parsed


def pages(well: AuthenticatedClient) -> Iterator[m.WorkspaceConnectorSyncLogList]:
    """Every page of the failed runs, the latest first. The next one begins at the cursor in the link."""
    page = accepted(list_workspace_connector_sync_logs.sync_detailed(client=well, **PAGE))
    yield page
    while page.links.next_:
        cursor = httpx.URL(page.links.next_).params["cursor"]
        page = accepted(list_workspace_connector_sync_logs.sync_detailed(client=well, **PAGE, cursor=cursor))
        yield page


def failed(well: AuthenticatedClient) -> dict[str, tuple[m.WorkspaceConnectorSyncLog, str | None]]:
    """The failed runs by id, each with the name of its connector."""
    found, rows = {}, 0
    for page in pages(well):
        included = {(row.type_, row.id): row for row in page.included}
        for run in page.data:
            # None when the workspace connector was deleted.
            if link := run.relationships.workspace_connector.data:
                behind = included[link.type_, link.id].relationships.connector.data
                found[run.id] = run, included[behind.type_, behind.id].attributes.name
            else:
                found[run.id] = run, None
        rows += len(page.data)
    assert rows == len(found) == page.meta.total, "every row comes once"
    return found


def change(well: AuthenticatedClient, id: str, etag: str | None = None, **attributes: object) -> m.CollectDocument:
    """Changes these attributes; with an `ETag` only if nobody has changed the row since."""
    changed = m.CollectUpdateDataAttributes(**attributes)
    data = m.CollectUpdateData(type_=m.CollectUpdateDataType.COLLECT, id=id, attributes=changed)
    conditions = {"if_match": etag} if etag else {}
    return accepted(update_collects.sync_detailed(id, client=well, body=m.CollectUpdate(data), **conditions))


def refused(call, *args: object, **kwargs: object) -> tuple[int, str]:
    try:
        call(*args, **kwargs)
    except Refused as error:
        return error.status, error.code
    raise AssertionError("it was not refused")


def write(well: AuthenticatedClient) -> None:
    attributes = m.CollectCreateDataAttributes(provider="linkedin")
    body = m.CollectCreate(m.CollectCreateData(type_=m.CollectCreateDataType.COLLECT, attributes=attributes))
    # The same key and body again give the row that the first request made.
    key = str(uuid4())
    first, again = (create_collects.sync_detailed(client=well, body=body, idempotency_key=key) for _ in range(2))
    id = accepted(first).data.id
    assert accepted(again).data.id == id

    # Somebody else changes the row between reading and writing it: 412. So it is read and changed again.
    read = retrieve_collects.sync_detailed(id, client=well)
    change(well, id, status=Status.IN_PROGRESS)
    stale = read.headers["etag"]
    assert refused(change, well, id, stale, status=Status.FINALIZED) == (412, "CONFLICT")
    read = retrieve_collects.sync_detailed(id, client=well)
    changed = change(well, id, read.headers["etag"], status=Status.FINALIZED)
    assert changed.data.attributes.ended_at > accepted(read).data.attributes.created_at

    # What its state does not allow is no matter of who was faster: 409.
    assert refused(change, well, id, status=Status.IN_PROGRESS) == (409, "INVALID_STATE")

    assert delete_collects.sync_detailed(id, client=well).status_code == 204
    assert retrieve_collects.sync_detailed(id, client=well).status_code == 404


def main() -> None:
    with AuthenticatedClient(base_url=os.environ["WELL_URL"], token=os.environ["WELL_TOKEN"]) as well:
        runs = failed(well)
        connectors = {name for _, name in runs.values() if name}
        assert len(runs) > 100 and len(connectors) > 10
        print(f"{len(runs)} runs of {len(connectors)} connectors failed")
        write(well)
        print("a collect was created, changed and deleted")


if __name__ == "__main__":
    main()
