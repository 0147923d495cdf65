"""Reads over HTTP and follows over a WebSocket with the client that ariadne-codegen makes."""

import asyncio
import os
from datetime import UTC, datetime, timedelta

import httpx
from well_api import Client
from well_api.failed import FailedWorkspaceConnectorSyncLogsNodes as Run


def client(url: str, token: str) -> Client:
    headers = {
        "authorization": f"Bearer {token}",
        # Else a document that is refused has the status 200.
        "accept": "application/graphql-response+json",
    }
    return Client(
        url=f"{url}/graphql",
        http_client=httpx.AsyncClient(headers=headers, timeout=30),
        ws_url=url.replace("http", "ws", 1) + "/graphql/ws",
        # The credential goes with the handshake; `ws_connection_init_payload` would do as well.
        ws_headers={"authorization": headers["authorization"]},
    )


async def failed(well: Client) -> list[Run]:
    """The runs of the last 30 days that failed, page after page."""
    since = datetime.now(UTC) - timedelta(days=30)
    rows: list[Run] = []
    after: str | None = None
    while page := (await well.failed(since=since, after=after)).workspace_connector_sync_logs:
        rows += page.nodes
        if not page.page_info.has_next_page:
            assert len({row.id for row in rows}) == page.total_count
            break
        after = page.page_info.end_cursor
    return rows


async def create(well: Client) -> str:
    """Starts a collect. Gives its id."""
    payload = (await well.create()).create_collect
    assert payload and payload.collect, payload
    return payload.collect.id


async def main() -> None:
    well = client(os.environ["WELL_URL"], os.environ["WELL_TOKEN"])
    print(f"{len(await failed(well))} runs failed in the last 30 days")
    # What happens before the subscription stands is not told, so collects are made until one is.
    following = well.follow()
    first = asyncio.ensure_future(anext(following))
    while not (await asyncio.wait([first], timeout=0.2))[0]:
        await create(well)
    cursor = first.result().collect_changed.cursor
    await following.aclose()
    # Nobody follows, and nothing is missed.
    missed = await create(well)
    async for told in well.follow(after=cursor):
        if told.collect_changed.id == missed:
            print(f"caught up: {told.collect_changed.kind.value}")
            return


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 60))
