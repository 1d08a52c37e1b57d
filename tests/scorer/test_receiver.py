"""The receiver on a real Unix socket: hello, batches, acknowledgements, faults."""

import asyncio
import json
import os
import random
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
import uvloop

from config.errors import QueueFullError, UnavailableError
from scorer import wire
from scorer.frames import MAGIC, FrameKind, decode_hello, encode_batch, encode_frame
from scorer.model import CaptureOutcome
from scorer.protocols import Job
from scorer.queue.memory import MemoryQueue
from scorer.receiver import Receiver
from tests.fakes.copied import make_copy_bytes
from tests.fakes.observer import FakeObserver
from tests.fakes.peer import HELLO, Peer
from tests.fakes.waiting import PROMPTLY_SECONDS, until


class FullQueue(MemoryQueue):
    """Refuses puts until it is told to take them."""

    def __init__(self) -> None:
        super().__init__(1 << 30, 10)
        self.error: UnavailableError | None = QueueFullError("full")
        self.refusals = 0

    async def put(self, jobs: Sequence[Job]) -> None:
        if self.error is not None:
            self.refusals += 1
            raise self.error
        await super().put(jobs)


class Engine:
    """A receiver that serves, with what it was given."""

    def __init__(self, queue: MemoryQueue) -> None:
        self.queue = queue
        self.observer = FakeObserver()
        self.proxy_starts: list[int] = []
        self.stop = asyncio.Event()
        self.address = b"\0endurance-receiver-" + os.urandom(8).hex().encode()
        self.listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.listener.bind(self.address)
        self.listener.listen()

    async def connect(self) -> Peer:
        ours = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        ours.connect(self.address)
        reader, writer = await asyncio.open_unix_connection(sock=ours)
        self.writers.append(writer)
        return Peer(reader, writer)

    @asynccontextmanager
    async def serving(self) -> AsyncIterator["Engine"]:
        self.writers: list[asyncio.StreamWriter] = []
        receiver = Receiver(
            self.queue, "engine-build", self.observer, proxy_started=self.proxy_starts.append, rng=random.Random(1)
        )
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(receiver.serve(self.listener, self.stop))
            try:
                yield self
            finally:
                self.stop.set()
                await asyncio.wait_for(serving, PROMPTLY_SECONDS)
                for writer in self.writers:
                    writer.close()
                self.listener.close()

    async def payloads(self) -> list[bytes]:
        return [lease.job.payload for lease in await self.queue.lease(1000, 60)]


@pytest.fixture
async def engine() -> AsyncIterator[Engine]:
    async with Engine(MemoryQueue(1 << 30, 10)).serving() as engine:
        yield engine


async def test_both_sides_say_hello(engine: Engine) -> None:
    peer = await engine.connect()
    peer.writer.write(HELLO)

    frame = await peer.frame()

    assert frame is not None
    assert frame[0] is FrameKind.HELLO
    assert decode_hello(frame[2]) == (wire.PROTOCOL_VERSION, "engine-build")


async def test_a_batch_is_queued_and_then_acknowledged(engine: Engine) -> None:
    exchanges = [make_copy_bytes(number) for number in range(3)]
    peer = await engine.connect()
    await peer.greet()

    peer.send_batch(7, exchanges)

    assert await peer.frame() == (FrameKind.ACK, 7, b"")
    leases = await engine.queue.lease(9, 60)
    assert [lease.job.payload for lease in leases] == exchanges
    assert [lease.job.id for lease in leases] == [wire.exchange_key(data) for data in exchanges]


async def test_a_batch_that_is_sent_again_is_kept_once_and_acknowledged_again(engine: Engine) -> None:
    exchanges = [make_copy_bytes(1)]
    for sequence in (1, 2):
        peer = await engine.connect()
        await peer.greet()
        peer.send_batch(sequence, exchanges)
        assert await peer.frame() == (FrameKind.ACK, sequence, b"")

    assert await engine.payloads() == exchanges


async def test_frames_may_arrive_cut_at_any_place(engine: Engine) -> None:
    exchanges = [make_copy_bytes(number) for number in range(2)]
    stream = HELLO + encode_frame(FrameKind.BATCH, 1, encode_batch(exchanges))
    peer = await engine.connect()

    for position in range(0, len(stream), 13):
        peer.writer.write(stream[position : position + 13])
        await peer.writer.drain()

    assert (await peer.frame() or (None,))[0] is FrameKind.HELLO
    assert await peer.frame() == (FrameKind.ACK, 1, b"")
    assert await engine.payloads() == exchanges


async def test_an_exchange_that_cannot_be_read_is_queued_as_it_came(engine: Engine) -> None:
    newer = (wire.PROTOCOL_VERSION + 1).to_bytes(2) + b"whatever it holds"
    peer = await engine.connect()
    await peer.greet()

    peer.send_batch(1, [newer, b"\x00", newer])

    assert await peer.frame() == (FrameKind.ACK, 1, b"")
    assert await engine.payloads() == [newer, b"\x00"]


async def test_counters_reach_the_observer(engine: Engine) -> None:
    peer = await engine.connect()
    await peer.greet()
    totals = {"requests.2xx": 5, "held.bytes": 0, "a name of tomorrow": 1}

    peer.writer.write(encode_frame(FrameKind.COUNTERS, 0, json.dumps(totals).encode()))

    await until(lambda: engine.observer.totals == {"requests.2xx": 5, "held.bytes": 0})


async def test_start_of_the_proxy_is_told_where_it_is_known(engine: Engine) -> None:
    peer = await engine.connect()
    await peer.greet()

    for totals in ({"held.bytes": 1}, {"process.started_us": 5}):
        peer.writer.write(encode_frame(FrameKind.COUNTERS, 0, json.dumps(totals).encode()))
    await until(lambda: engine.observer.totals == {"process.started_us": 5})

    assert engine.proxy_starts == [5]


async def test_a_peer_of_another_version_gets_our_hello_and_is_let_go(engine: Engine) -> None:
    peer = await engine.connect()
    other = MAGIC + (wire.PROTOCOL_VERSION + 1).to_bytes(2)
    peer.writer.write(encode_frame(FrameKind.HELLO, 0, other))
    peer.send_batch(1, [make_copy_bytes(1)])

    frames = [await peer.frame(), await peer.frame()]

    assert frames[0] is not None
    assert frames[0][0] is FrameKind.HELLO
    assert frames[1] is None
    assert await engine.payloads() == []


BROKEN = {
    "no hello first": encode_frame(FrameKind.COUNTERS, 0, b"{}"),
    "a hello without our magic": encode_frame(FrameKind.HELLO, 0, b"HTTP/1"),
    "a frame too long": HELLO + b"\xff\xff\xff\xff" + bytes(20),
    "an unknown kind": HELLO + b"\x00\x00\x00\x09\x63" + bytes(8),
    "a batch cut short": HELLO + encode_frame(FrameKind.BATCH, 1, b"\x00\x00\x00\x02"),
    "counters without JSON": HELLO + encode_frame(FrameKind.COUNTERS, 0, b"\xff"),
    "counters that are no integers": HELLO + encode_frame(FrameKind.COUNTERS, 0, b'{"held.bytes": "x"}'),
    "an acknowledgement of ours": HELLO + encode_frame(FrameKind.ACK, 1),
}


@pytest.mark.parametrize("stream", BROKEN.values(), ids=BROKEN.keys())
async def test_a_broken_frame_ends_the_connection_and_not_the_receiver(engine: Engine, stream: bytes) -> None:
    peer = await engine.connect()
    peer.writer.write(stream)

    assert (await peer.frame() or (None,))[0] is FrameKind.HELLO
    assert await peer.frame() is None
    other = await engine.connect()
    await other.greet()
    other.send_batch(1, [make_copy_bytes(1)])
    assert await other.frame() == (FrameKind.ACK, 1, b"")


async def test_a_batch_before_a_broken_frame_is_kept(engine: Engine) -> None:
    peer = await engine.connect()
    await peer.greet()
    peer.send_batch(1, [make_copy_bytes(1)])
    assert await peer.frame() == (FrameKind.ACK, 1, b"")

    peer.writer.write(b"\xff" * 50)

    assert await peer.frame() is None
    assert await engine.payloads() == [make_copy_bytes(1)]


async def test_a_full_queue_holds_the_acknowledgement_back_until_there_is_room() -> None:
    queue = FullQueue()
    async with Engine(queue).serving() as engine:
        peer = await engine.connect()
        await peer.greet()
        peer.send_batch(1, [make_copy_bytes(1)])
        peer.writer.write(encode_frame(FrameKind.COUNTERS, 0, b'{"capture.dropped": 3}'))
        await until(lambda: queue.refusals >= 3)
        counters_while_full = dict(engine.observer.totals)

        queue.error = None

        assert await peer.frame() == (FrameKind.ACK, 1, b"")
        assert await engine.payloads() == [make_copy_bytes(1)]
        assert counters_while_full == {"capture.dropped": 3}


async def test_a_copy_that_can_never_fit_is_dropped_and_counted_and_holds_up_no_other() -> None:
    small, large = make_copy_bytes(1), make_copy_bytes(2, body=bytes(5000))
    async with Engine(MemoryQueue(4000, 10)).serving() as engine:
        peer = await engine.connect()
        await peer.greet()

        peer.send_batch(1, [large, small])

        assert await peer.frame() == (FrameKind.ACK, 1, b"")
        assert await engine.payloads() == [small]
        assert engine.observer.captures == {CaptureOutcome.DROPPED: 1}


async def test_what_was_received_before_the_stop_is_queued() -> None:
    queue = FullQueue()
    async with Engine(queue).serving() as engine:
        peer = await engine.connect()
        await peer.greet()
        peer.send_batch(1, [make_copy_bytes(1)])
        peer.send_batch(2, [make_copy_bytes(2)])
        await until(lambda: queue.refusals >= 2)

        queue.error = None
        peer.writer.close()

    assert await engine.payloads() == [make_copy_bytes(1), make_copy_bytes(2)]


async def test_the_stop_is_bounded_while_the_queue_is_full() -> None:
    queue = FullQueue()
    async with Engine(queue).serving() as engine:
        peer = await engine.connect()
        await peer.greet()
        peer.send_batch(1, [make_copy_bytes(1)])
        await until(lambda: queue.refusals >= 1)

    assert await engine.payloads() == []


async def test_a_peer_of_another_user_is_turned_away(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 4242)

    peer = await engine.connect()

    assert await peer.frame() is None


def test_the_receiver_works_on_uvloop() -> None:
    async def main() -> list[bytes]:
        async with Engine(MemoryQueue(1 << 30, 10)).serving() as engine:
            peer = await engine.connect()
            await peer.greet()
            peer.send_batch(1, [make_copy_bytes(1)])
            assert await peer.frame() == (FrameKind.ACK, 1, b"")
        return await engine.payloads()

    assert uvloop.run(main()) == [make_copy_bytes(1)]
