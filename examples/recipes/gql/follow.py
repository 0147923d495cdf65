"""Reads and follows over one WebSocket with gql: every failed run page by page, then what becomes of collects."""

import asyncio
import os
from collections.abc import AsyncGenerator
from contextlib import aclosing

from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.websockets import WebsocketsTransport

FAILED = """
query Failed($after: String) {
  workspaceConnectorSyncLogs(first: 100, after: $after, filter: { status: { eq: ERROR } }) {
    totalCount
    nodes { id error workspaceConnector { connector { name } } }
    pageInfo { hasNextPage endCursor }
  }
}
"""
CREATE = "mutation { createCollect(input: { provider: null }) { collect { id } userErrors { code message path } } }"
FOLLOW = """
subscription Follow($after: String) {
  collectChanged(after: $after) { kind id cursor node { status } }
}
"""


def client(url: str, token: str) -> Client:
    address = url.replace("http", "ws", 1) + "/graphql/ws"
    # A socket that is not let in is closed with 4403, which gql tells as a failure to connect.
    return Client(transport=WebsocketsTransport(address, init_payload={"authorization": f"Bearer {token}"}))


async def failed(session: AsyncClientSession) -> dict[str, dict]:
    """Every failed run, by its id."""
    rows: dict[str, dict] = {}
    after = None
    while True:
        answer = await session.execute(GraphQLRequest(FAILED, variable_values={"after": after}))
        page = answer["workspaceConnectorSyncLogs"]
        rows |= {row["id"]: row for row in page["nodes"]}
        if not page["pageInfo"]["hasNextPage"]:
            assert len(rows) == page["totalCount"], f"{len(rows)} rows of {page['totalCount']}"
            return rows
        after = page["pageInfo"]["endCursor"]


async def create(session: AsyncClientSession) -> str:
    """Starts a collect. Gives its id."""
    payload = (await session.execute(GraphQLRequest(CREATE)))["createCollect"]
    assert not payload["userErrors"], payload
    return payload["collect"]["id"]


async def follow(session: AsyncClientSession, after: str | None) -> AsyncGenerator[dict]:
    """What becomes of collects, from now on, or since this cursor."""
    async for answer in session.subscribe(GraphQLRequest(FOLLOW, variable_values={"after": after})):
        yield answer["collectChanged"]


async def main() -> None:
    url, token = os.environ["WELL_URL"], os.environ["WELL_TOKEN"]
    async with client(url, token) as session:
        print(f"{len(await failed(session))} failed runs")
        # What happens before the subscription stands is not told, so collects are made until one is.
        async with aclosing(follow(session, None)) as changes:
            first = asyncio.ensure_future(anext(changes))
            while not (await asyncio.wait([first], timeout=0.2))[0]:
                await create(session)
        cursor = first.result()["cursor"]
        print("told:", first.result()["kind"])
    async with client(url, token) as session:
        # Nobody has followed meanwhile, and nothing is missed.
        missed = await create(session)
        async with aclosing(follow(session, cursor)) as changes:
            async for change in changes:
                if change["id"] == missed:
                    print("caught up:", change["kind"])
                    break


if __name__ == "__main__":
    asyncio.run(asyncio.wait_for(main(), 60))
