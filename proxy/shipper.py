"""Brings finished copies to the engine: in batches, acknowledged, sent again after a reconnect.

Nothing here may block or fail the traffic. What the engine has not acknowledged is held up to a bound; beyond it a copy
is dropped and counted. At-least-once: the engine may see a batch twice, and tells by the exchange's id.
"""

import asyncio
import json
import random
import socket
from collections.abc import Callable
from typing import Final, cast

from config.logging import get_logger
from proxy.counters import Counters
from proxy.outbox import Outbox
from proxy.saturation import SaturationGauge
from scorer.frames import FrameKind, FrameReader, decode_hello, encode_frame, encode_hello
from scorer.wire import PROTOCOL_VERSION, WireError

BATCH_BYTES: Final = 1024 * 1024
"""A batch of this size is shipped without waiting for the interval."""
_HELLO_TIMEOUT_SECONDS: Final = 2.0
_BACK_OFF_SECONDS: Final = 0.02
_BACK_OFF_CEILING_SECONDS: Final = 1.0
_MISMATCH_RETRY_SECONDS: Final = 5.0
"""An engine of another version is replaced by a person, not by trying."""
_COUNTERS_SECONDS: Final = 1.0
_HOLD_SECONDS: Final = 0.25
"""Between two batches while the proxy is saturated: about 250 copies a second, 1 % of the engine's time."""

_log = get_logger("proxy.shipper")


class MismatchError(WireError):
    """The engine speaks another version of the layout."""


class _EngineConnection(asyncio.Protocol):
    """One connection to the engine."""

    def __init__(self, outbox: Outbox, build: str, when_acknowledged: Callable[[], None]) -> None:
        loop = asyncio.get_running_loop()
        self.greeted: asyncio.Future[str] = loop.create_future()
        """The engine's build, once its hello has come; MismatchError or another OSError otherwise."""
        self.lost: asyncio.Future[None] = loop.create_future()
        self._outbox = outbox
        self._build = build
        self._when_acknowledged = when_acknowledged
        self._reader = FrameReader()
        self._is_paused = False
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is one by shape, not by class
        self._transport.write(encode_hello(self._build))

    def data_received(self, data: bytes) -> None:
        try:
            for kind, sequence, payload in self._reader.feed(data):
                self._take(kind, sequence, payload)
        except WireError as error:
            if self.greeted.done():
                _log.warning("engine sent what is not of the layout", error=str(error))
            else:
                self.greeted.set_exception(error)
            self._transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.greeted.done():
            self.greeted.set_exception(error or ConnectionResetError("the engine closed before its hello"))
        if not self.lost.done():
            self.lost.set_result(None)

    def pause_writing(self) -> None:
        self._is_paused = True

    def resume_writing(self) -> None:
        self._is_paused = False
        self.pump()

    def pump(self, *, is_one_enough: bool = False) -> None:
        """Send what is due, while the engine takes it."""
        if not self.greeted.done() or self._transport.is_closing():
            return
        while not self._is_paused and (frame := self._outbox.next_frame()) is not None:
            self._transport.write(frame)
            if is_one_enough:
                break

    def send_counters(self, totals: dict[str, int]) -> None:
        if self.greeted.done() and not self._is_paused and not self._transport.is_closing():
            self._transport.write(encode_frame(FrameKind.COUNTERS, 0, json.dumps(totals).encode()))

    def close(self) -> None:
        self._transport.abort()

    def _take(self, kind: FrameKind, sequence: int, payload: bytes) -> None:
        if not self.greeted.done():
            if kind is not FrameKind.HELLO:
                raise WireError("expected a hello as the engine's first frame")
            version, build = decode_hello(payload)
            if version != PROTOCOL_VERSION:
                raise MismatchError(f"the engine speaks version {version}, this proxy {PROTOCOL_VERSION}")
            self.greeted.set_result(build)
        elif kind is FrameKind.ACK:
            self._outbox.acknowledge(sequence)
            self._when_acknowledged()
        else:
            raise WireError(f"the engine sent a frame of kind {kind.name}")


class Shipper:
    """Keeps a connection to the engine and sends what the outbox holds."""

    def __init__(
        self,
        address: bytes,
        build: str,
        limit_bytes: int,
        interval_seconds: float,
        counters: Counters,
        rng: random.Random | None = None,
        gauge: SaturationGauge | None = None,
    ) -> None:
        self._address = address
        self._build = build
        self._interval_seconds = interval_seconds
        self._counters = counters
        self._rng = rng or random.Random()
        self._gauge = gauge or SaturationGauge()
        self._outbox = Outbox(limit_bytes, counters)
        self._loop = asyncio.get_running_loop()
        self._connection: _EngineConnection | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._held: asyncio.TimerHandle | None = None
        """Set while sending is held back."""
        self._told: dict[str, int] = {}
        self._when_empty = asyncio.Event()
        self._has_warned = False
        self._is_draining = False

    def ship(self, data: bytes) -> bool:
        """Take a finished copy, encoded; False when it was dropped, which is counted. Never blocks, never raises."""
        if not self._outbox.put(data):
            return False
        if self._outbox.open_bytes >= BATCH_BYTES:
            self._flush()
        elif self._timer is None:
            self._timer = self._loop.call_later(self._interval_seconds, self._flush)
        return True

    async def run(self) -> None:
        """Stay connected until cancelled."""
        wait_seconds = _BACK_OFF_SECONDS
        while True:
            try:
                was_connected = await self._serve_once()
            except Exception:  # noqa: BLE001 # task boundary: a fault here must never end the traffic
                _log.exception("the connection to the engine failed")
                was_connected = False
            if was_connected is None:
                pause = _MISMATCH_RETRY_SECONDS
            else:
                wait_seconds = _BACK_OFF_SECONDS if was_connected else min(wait_seconds * 2, _BACK_OFF_CEILING_SECONDS)
                pause = wait_seconds * self._rng.uniform(0.5, 1.0)
            await asyncio.sleep(pause)

    async def tell_counters(self) -> None:
        """Send the counters about each second, when something changed; until cancelled."""
        while True:
            await asyncio.sleep(_COUNTERS_SECONDS)
            self._tell()

    async def drain(self, timeout_seconds: float) -> bool:
        """Ship what is held; say whether the engine acknowledged all of it in time."""
        self._is_draining = True
        self._flush()
        self._tell()
        self._when_empty.clear()
        if self._outbox.is_empty:
            return True
        try:
            async with asyncio.timeout(timeout_seconds):
                await self._when_empty.wait()
        except TimeoutError:
            _log.error("copies were not acknowledged before the stop", held_bytes=self._counters.held_bytes)
            return False
        return True

    def _flush(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._outbox.seal()
        self._pump()

    def _pump(self) -> None:
        """Send what is due; while the traffic needs the whole core, only a batch now and then, so that a long rush is
        still scored in samples. What waits is bounded by the outbox, which then drops copies before they cost work."""
        if self._connection is None or (self._held is not None and not self._is_draining):
            return
        is_saturated = not self._is_draining and self._gauge.is_saturated()
        self._connection.pump(is_one_enough=is_saturated)
        if is_saturated:
            self._held = self._loop.call_later(_HOLD_SECONDS, self._go_on)

    def _go_on(self) -> None:
        self._held = None
        if self._outbox.is_due:
            self._pump()

    def _tell(self) -> None:
        totals = self._counters.snapshot()
        if self._connection is not None and totals != self._told:
            self._connection.send_counters(totals)
            self._told = totals

    async def _serve_once(self) -> bool | None:
        """Hold one connection; return whether it came about, None for an engine of another version."""
        try:
            connection = await self._connect()
        except MismatchError as error:
            self._counters.engine_mismatches += 1
            _log.error("engine of another version; copies are held, then dropped", error=str(error))
            return None
        except (OSError, WireError) as error:
            if not self._has_warned:
                self._has_warned = True
                _log.warning("engine not reachable; copies are held", error=str(error) or type(error).__name__)
            return False
        try:
            self._connection = connection
            self._counters.engine_connected = 1
            self._told = {}
            self._has_warned = False
            _log.info("engine connected", build=connection.greeted.result())
            connection.pump()
            await connection.lost
        finally:
            self._connection = None
            self._counters.engine_connected = 0
            self._outbox.send_again()
            connection.close()
        _log.warning("engine lost; copies are held until it is back", held_bytes=self._counters.held_bytes)
        self._has_warned = True
        return True

    async def _connect(self) -> _EngineConnection:
        sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            sock.setblocking(False)
            sock.connect(self._address)  # a Unix socket connects at once, or not at all when its backlog is full
            _, connection = await self._loop.create_unix_connection(
                lambda: _EngineConnection(self._outbox, self._build, self._acknowledged), sock=sock
            )
        except BaseException:
            sock.close()
            raise
        try:
            async with asyncio.timeout(_HELLO_TIMEOUT_SECONDS):
                await connection.greeted
        except BaseException:
            connection.close()
            raise
        return connection

    def _acknowledged(self) -> None:
        if self._outbox.is_empty:
            self._when_empty.set()
        elif self._outbox.is_due:
            self._pump()
