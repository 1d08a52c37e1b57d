"""What clients and upstreams see when the network between them and the proxy is slow, cut, silent or broken."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve

from scorer.connection import Connection
from scorer.wire import LAST_SEGMENTS, End
from tests.fakes.chat_segments import said_in
from tests.fakes.fault_proxy import Ending, FaultProxy, Faults
from tests.fakes.raw_client import RawClient
from tests.fakes.upstream import Script, Visit, answer, answering
from tests.fakes.waiting import until
from tests.proxy.conftest import House

GET = b"GET / HTTP/1.1\r\nHost: bot\r\nTraceparent: 00-1-1-01\r\n\r\n"
BODY = bytes(range(256)) * 16
POST = b"POST /chat HTTP/1.1\r\nHost: bot\r\nTraceparent: 00-1-1-01\r\nTransfer-Encoding: chunked\r\n\r\n"
UPLOAD = b"%x\r\n" % len(BODY) + BODY + b"\r\n3;ext=1\r\nend\r\n0\r\nTrailer: t\r\n\r\n"
ANSWER = (
    b"HTTP/1.1 200 OK\r\nX-Twice: 1\r\nX-Twice: 2\r\nTransfer-Encoding: chunked\r\nTrailer: Sum\r\n\r\n"
    + b"%X\r\n" % len(BODY) + BODY + b"\r\n0\r\nSum: 7\r\n\r\n"
)  # fmt: skip
CHUNKED_HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
SOON_SECONDS = 5.0
"""An end that must come by itself: the design allows a second, a loaded machine more."""


@pytest.fixture
async def stack() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


async def answering_upload(visit: Visit) -> None:
    """Answer each upload when it has come whole."""
    while True:
        await visit.read_head()
        await visit.read_until(b"0\r\nTrailer: t\r\n\r\n")
        await visit.send(ANSWER)


class Line:
    """Client, proxy, upstream, and a forwarder with faults on either side of the proxy."""

    def __init__(self, stack: AsyncExitStack, house: House) -> None:
        self._stack = stack
        self._house = house

    async def laid(
        self,
        script: Script | int,
        *,
        outside: tuple[Faults, Faults] = (Faults(), Faults()),
        inside: tuple[Faults, Faults] = (Faults(), Faults()),
        **options: object,
    ) -> RawClient:
        """Return a client; `outside` is between it and the proxy, `inside` beyond the proxy; each is up, down.

        `script`: what the upstream does, or the port of one that is there.
        """
        if isinstance(script, int):
            port = script
        else:
            self.upstream = await self._house.upstream(script)
            port = self.upstream.port
        self.inside = await self._enter(FaultProxy(port, up=inside[0], down=inside[1]))
        self.engine = await self._house.engine()
        self.proxy = await self._house.proxy(self.inside.url, engine=self.engine, **options)
        self.outside = await self._enter(FaultProxy(self.proxy.port, up=outside[0], down=outside[1]))
        return await self._stack.enter_async_context(RawClient(self.outside.port))

    async def _enter(self, faults: FaultProxy) -> FaultProxy:
        return await self._stack.enter_async_context(faults)


@pytest.fixture
def line(stack: AsyncExitStack, house: House) -> Line:
    return Line(stack, house)


async def read_until_gone(client: RawClient) -> bytes:
    """Return what comes until the connection ends or breaks."""
    received = b""
    with contextlib.suppress(ConnectionError):
        while data := await client.read():
            received += data
    return received


BYTEWISE = Faults(piece_bytes=1)
LATE = Faults(latency_seconds=0.02)


@pytest.mark.parametrize(
    ("outside", "inside"),
    [
        ((BYTEWISE, BYTEWISE), (BYTEWISE, BYTEWISE)),
        ((LATE, LATE), (LATE, LATE)),
        ((Faults(piece_bytes=7), Faults()), (Faults(), Faults(piece_bytes=3))),
    ],
    ids=["byte by byte", "late", "odd pieces"],
)
async def test_bytes_arrive_the_same_however_they_travel(
    line: Line, outside: tuple[Faults, Faults], inside: tuple[Faults, Faults]
) -> None:
    client = await line.laid(answering_upload, outside=outside, inside=inside)

    for _ in range(2):
        await client.send(POST + UPLOAD)
        received = await client.read_exactly(len(ANSWER))

        assert received == ANSWER
    await until(lambda: len(line.engine.exchanges) == 2, "both copies")

    assert line.upstream.received.count(UPLOAD) == 2
    assert len(line.upstream.visits) == 1
    assert {copy.request_body for copy in line.engine.exchanges} == {UPLOAD}
    assert {copy.response_body for copy in line.engine.exchanges} == {ANSWER.partition(b"\r\n\r\n")[2]}


async def test_websocket_chat_passes_byte_by_byte_and_its_copy_gives_the_turns(line: Line) -> None:
    async def echo(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send([str(message)[:2], str(message)[2:]])  # in two fragments

    async with serve(echo, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        await line.laid(port, outside=(BYTEWISE, BYTEWISE), inside=(BYTEWISE, BYTEWISE))
        async with connect(f"ws://127.0.0.1:{line.outside.port}/ws", proxy=None) as client:
            for question in ("Who may apply?", "शुल्क?"):
                await client.send(question)
                assert await client.recv() == question
    await until(lambda: line.engine.exchanges and line.engine.exchanges[-1].end in LAST_SEGMENTS, "the end")

    connection = Connection.begin(line.engine.exchanges[0])
    turns = [turn for segment in line.engine.exchanges for turn in connection.advance(segment, 1 << 20).turns]
    assert [said_in(turn) for turn in turns] == [(["Who may apply?"], "Who may apply?"), (["शुल्क?"], "शुल्क?")]


@pytest.mark.parametrize("ending", [Ending.RESET, Ending.CLOSE])
async def test_answer_that_breaks_off_has_no_clean_end_and_the_next_one_is_served(line: Line, ending: Ending) -> None:
    client = await line.laid(answering_upload, inside=(Faults(), Faults(ending=ending, after_bytes=len(ANSWER) - 9)))

    await client.send(POST + UPLOAD)
    received = await read_until_gone(client)
    line.inside.down = Faults()
    async with RawClient(line.proxy.port) as next_client:
        await next_client.send(POST + UPLOAD)
        assert await next_client.read_exactly(len(ANSWER)) == ANSWER
    await until(lambda: len(line.engine.exchanges) == 2, "both copies")

    assert ANSWER.startswith(received)
    assert len(received) < len(ANSWER)
    assert [copy.end for copy in line.engine.exchanges] == [End.UPSTREAM_RESET, End.COMPLETE]


@pytest.mark.parametrize("ending", [Ending.RESET, Ending.CLOSE, Ending.GARBAGE])
@pytest.mark.parametrize("after_bytes", [0, 12])
async def test_upstream_that_breaks_before_its_head_is_502_with_a_body(
    line: Line, ending: Ending, after_bytes: int
) -> None:
    client = await line.laid(answering(answer()), inside=(Faults(), Faults(ending=ending, after_bytes=after_bytes)))

    await client.send(GET)
    head, body = await client.read_answer()

    assert head.startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    assert body


@pytest.mark.parametrize("ending", [Ending.RESET, Ending.CLOSE])
async def test_upstream_that_breaks_before_it_reads_is_502_and_a_post_is_not_sent_twice(
    line: Line, ending: Ending
) -> None:
    client = await line.laid(answering_upload, inside=(Faults(ending=ending), Faults()))

    await client.send(POST + UPLOAD)

    assert (await client.read_head()).startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    assert len(line.inside.passages) == 1


async def test_get_on_a_kept_connection_that_broke_is_sent_once_more(line: Line) -> None:
    client = await line.laid(answering(answer()), inside=(Faults(), Faults()))
    await client.send(GET)
    await client.read_answer()

    line.inside.passages[0].reset()
    await client.send(GET)
    head, body = await client.read_answer()

    assert (head.split(b"\r\n")[0], body) == (b"HTTP/1.1 200 OK", b"hello")
    assert len(line.inside.passages) == 2


async def test_garbage_in_the_middle_of_an_answer_leaves_no_clean_end(line: Line) -> None:
    may_go_on = asyncio.Event()
    begun = CHUNKED_HEAD + b"5\r\nfirst\r\n"

    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(begun)
        await may_go_on.wait()
        await visit.send(b"6\r\nsecond\r\n0\r\n\r\n")
        await visit.until_closed()

    client = await line.laid(script, inside=(Faults(), Faults(ending=Ending.GARBAGE, after_bytes=len(begun))))
    await client.send(GET)
    received = await client.read_until(b"first\r\n")

    may_go_on.set()
    received += await read_until_gone(client)

    assert received == begun
    await asyncio.wait_for(line.upstream.visits[0].is_over.wait(), SOON_SECONDS)


async def test_silent_upstream_is_given_up_at_the_idle_limit(line: Line) -> None:
    client = await line.laid(
        answering_upload,
        inside=(Faults(), Faults(ending=Ending.SILENCE, after_bytes=len(ANSWER) - 100)),
        answer_idle_timeout_seconds=0.3,
    )

    await client.send(POST + UPLOAD)
    received = await read_until_gone(client)

    assert ANSWER.startswith(received)
    await until(lambda: bool(line.engine.exchanges), "the copy")
    assert line.engine.exchanges[0].end is not End.COMPLETE


async def test_silent_client_in_mid_upload_is_given_up_and_the_upstream_is_told(line: Line) -> None:
    client = await line.laid(
        answering_upload,
        outside=(Faults(ending=Ending.SILENCE, after_bytes=len(POST) + 50), Faults()),
        body_idle_timeout_seconds=0.3,
    )

    await client.send(POST + UPLOAD)
    await until(lambda: bool(line.upstream.visits), "the upload has begun")

    await asyncio.wait_for(line.upstream.visits[0].is_over.wait(), SOON_SECONDS)
    assert not line.upstream.received.endswith(b"0\r\nTrailer: t\r\n\r\n")


@pytest.mark.parametrize("ending", [Ending.RESET, Ending.CLOSE])
async def test_client_that_breaks_in_mid_upload_ends_the_upstreams_request(line: Line, ending: Ending) -> None:
    client = await line.laid(answering_upload, outside=(Faults(ending=ending, after_bytes=len(POST) + 50), Faults()))

    await client.send(POST + UPLOAD)
    await until(lambda: bool(line.upstream.visits), "the upload has begun")

    await asyncio.wait_for(line.upstream.visits[0].is_over.wait(), SOON_SECONDS)
    assert not line.upstream.received.endswith(b"0\r\nTrailer: t\r\n\r\n")


async def test_client_that_breaks_in_mid_stream_ends_the_upstream_and_the_copy_says_so(line: Line) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(CHUNKED_HEAD + b"5\r\nfirst\r\n")
        await visit.until_closed()

    client = await line.laid(script, outside=(Faults(), Faults()))
    await client.send(GET)
    await client.read_until(b"first\r\n")

    line.outside.passages[0].reset()

    await asyncio.wait_for(line.upstream.visits[0].is_over.wait(), SOON_SECONDS)
    await until(lambda: bool(line.engine.exchanges), "the copy")
    assert line.engine.exchanges[0].end is End.CLIENT_GONE


async def test_client_that_stops_taking_is_given_up_at_the_stall_limit(line: Line) -> None:
    async def script(visit: Visit) -> None:
        await visit.read_head()
        await visit.send(b"HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\n\r\n")
        while not visit.writer.is_closing():
            await visit.send(bytes(1 << 20))

    client = await line.laid(script, client_stall_timeout_seconds=0.3)
    client.writer.transport.pause_reading()  # type: ignore[attr-defined]  # asyncio's transports have it
    await client.send(GET)

    await until(lambda: bool(line.upstream.visits), "the request")
    await asyncio.wait_for(line.upstream.visits[0].is_over.wait(), 2 * SOON_SECONDS)
