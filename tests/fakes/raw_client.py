"""An HTTP client at the level of bytes: it sends exactly what it is given, and shows exactly what came back."""

import asyncio
import socket
import struct
from types import TracebackType
from typing import Self

WAIT_SECONDS = 10.0
"""Bound of every wait; a test that reaches it has failed."""


class RawClient:
    """One connection to `port` on loopback."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Self:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self._port, limit=4 * 1024 * 1024)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.writer.close()

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await asyncio.wait_for(self.writer.drain(), WAIT_SECONDS)

    async def read(self, limit: int = 65536) -> bytes:
        return await asyncio.wait_for(self.reader.read(limit), WAIT_SECONDS)

    async def read_until(self, end: bytes) -> bytes:
        return await asyncio.wait_for(self.reader.readuntil(end), WAIT_SECONDS)

    async def read_head(self) -> bytes:
        return await self.read_until(b"\r\n\r\n")

    async def read_exactly(self, size: int) -> bytes:
        return await asyncio.wait_for(self.reader.readexactly(size), WAIT_SECONDS)

    async def read_to_end(self) -> bytes:
        """Return everything until the server closes; raises ConnectionError after a reset."""
        return await asyncio.wait_for(self.reader.read(), WAIT_SECONDS)

    async def read_answer(self) -> tuple[bytes, bytes]:
        """Return the head and the body, which must have a length."""
        head = await self.read_head()
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                return head, await self.read_exactly(int(value))
        return head, b""

    def reset(self) -> None:
        sock = self.writer.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()
