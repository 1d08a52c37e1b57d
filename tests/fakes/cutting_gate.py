"""A TCP forwarder that cuts answers off after so many bytes, wherever in an event that is."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager


class CuttingGate:
    """Forwards to a port; each connection ends after its number of bytes, and those after the last number never."""

    def __init__(self, target_port: int, cuts: Iterable[int]) -> None:
        self.port = 0
        self.connections = 0
        self._target_port = target_port
        self._cuts = iter(cuts)
        self._writers: set[asyncio.StreamWriter] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator["CuttingGate"]:
        """Take connections while the context is open."""
        server = await asyncio.start_server(self._forward, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for writer in list(self._writers):
                writer.transport.abort()
            async with asyncio.timeout(10):
                await server.wait_closed()
                while self._writers:
                    await asyncio.sleep(0.001)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        left = next(self._cuts, None)
        up_reader, up_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        pumps = [
            asyncio.ensure_future(_pump(reader, up_writer, None)),
            asyncio.ensure_future(_pump(up_reader, writer, left)),
        ]
        try:
            # Whichever side ends first ends both.
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            for pump in pumps:
                pump.cancel()
            await asyncio.gather(*pumps, return_exceptions=True)
        finally:
            for one in (writer, up_writer):
                one.transport.abort()
            self._writers.discard(writer)


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, left: int | None) -> None:
    with contextlib.suppress(OSError):
        while (left is None or left > 0) and (data := await reader.read(4096)):
            data = data if left is None else data[:left]
            left = None if left is None else left - len(data)
            writer.write(data)
            await writer.drain()
