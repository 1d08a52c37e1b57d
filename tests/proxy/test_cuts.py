"""Request and answer, cut at random places on the way, arrive byte for byte the same, and so do their copies."""

import asyncio
import gzip
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from scorer.wire import Exchange
from tests.fakes.copies import cut_anywhere
from tests.fakes.engine import FakeEngine
from tests.fakes.raw_client import RawClient
from tests.fakes.upstream import Visit
from tests.fakes.waiting import until
from tests.proxy.conftest import House, RunningProxy

TEXT = ("What is the fee? " * 40 + "शुल्क").encode()
ZIPPED = gzip.compress(TEXT, mtime=0)
LINES = b"Host: bot\r\nTraceparent: 00-1-1-01\r\nX-Twice: a\r\nx-twice:  b \r\nLatin: \xe9\r\n"


def chunked(*parts: bytes, trailer: bytes = b"") -> bytes:
    return b"".join(b"%x;e=1\r\n" % len(part) + part + b"\r\n" for part in parts) + b"0\r\n" + trailer + b"\r\n"


@dataclass(frozen=True)
class Passed:
    """What a client and an upstream say to one another."""

    name: str
    request: bytes
    answer: bytes
    closes: bool = False
    """The answer's end is the connection's."""


CASES = (
    Passed("lengths", b"POST /a%2Fb;c//d?x=1& HTTP/1.1\r\n" + LINES + b"Content-Length: %d\r\n\r\n" % len(TEXT) + TEXT,
           b"HTTP/1.1 200 Fine\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(ZIPPED) + ZIPPED),
    Passed("chunks", b"POST /chat HTTP/1.1\r\n" + LINES + b"Transfer-Encoding: chunked\r\n\r\n" + chunked(TEXT, b"end"),
           b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(TEXT, b"\r\n0", trailer=b"Sum: 7\r\n")),
    Passed("events", b"POST /chat HTTP/1.1\r\n" + LINES + b"Content-Length: 2\r\n\r\n{}",
           b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
           + b"".join(b"%x\r\n" % 15 + b"data: tok %03d\n\n" % n + b"\r\n" for n in range(30)) + b"0\r\n\r\n"),
    Passed("early hints", b"GET /hints HTTP/1.1\r\n" + LINES + b"\r\n",
           b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\nnone"),
    Passed("head", b"HEAD / HTTP/1.1\r\n" + LINES + b"\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n"),
    Passed("nothing", b"DELETE /x HTTP/1.1\r\n" + LINES + b"\r\n", b"HTTP/1.1 204 No Content\r\nETag: x\r\n\r\n"),
    Passed("until the end", b"GET /old HTTP/1.1\r\n" + LINES + b"\r\n", b"HTTP/1.1 200 OK\r\n\r\n" + TEXT, closes=True),
)  # fmt: skip
SLOW = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


class Road:
    """A proxy with an upstream that answers the case in hand, in pieces."""

    def __init__(self, house: House) -> None:
        self._house = house
        self.case = CASES[0]
        self.pieces: list[bytes] = []
        self.arrived = asyncio.Event()
        self.request = b""

    async def build(self) -> None:
        self.engine: FakeEngine = await self._house.engine()
        self.proxy: RunningProxy = await self._house.proxy(await self._house.upstream(self._serve), engine=self.engine)

    async def travel(self, case: Passed, asked: list[bytes], answered: list[bytes]) -> tuple[bytes, bytes, Exchange]:
        """Send the request and the answer in these pieces; return what each side received, and the copy."""
        self.case, self.pieces = case, answered
        self.request = b""
        known = len(self.engine.exchanges)
        async with RawClient(self.proxy.port) as client:
            for piece in asked:
                await _push(client.writer, piece)
            if case.closes:
                received = await client.read_to_end()
            else:
                received = await client.read_exactly(len(case.answer))
        await until(lambda: len(self.engine.exchanges) > known, "the copy")
        return self.request, received, self.engine.exchanges[-1]

    async def _serve(self, visit: Visit) -> None:
        while True:
            begun = len(visit.received)
            body = self.case.request.partition(b"\r\n\r\n")[2]
            await visit.read_head()
            await visit.read_exactly(len(body))
            self.request = visit.received[begun:]
            for piece in self.pieces:
                await _push(visit.writer, piece)
            if self.case.closes:
                return


async def _push(writer: asyncio.StreamWriter, piece: bytes) -> None:
    """Send a piece, and let whoever reads have a turn before the next one."""
    writer.write(piece)
    await writer.drain()
    await asyncio.sleep(0)
    await asyncio.sleep(0)


@pytest.fixture
async def road(house: House) -> Road:
    road = Road(house)
    await road.build()
    return road


def comparable(copy: Exchange) -> Exchange:
    """The copy without what differs between two exchanges: id and times."""
    return replace(copy, id=b"", started_us=0, first_byte_us=0, ended_us=0)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
@SLOW
@given(data=st.data())
async def test_cuts_change_nothing(road: Road, case: Passed, data: st.DataObject) -> None:
    whole = await road.travel(case, [case.request], [case.answer])

    cut = await road.travel(case, cut_anywhere(data, case.request), cut_anywhere(data, case.answer))

    assert cut[:2] == whole[:2]
    assert cut[0].endswith(case.request.partition(b"\r\n\r\n")[2])
    assert case.closes or cut[1] == case.answer
    assert comparable(cut[2]) == comparable(whole[2])


@SLOW
@given(data=st.data())
async def test_requests_sent_ahead_arrive_in_order_wherever_they_are_cut(road: Road, data: st.DataObject) -> None:
    case = CASES[0]
    road.case, road.pieces = case, [case.answer]
    ahead = case.request * 3

    async with RawClient(road.proxy.port) as client:
        for piece in cut_anywhere(data, ahead):
            await _push(client.writer, piece)
        received = await client.read_exactly(3 * len(case.answer))

    assert received == case.answer * 3
