"""A TCP forwarder with faults: latency, pieces as small as one byte, a reset, an end, a half-open silence, garbage.

To be put between a client and the proxy, or between the proxy and its upstream. Each direction has its own faults; what
passes is kept, so that a test can say what had been delivered when the fault struck.
"""

import asyncio
import socket
import struct
from dataclasses import dataclass
from enum import Enum

from tests.fakes.loopback_server import LoopbackServer


class Ending(Enum):
    """What happens to a direction, and with it to the connection, at a place."""

    RESET = "reset"
    """Both sides see a TCP reset."""
    CLOSE = "close"
    """Both sides see an orderly end."""
    SILENCE = "silence"
    """Nothing more passes this way, and nobody is told: half-open."""
    GARBAGE = "garbage"
    """Bytes of no protocol take the place of the rest."""


GARBAGE = b"\x00\xff\x16\x03\x01 no protocol of ours \r\n\r\n\x00"


@dataclass(frozen=True)
class Faults:
    """Of one direction."""

    latency_seconds: float = 0.0
    """What each piece waits; pieces keep their order."""
    piece_bytes: int | None = None
    """Largest piece that is passed on at once."""
    ending: Ending | None = None
    after_bytes: int = 0
    """The ending takes the place of the byte after so many, counted on each connection from its first."""


NONE = Faults()


class Passage:
    """One connection through the forwarder."""

    def __init__(self, outer: asyncio.StreamWriter, inner: asyncio.StreamWriter) -> None:
        self.outer = outer
        self.inner = inner
        self.passed = {"up": 0, "down": 0}
        """Bytes delivered in each direction."""
        self.is_over = asyncio.Event()
        self.is_struck = asyncio.Event()
        """An ending was reached."""

    def reset(self) -> None:
        """End both sides with a TCP reset."""
        for writer in (self.outer, self.inner):
            sock = writer.get_extra_info("socket")
            if sock is not None and sock.fileno() >= 0:
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()


class FaultProxy(LoopbackServer):
    """Forwards from a port of its own on loopback to another; `passages` are its connections in the order they came."""

    def __init__(self, target_port: int, *, up: Faults = NONE, down: Faults = NONE) -> None:
        super().__init__()
        self.up = up
        """Towards the target; may be changed for connections that come later."""
        self.down = down
        self.passages: list[Passage] = []
        self.port = 0
        self._target_port = target_port

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    async def _listen(self) -> asyncio.Server:
        server = await asyncio.start_server(self.accept, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner: asyncio.StreamWriter | None = None
        try:
            inner_reader, inner = await asyncio.open_connection("127.0.0.1", self._target_port)
            passage = Passage(writer, inner)
            self.passages.append(passage)
            up, down = self.up, self.down
            async with asyncio.TaskGroup() as both:
                both.create_task(_pass(reader, inner, up, passage, "up"))
                both.create_task(_pass(inner_reader, writer, down, passage, "down"))
            passage.is_over.set()
        except* ConnectionError:
            pass  # one side broke off, and the other is ended below
        finally:
            for each in (writer, inner):
                if each is not None:
                    each.transport.abort() if each.transport.get_write_buffer_size() else each.close()


async def _pass(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, faults: Faults, passage: Passage, way: str
) -> None:
    """Pass one direction on, until it ends or its fault strikes."""
    while True:
        data = await reader.read(65536)
        if not data:
            if writer.can_write_eof() and not writer.is_closing():
                writer.write_eof()
            return
        room = len(data) if faults.ending is None else faults.after_bytes - passage.passed[way]
        await _send(writer, data[:room], faults, passage, way)
        if room < len(data):
            await _strike(reader, writer, faults, passage)
            return


async def _send(writer: asyncio.StreamWriter, data: bytes, faults: Faults, passage: Passage, way: str) -> None:
    size = faults.piece_bytes or len(data) or 1
    for start in range(0, len(data), size):
        if faults.latency_seconds:
            await asyncio.sleep(faults.latency_seconds)
        piece = data[start : start + size]
        writer.write(piece)
        await writer.drain()
        passage.passed[way] += len(piece)
        if faults.piece_bytes is not None:
            await asyncio.sleep(0)  # whoever reads gets its turn before the next piece


async def _strike(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, faults: Faults, passage: Passage) -> None:
    passage.is_struck.set()
    match faults.ending:
        case Ending.RESET:
            passage.reset()
        case Ending.CLOSE:
            passage.outer.close()
            passage.inner.close()
        case Ending.GARBAGE:
            writer.write(GARBAGE)
            await _swallow(reader)
        case Ending.SILENCE | None:
            await _swallow(reader)


async def _swallow(reader: asyncio.StreamReader) -> None:
    """Take what comes and pass nothing on; the sender's end is not passed on either."""
    while await reader.read(65536):
        pass
