#!/usr/bin/env bash
# gql for Python, `WebsocketsTransport`: which protocol it speaks depends on the letters in which the server spells the
# name of a header.
#
# The server of this script agrees on `graphql-transport-ws` in the answer to the handshake. Names of headers may be
# written in any case (RFC 9110, section 5.1), and the library `websockets` underneath compares them so.
#
# Guess: an answer with `sec-websocket-protocol` is read like one with `Sec-WebSocket-Protocol`.
# Seen (gql 4.0.0 and 4.4.0 with websockets 15.0.1): only the latter is. With the name in lower case, or in the title
# case `Sec-Websocket-Protocol` that HTTP libraries offer, gql takes the server for one of the older protocol
# `graphql-ws`, and sends `start` in the place of `subscribe`. `AIOHTTPWebsocketsTransport` reads all three.
set -euo pipefail
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
cat >"$scratch/seen.py" <<'PYTHON'
import asyncio, base64, hashlib, logging
from gql import Client, gql
from gql.transport.aiohttp_websockets import AIOHTTPWebsocketsTransport
from gql.transport.websockets import WebsocketsTransport

GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
logging.disable(logging.CRITICAL)


async def frame(reader):
    _, length = await reader.readexactly(2)
    length &= 127
    if length == 126:
        length = int.from_bytes(await reader.readexactly(2), "big")
    mask = await reader.readexactly(4)
    return bytes(b ^ mask[i % 4] for i, b in enumerate(await reader.readexactly(length))).decode(errors="replace")


async def spoken(transport_type, name):
    """What the client asks a subscription with."""
    asked = asyncio.get_running_loop().create_future()

    async def serve(reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        key = next(line.split(": ")[1] for line in head.split("\r\n") if line.lower().startswith("sec-websocket-key"))
        accept = base64.b64encode(hashlib.sha1((key + GUID).encode()).digest()).decode()
        lines = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade",
                 f"Sec-WebSocket-Accept: {accept}", f"{name}: graphql-transport-ws"]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode())
        assert "connection_init" in await frame(reader)
        ack = b'{"type":"connection_ack"}'
        writer.write(bytes([0x81, len(ack)]) + ack)
        asked.set_result(await frame(reader))

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}/"

    async def ask():
        async with Client(transport=transport_type(url=url)) as session:
            async for _ in session.subscribe(gql("subscription { x }")):
                pass

    asking = asyncio.ensure_future(ask())
    try:
        message = await asyncio.wait_for(asked, 20)
    finally:
        asking.cancel()
    return "subscribe" if '"subscribe"' in message else "start" if '"start"' in message else message


async def main():
    for transport, name, expected in [
        (WebsocketsTransport, "Sec-WebSocket-Protocol", "subscribe"),
        (WebsocketsTransport, "sec-websocket-protocol", "start"),
        (WebsocketsTransport, "Sec-Websocket-Protocol", "start"),
        (AIOHTTPWebsocketsTransport, "sec-websocket-protocol", "subscribe"),
    ]:
        seen = await spoken(transport, name)
        print(f"{transport.__name__}, {name}: {seen}")
        assert seen == expected, f"it was {expected}"


asyncio.run(main())
import os
os._exit(0)
PYTHON
for version in 4.0.0 4.4.0; do
  python3 -m venv "$scratch/venv-$version"
  "$scratch/venv-$version/bin/pip" install --quiet --disable-pip-version-check "gql[websockets,aiohttp]==$version" websockets==15.0.1
  echo "gql $version"
  "$scratch/venv-$version/bin/python" -u "$scratch/seen.py"
done
