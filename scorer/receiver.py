"""Takes what the proxy copied from the Unix socket into the queue, and acknowledges what is durable.

A batch is acknowledged after its `put` was committed and never before; what is not acknowledged the proxy keeps and
sends again, so the queue's ids make that harmless. It judges nothing: an exchange that cannot be read is queued as
it came, and the worker decides.
"""

import asyncio
import json
import os
import random
import socket
import struct
from collections.abc import Callable

from config.logging import get_logger
from scorer import wire
from scorer.frames import COUNTER_NAMES, FrameKind, FrameReader, decode_batch, decode_hello, encode_frame, encode_hello
from scorer.inbox import Inbox
from scorer.protocols import JobTaker, Observer
from scorer.wire import WireError

HELLO_SECONDS = 5.0
"""Time for a peer to say who it is."""
ACKNOWLEDGE_SECONDS = 30.0
"""Time for a peer to take an acknowledgement, which is 13 bytes."""
FINISH_SECONDS = 1.0
"""At the stop, time to queue what has been received."""
READ_BYTES = 256 * 1024
CONNECTION_LIMIT = 8
"""Connections at once; there is one proxy, and a broken connection of it may take a while to be seen."""
_CREDENTIALS = struct.Struct("3i")
"""`struct ucred` of unix(7): pid, uid, gid."""

_logger = get_logger("scorer.receiver")


class Receiver:
    """Serves the listening socket that the supervisor handed down."""

    def __init__(
        self,
        queue: JobTaker,
        build: str,
        observer: Observer,
        *,
        proxy_started: Callable[[int], None] = lambda _: None,
        rng: random.Random | None = None,
    ) -> None:
        """`build` is told to the proxy in our hello; `proxy_started` hears when it began, in µs since the epoch."""
        self._queue = queue
        self._proxy_started = proxy_started
        self._build = build
        self._observer = observer
        self._rng = rng or random.Random()
        self._places = asyncio.Semaphore(CONNECTION_LIMIT)

    async def serve(self, listener: socket.socket, stop: asyncio.Event) -> None:
        """Accept and serve until `stop` is set; what was received by then is queued, for at most `FINISH_SECONDS`.

        The listener stays open: it is the supervisor's, and outlives this process.
        """
        listener.setblocking(False)
        async with asyncio.TaskGroup() as group:
            accepting = group.create_task(self._accept(listener, stop, group))
            await stop.wait()
            accepting.cancel()

    async def _accept(self, listener: socket.socket, stop: asyncio.Event, group: asyncio.TaskGroup) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._places.acquire()
            try:
                connection, _ = await loop.sock_accept(listener)
            except OSError as error:  # no file descriptor is free: some will be
                _logger.warning("a connection could not be accepted", error=str(error))
                self._places.release()
                await asyncio.sleep(0.5)
                continue
            except BaseException:
                self._places.release()
                raise
            group.create_task(self._serve_peer(connection, stop))

    async def _serve_peer(self, connection: socket.socket, stop: asyncio.Event) -> None:
        try:
            if not _is_ours(connection):
                connection.close()
                _logger.warning("a peer of another user was turned away")
                return
            reader, writer = await asyncio.open_unix_connection(sock=connection, limit=READ_BYTES)
            inbox = Inbox(self._queue, self._observer, self._rng)
            try:
                await _Link(reader, writer, inbox, self._tell_totals).run(self._build, stop)
            finally:
                writer.close()
        finally:
            self._places.release()

    def _tell_totals(self, totals: dict[str, int]) -> None:
        self._observer.set_proxy_totals(totals)
        if started_us := totals.get("process.started_us"):
            self._proxy_started(started_us)


class _Link:
    """One connection of the proxy, from its hello to its end."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        inbox: Inbox,
        tell_totals: Callable[[dict[str, int]], None],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._inbox = inbox
        self._tell_totals = tell_totals
        self._frames = FrameReader()

    async def run(self, build: str, stop: asyncio.Event) -> None:
        self._writer.write(encode_hello(build))
        async with asyncio.TaskGroup() as group:
            receiving = group.create_task(self._receive())
            storing = group.create_task(self._inbox.store_all(self._acknowledge))
            stopping = group.create_task(stop.wait())
            await asyncio.wait({storing, stopping}, return_when=asyncio.FIRST_COMPLETED)
            receiving.cancel()
            stopping.cancel()
            if not storing.done():
                await asyncio.wait({storing}, timeout=FINISH_SECONDS)
                storing.cancel()

    async def _receive(self) -> None:
        """Read until the peer ends or errs; the end closes the inbox, whose content is still stored."""
        is_greeted = False
        try:
            while True:
                async with asyncio.timeout(None if is_greeted else HELLO_SECONDS):
                    data = await self._reader.read(READ_BYTES)
                if not data:
                    break
                for kind, sequence, payload in self._frames.feed(data):
                    if is_greeted:
                        await self._take(kind, sequence, payload)
                    elif not _greet(kind, payload):
                        return
                    is_greeted = True
            if is_greeted:
                _logger.info("the proxy's connection ended")
        except WireError as error:
            _logger.warning("the proxy's connection was closed: a broken frame", error=str(error))
        except TimeoutError:
            _logger.warning("a peer was turned away: it said no hello", seconds=HELLO_SECONDS)
        except ConnectionError as error:
            _logger.info("the proxy's connection broke", error=type(error).__name__)
        finally:
            self._inbox.close()

    async def _take(self, kind: FrameKind, sequence: int, payload: bytes) -> None:
        match kind:
            case FrameKind.BATCH:
                await self._inbox.add(sequence, decode_batch(payload))
            case FrameKind.COUNTERS:
                self._tell_totals(_read_counters(payload))
            case FrameKind.HELLO | FrameKind.ACK:
                raise WireError(f"{kind.name} is nothing that a proxy sends here")

    async def _acknowledge(self, sequence: int) -> None:
        try:
            self._writer.write(encode_frame(FrameKind.ACK, sequence))
            async with asyncio.timeout(ACKNOWLEDGE_SECONDS):
                await self._writer.drain()
        except (ConnectionError, TimeoutError):
            # It will send the batch again over its next connection, and the queue keeps it once.
            self._writer.transport.abort()


def _greet(kind: FrameKind, payload: bytes) -> bool:
    """Read the peer's hello; False when it speaks another version, which our own hello tells it."""
    if kind is not FrameKind.HELLO:
        raise WireError(f"expected HELLO first, got {kind.name}")
    version, build = decode_hello(payload)
    if version != wire.PROTOCOL_VERSION:
        _logger.error(
            "the proxy speaks another protocol version; its copies are not taken",
            ours=wire.PROTOCOL_VERSION,
            theirs=version,
            build=build,
        )
        return False
    _logger.info("the proxy is connected", build=build)
    return True


def _is_ours(connection: socket.socket) -> bool:
    """Say whether the peer runs as our own user: an abstract socket has no file mode to keep others out."""
    data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    _, uid, _ = _CREDENTIALS.unpack(data)
    return bool(uid == os.geteuid())


def _read_counters(payload: bytes) -> dict[str, int]:
    try:
        totals = json.loads(payload)
    except ValueError as error:
        raise WireError("COUNTERS holds no JSON") from error
    if not isinstance(totals, dict) or not all(type(value) is int for value in totals.values()):
        raise WireError("COUNTERS is a JSON object of integers")
    return {name: value for name, value in totals.items() if name in COUNTER_NAMES}
