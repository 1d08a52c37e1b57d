"""The engine's side of the Unix socket: takes batches, acknowledges them or not, can die or be of another version."""

import asyncio
import json
import os
import socket
import struct

from scorer.frames import MAGIC, FrameKind, FrameReader, decode_batch, decode_hello, encode_frame
from scorer.wire import PROTOCOL_VERSION, Exchange, decode_exchange
from tests.fakes.loopback_server import LoopbackServer


class FakeEngine(LoopbackServer):
    """Listens on an abstract Unix socket; `exchanges` are those of every batch, in the order they came."""

    def __init__(self, address: bytes | None = None, *, acks: bool = True, version: int = PROTOCOL_VERSION) -> None:
        super().__init__()
        self.address = address or b"\0endurance-test-" + os.urandom(8).hex().encode()
        self.acks = acks
        self.exchanges: list[Exchange] = []
        self.sequences: list[int] = []
        self.totals: dict[str, int] = {}
        self.hellos: list[tuple[int, str]] = []
        self._version = version

    async def _listen(self) -> asyncio.Server:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        sock.bind(self.address)
        return await asyncio.start_unix_server(self.accept, sock=sock)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        frames = FrameReader()
        hello = struct.pack("!4sH", MAGIC, self._version) + b"fake"
        writer.write(encode_frame(FrameKind.HELLO, 0, hello))
        try:
            while data := await reader.read(1 << 20):
                for kind, sequence, payload in frames.feed(data):
                    self._take(kind, sequence, payload, writer)
        finally:
            writer.transport.abort()

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
