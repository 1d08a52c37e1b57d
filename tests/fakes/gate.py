"""A TCP relay that can be shut and opened again on the same port: a server that goes away without being touched."""

import asyncio
import contextlib
from collections.abc import AsyncIterator


class Gate:
    """Relays bytes to a server while it is open; while it is shut, connections are refused and open ones broken."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    async def open(self) -> None:
        """Listen; on the same port as before, once there was one."""
        self._server = await asyncio.start_server(self._relay, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        """Stop listening and break every connection."""
        assert self._server is not None
        self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        await self._server.wait_closed()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        with contextlib.suppress(OSError):
            upstream_reader, upstream_writer = await asyncio.open_connection(*self._target)
            self._writers.add(upstream_writer)
            try:
                await asyncio.wait(
                    [
                        asyncio.ensure_future(_copy(reader, upstream_writer)),
                        asyncio.ensure_future(_copy(upstream_reader, writer)),
                    ]
                )
            finally:
                self._writers.discard(upstream_writer)
                upstream_writer.close()
        self._writers.discard(writer)
        writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@contextlib.asynccontextmanager
async def open_gate(host: str, port: int) -> AsyncIterator[Gate]:
    """Yield an open gate; shut at the end."""
    gate = Gate(host, port)
    await gate.open()
    try:
        yield gate
    finally:
        await gate.shut()
