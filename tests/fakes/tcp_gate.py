"""A TCP forwarder between a client and a server: shut, opened, told to lose an answer or to hold a request up."""

import asyncio
import contextlib
from types import TracebackType


class TcpGate:
    """Forwards to a port while it is open; its own port, on loopback, stays the same."""

    def __init__(self, target_port: int, target_host: str = "127.0.0.1") -> None:
        self.port = 0
        self.lost = 0
        """Answers lost so far."""
        self._target = (target_host, target_port)
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._pattern: bytes | None = None
        self._passing = 0
        self._held: tuple[bytes, float] | None = None

    async def __aenter__(self) -> "TcpGate":
        await self.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        await self.shut()

    async def open(self) -> None:
        """Take connections."""
        self._server = await asyncio.start_server(self._forward, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def shut(self) -> None:
        """Cut every connection and refuse new ones."""
        if self._server is not None:
            self._server.close()
        for writer in list(self._writers):
            writer.transport.abort()
        if self._server is not None:
            await self._server.wait_closed()
        async with asyncio.timeout(10):
            while self._writers:
                await asyncio.sleep(0.001)

    def lose_answers(self, pattern: bytes, passing: int = 0) -> None:
        """From the request after the first `passing` that hold the pattern on: let it through, lose its answer."""
        self._pattern, self._passing = pattern, passing

    def hold_requests(self, pattern: bytes, seconds: float) -> None:
        """Pass each request that holds the pattern on so much later."""
        self._held = pattern, seconds

    def heal(self) -> None:
        """Lose nothing more, and hold nothing up."""
        self._pattern = self._held = None

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            with contextlib.suppress(OSError, asyncio.IncompleteReadError):
                await self._pair(reader, writer)
        finally:
            writer.transport.abort()
            self._writers.discard(writer)

    async def _pair(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        up_reader, up_writer = await asyncio.open_connection(*self._target)
        is_losing = False

        async def upwards() -> None:
            nonlocal is_losing
            while data := await reader.read(1 << 20):
                if self._pattern is not None and self._pattern in data:
                    is_losing = self._passing == 0
                    self._passing = max(0, self._passing - 1)
                if self._held is not None and self._held[0] in data:
                    await asyncio.sleep(self._held[1])
                up_writer.write(data)
                await up_writer.drain()

        async def downwards() -> None:
            while data := await up_reader.read(1 << 20):
                if is_losing:
                    self.lost += 1
                    return
                writer.write(data)
                await writer.drain()

        try:
            both = [asyncio.ensure_future(upwards()), asyncio.ensure_future(downwards())]
            await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
            for task in both:
                task.cancel()
            await asyncio.gather(*both, return_exceptions=True)
        finally:
            up_writer.transport.abort()
