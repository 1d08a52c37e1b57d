"""The proxy's side of its connection to the engine, frame by frame."""

import asyncio

from scorer.frames import FrameKind, FrameReader, encode_batch, encode_frame, encode_hello
from tests.fakes.waiting import PROMPTLY_SECONDS

HELLO = encode_hello("test")


class Peer:
    """The proxy's side of a connection, frame by frame."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self._frames = FrameReader()
        self._read: list[tuple[FrameKind, int, bytes]] = []

    async def frame(self) -> tuple[FrameKind, int, bytes] | None:
        """Return the next frame; None at the end."""
        async with asyncio.timeout(PROMPTLY_SECONDS):
            while not self._read:
                data = await self.reader.read(65536)
                if not data:
                    return None
                self._read += self._frames.feed(data)
        return self._read.pop(0)

    async def greet(self) -> None:
        self.writer.write(HELLO)
        frame = await self.frame()
        assert frame is not None
        assert frame[0] is FrameKind.HELLO

    def send_batch(self, sequence: int, exchanges: list[bytes]) -> None:
        self.writer.write(encode_frame(FrameKind.BATCH, sequence, encode_batch(exchanges)))
