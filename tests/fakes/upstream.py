"""A chatbot at the level of bytes: it records what arrives on each connection, and answers by a script."""

import asyncio
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable

from tests.fakes.loopback_server import LoopbackServer

Script = Callable[["Visit"], Awaitable[None]]


class Visit:
    """One connection to the fake."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.received = b""
        """All bytes read so far."""
        self.is_over = asyncio.Event()
        """The peer closed, or the script ended."""

    async def read(self, limit: int = 65536) -> bytes:
        """Return what came; empty when the peer closed."""
        data = await self.reader.read(limit)
        self.received += data
        return data

    async def read_until(self, end: bytes) -> bytes:
        data = await self.reader.readuntil(end)
        self.received += data
        return data

    async def read_head(self) -> bytes:
        return await self.read_until(b"\r\n\r\n")

    async def read_exactly(self, size: int) -> bytes:
        data = await self.reader.readexactly(size)
        self.received += data
        return data

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def until_closed(self) -> None:
        """Read on until the peer closes or resets."""
        while await self.read():
            pass

    def reset(self) -> None:
        """End with a TCP reset."""
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


def answer(body: bytes = b"hello", *lines: bytes, status: bytes = b"200 OK") -> bytes:
    """Return a whole answer with a length."""
    head = [b"HTTP/1.1 " + status, b"Content-Length: %d" % len(body), *lines]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def answering(data: bytes) -> Script:
    """Return a script that answers every request without a body with the same bytes, on a kept connection."""

    async def script(visit: Visit) -> None:
        while True:
            await visit.read_head()
            await visit.send(data)

    return script


class FakeUpstream(LoopbackServer):
    """A server on loopback, on a free port unless one is named; `visits` are its connections in the order they came."""

    def __init__(self, script: Script, *, tls: ssl.SSLContext | None = None, port: int = 0) -> None:
        super().__init__()
        self.visits: list[Visit] = []
        self._script = script
        self._tls = tls
        self.port = port

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def received(self) -> bytes:
        """Everything that arrived, connection after connection."""
        return b"".join(visit.received for visit in self.visits)

    async def _listen(self) -> asyncio.Server:
        server = await asyncio.start_server(self.accept, "127.0.0.1", self.port, ssl=self._tls, limit=4 * 1024 * 1024)
        self.port = server.sockets[0].getsockname()[1]
        return server

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visit = Visit(reader, writer)
        self.visits.append(visit)
        try:
            await self._script(visit)
        finally:
            visit.is_over.set()
            writer.close()
