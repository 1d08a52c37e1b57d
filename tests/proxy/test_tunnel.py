"""Connections that leave HTTP: WebSocket and others."""

import asyncio

import pytest
import websockets
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from scorer.wire import LAST_SEGMENTS, Direction, End, ExchangeKind, decode_pieces
from tests.fakes.upstream import Visit, answer, answering
from tests.fakes.waiting import until
from tests.proxy.conftest import House

HANDSHAKE = b"GET /ws HTTP/1.1\r\nHost: bot\r\nUpgrade: echo\r\nConnection: keep-alive, Upgrade\r\n\r\n"
SWITCH = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n"


async def test_handshake_passes_as_received_then_bytes_both_ways(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(SWITCH + b"server first")
        while data := await visit.read():
            await visit.send(data.upper())

    upstream = await house.upstream(script)
    engine = await house.engine()
    proxy = await house.proxy(upstream, engine=engine)
    client = await house.client(proxy)

    await client.send(HANDSHAKE + b"client first")

    assert await client.read_head() == SWITCH
    assert await client.read_exactly(24) == b"server firstCLIENT FIRST"
    assert b"\r\nUpgrade: echo\r\nConnection: keep-alive, Upgrade\r\n" in upstream.received
    await until(lambda: engine.totals.get("capture.upgraded") == 1, "the upgrade is counted")
    assert engine.totals["open.exchanges"] == 1


async def test_upgraded_connection_is_copied_in_segments_as_it_went(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(SWITCH.replace(b"\r\n\r\n", b"\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"))
        while data := await visit.read():
            await visit.send(data.upper())

    engine = await house.engine()
    proxy = await house.proxy(await house.upstream(script), engine=engine)
    client = await house.client(proxy)
    await client.send(HANDSHAKE)
    await client.read_head()

    await client.send(b"one")
    assert await client.read_exactly(3) == b"ONE"
    await until(lambda: len(engine.exchanges) == 1, "the first segment, while the connection stays open")
    await client.send(b"two")
    assert await client.read_exactly(3) == b"TWO"
    client.reset()
    await until(lambda: len(engine.exchanges) == 2, "the last segment")

    first, last = engine.exchanges
    assert (first.kind, first.segment, first.target) == (ExchangeKind.WEBSOCKET_SEGMENT, 0, b"/ws")
    assert first.end == End.OPEN
    assert b"Sec-WebSocket-Extensions: permessage-deflate\r\n" in first.response_head
    assert decode_pieces(first.request_body) == [(Direction.CLIENT, b"one"), (Direction.UPSTREAM, b"ONE")]
    assert decode_pieces(last.request_body) == [(Direction.CLIENT, b"two"), (Direction.UPSTREAM, b"TWO")]
    assert (last.id, last.segment, last.end) == (first.id, 1, End.CLIENT_GONE)


async def test_proxy_that_stops_tells_the_end_of_its_upgraded_connections(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(SWITCH)
        await visit.until_closed()

    engine = await house.engine()
    proxy = await house.proxy(await house.upstream(script), engine=engine, grace_seconds=0.05)
    client = await house.client(proxy)
    await client.send(HANDSHAKE + b"said")
    await client.read_head()

    await proxy.stop()

    assert engine.exchanges[-1].end in LAST_SEGMENTS
    assert b"".join(data for told in engine.exchanges for _, data in decode_pieces(told.request_body)) == b"said"


@pytest.mark.parametrize(("wish", "counter"), [(b"off", "capture.opted_out"), (b"meta", "capture.meta_only")])
async def test_upgraded_connection_that_opted_out_is_not_copied(house: House, wish: bytes, counter: str) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(SWITCH.replace(b"\r\n\r\n", b"\r\nX-Endurance-Capture: " + wish + b"\r\n\r\n") + b"bye")

    engine = await house.engine()
    proxy = await house.proxy(await house.upstream(script), engine=engine)
    client = await house.client(proxy)

    await client.send(HANDSHAKE)
    assert await client.read_to_end() == SWITCH + b"bye"
    await until(lambda: engine.totals.get(counter) == 1, "the wish is counted")

    assert not engine.exchanges


async def test_half_close_passes_in_both_directions(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(SWITCH)
        await visit.until_closed()
        await visit.send(b"said after the client's end")

    client = await house.client(await house.proxy(await house.upstream(script)))

    await client.send(HANDSHAKE)
    await client.read_head()
    client.writer.write_eof()

    assert await client.read_to_end() == b"said after the client's end"


async def test_upstream_half_close_leaves_the_client_speaking(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(SWITCH)
        visit.writer.write_eof()
        await visit.read_until(b"last words")

    upstream = await house.upstream(script)
    client = await house.client(await house.proxy(upstream))

    await client.send(HANDSHAKE)
    await client.read_head()
    assert await client.read_to_end() == b""
    await client.send(b"last words")
    await asyncio.wait_for(upstream.visits[0].is_over.wait(), 5)

    assert upstream.received.endswith(b"last words")


async def test_upstreams_refusal_is_returned(house: House) -> None:
    client = await house.client(await house.proxy(await house.upstream(answering(answer(b"no", status=b"403 No")))))

    await client.send(HANDSHAKE)
    head, body = await client.read_answer()
    await client.send(b"GET / HTTP/1.1\r\nHost: bot\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 403 No\r\n")
    assert body == b"no"
    assert (await client.read_answer())[1] == b"no"


async def test_client_that_leaves_ends_the_tunnel(house: House) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(SWITCH)
        await visit.until_closed()

    upstream = await house.upstream(script)
    client = await house.client(await house.proxy(upstream))

    await client.send(HANDSHAKE)
    await client.read_head()
    client.reset()

    await asyncio.wait_for(upstream.visits[0].is_over.wait(), 5)


async def test_upgrade_to_cleartext_http_2_is_not_passed_on(house: House) -> None:
    upstream = await house.upstream(answering(answer()))
    client = await house.client(await house.proxy(upstream))

    await client.send(
        b"GET / HTTP/1.1\r\nHost: bot\r\nUpgrade: h2c\r\n"
        b"Connection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: x\r\n\r\n"
    )
    await client.read_answer()

    assert b"h2c" not in upstream.received
    assert b"HTTP2-Settings" not in upstream.received


async def test_tunnel_holds_back_a_sender_whose_peer_does_not_read(house: House) -> None:
    may_read = asyncio.Event()
    size = 30_000_000

    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(SWITCH)
        await may_read.wait()
        received = 0
        while received < size:
            received += len(await visit.reader.read(1 << 20))
        await visit.send(b"all of it")

    client = await house.client(await house.proxy(await house.upstream(script)))
    await client.send(HANDSHAKE)
    await client.read_head()

    client.writer.write(b"x" * size)
    await until(lambda: client.writer.transport.get_write_buffer_size() < size, "the sender has begun")
    assert client.writer.transport.get_write_buffer_size() > 0
    may_read.set()

    assert await client.read_exactly(9) == b"all of it"


async def test_websocket_keeps_messages_subprotocol_and_close_code(house: House) -> None:
    async def echo(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)
            if message == "bye":
                await connection.close(4321, "as agreed")

    async with serve(echo, "127.0.0.1", 0, subprotocols=[websockets.Subprotocol("chat")], max_size=None) as server:
        port = server.sockets[0].getsockname()[1]
        proxy = await house.proxy(f"http://127.0.0.1:{port}")
        url = f"ws://127.0.0.1:{proxy.port}/ws"
        async with connect(url, subprotocols=[websockets.Subprotocol("chat")], max_size=None, proxy=None) as client:
            await client.send(b"x" * 3_000_000)
            big = await client.recv()
            await client.send("bye")
            await client.recv()
            with pytest.raises(websockets.ConnectionClosedError) as closed:
                await client.recv()

    assert big == b"x" * 3_000_000
    assert client.subprotocol == "chat"
    assert closed.value.rcvd is not None
    assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (4321, "as agreed")
