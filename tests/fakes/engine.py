"""The engine's side of the Unix socket: takes batches, acknowledges them or not, can die or be of another version."""

import asyncio
import json
import os
import socket
import struct
from types import TracebackType
from typing import Self

from scorer.wire import (
    MAGIC,
    PROTOCOL_VERSION,
    Exchange,
    FrameKind,
    FrameReader,
    decode_batch,
    decode_exchange,
    decode_hello,
    encode_frame,
)


class FakeEngine:
    """Listens on an abstract Unix socket; `exchanges` are those of every batch, in the order they came."""

    def __init__(self, address: bytes | None = None, *, acks: bool = True, version: int = PROTOCOL_VERSION) -> None:
        self.address = address or b"\0endurance-test-" + os.urandom(8).hex().encode()
        self.acks = acks
        self.exchanges: list[Exchange] = []
        self.sequences: list[int] = []
        self.totals: dict[str, int] = {}
        self.hellos: list[tuple[int, str]] = []
        self._version = version
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.bind(self.address)
        self._server = await asyncio.start_unix_server(self._serve, sock=sock)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.die()

    async def die(self) -> None:
        """Close everything, as a killed process would."""
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        frames = FrameReader()
        hello = struct.pack("!4sH", MAGIC, self._version) + b"fake"
        writer.write(encode_frame(FrameKind.HELLO, 0, hello))
        try:
            while data := await reader.read(1 << 20):
                for kind, sequence, payload in frames.feed(data):
                    self._take(kind, sequence, payload, writer)
        except (ConnectionError, asyncio.CancelledError):
            pass  # the proxy left, or the test is over
        finally:
            writer.transport.abort()
            self._tasks.discard(task)

    def _take(self, kind: FrameKind, sequence: int, payload: bytes, writer: asyncio.StreamWriter) -> None:
        match kind:
            case FrameKind.HELLO:
                self.hellos.append(decode_hello(payload))
            case FrameKind.BATCH:
                self.sequences.append(sequence)
                self.exchanges += [decode_exchange(data) for data in decode_batch(payload)]
                if self.acks:
                    writer.write(encode_frame(FrameKind.ACK, sequence))
            case FrameKind.COUNTERS:
                self.totals = json.loads(payload)
            case FrameKind.ACK:
                raise AssertionError("the proxy acknowledges nothing")
