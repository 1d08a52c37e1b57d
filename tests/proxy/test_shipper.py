"""Copies reach the engine: at least once, bounded, and never at the traffic's cost."""

import asyncio
import time
from contextlib import AsyncExitStack

from proxy.counters import Counters
from proxy.saturation import SaturationGauge
from proxy.shipper import Shipper
from scorer.frames import COUNTER_NAMES
from scorer.wire import PROTOCOL_VERSION, End, Exchange, ExchangeKind, Flag, decode_exchange, encode_exchange
from tests.fakes.engine import FakeEngine
from tests.fakes.upstream import answer, answering
from tests.fakes.waiting import until
from tests.proxy.conftest import House

GET = b"GET / HTTP/1.1\r\nHost: bot\r\n\r\n"


def copy_of(number: int, size: int = 100) -> bytes:
    exchange = Exchange(
        id=number.to_bytes(16), kind=ExchangeKind.HTTP, end=End.COMPLETE, flags=Flag.NONE, status=200, segment=0,
        started_us=1, first_byte_us=2, ended_us=3, request_body_bytes=0, response_body_bytes=size, method=b"GET",
        target=b"/", request_head=b"", response_head=b"", request_body=b"", response_body=b"x" * size,
    )  # fmt: skip
    return encode_exchange(exchange)


class Running:
    """A shipper with its task."""

    def __init__(self, address: bytes, limit_bytes: int = 1 << 26, *, cpu_ratio: float = 0.0) -> None:
        """`cpu_ratio`: how busy the process seems to be, without ever going to sleep."""
        self.counters = Counters()
        gauge = SaturationGauge(lambda: (time.monotonic() * cpu_ratio, 0))
        self.shipper = Shipper(address, "test", limit_bytes, 0.002, self.counters, gauge=gauge)

    async def __aenter__(self) -> "Running":
        self._task = asyncio.create_task(self.shipper.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)


def numbers_of(engine: FakeEngine) -> list[int]:
    return [int.from_bytes(exchange.id) for exchange in engine.exchanges]


async def test_copies_of_one_moment_travel_together() -> None:
    async with FakeEngine() as engine, Running(engine.address) as running:
        await until(lambda: running.counters.engine_connected, "the engine is connected")

        for number in range(100):
            running.shipper.ship(copy_of(number))
        await until(lambda: len(engine.exchanges) == 100, "all copies")
        await until(lambda: running.counters.held_bytes == 0, "all acknowledged")

    assert engine.exchanges == [decode_exchange(copy_of(number)) for number in range(100)]
    assert engine.sequences == [1]
    assert engine.hellos == [(PROTOCOL_VERSION, "test")]


async def test_large_copies_are_split_into_several_batches() -> None:
    async with FakeEngine() as engine, Running(engine.address) as running:
        for number in range(40):
            running.shipper.ship(copy_of(number, 200_000))
        await until(lambda: len(engine.exchanges) == 40, "all copies")

    assert numbers_of(engine) == list(range(40))
    assert len(engine.sequences) > 5


async def test_what_a_dead_engine_did_not_acknowledge_reaches_the_next() -> None:
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(FakeEngine(acks=False))
        running = await stack.enter_async_context(Running(first.address))
        running.shipper.ship(copy_of(1))
        await until(lambda: first.exchanges, "the first engine has it")
        await first.die()
        await until(lambda: not running.counters.engine_connected, "the loss is noticed")
        running.shipper.ship(copy_of(2))

        second = await stack.enter_async_context(FakeEngine(first.address))
        await until(lambda: running.counters.held_bytes == 0, "everything is acknowledged")

    assert numbers_of(second) == [1, 2]
    assert second.sequences == [1, 2]
    assert running.counters.capture_dropped == 0


async def test_copies_beyond_the_bound_are_dropped_and_counted() -> None:
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(Running(b"\0endurance-test-nobody-yet", limit_bytes=10_000))
        for number in range(100):
            running.shipper.ship(copy_of(number, 900))

        engine = await stack.enter_async_context(FakeEngine(b"\0endurance-test-nobody-yet"))
        await until(lambda: running.counters.held_bytes == 0 and engine.exchanges, "the rest is acknowledged")

    kept = len(engine.exchanges)
    assert 5 <= kept < 12
    assert numbers_of(engine) == list(range(kept))
    assert running.counters.capture_dropped == 100 - kept


async def test_saturated_proxy_sends_a_batch_now_and_then() -> None:
    async with FakeEngine() as engine, Running(engine.address, cpu_ratio=1.0) as running:
        await until(lambda: running.counters.engine_connected, "the engine is connected")
        ships = iter(range(1_000_000))

        def ship() -> int:
            for _ in range(10):
                running.shipper.ship(copy_of(next(ships), 100_000))
            return running.counters.held_bytes

        await until(lambda: ship() > 30_000_000 and len(engine.sequences) >= 2, "most copies wait, some are sent")
        assert len(engine.exchanges) < next(ships) // 2


async def test_what_was_held_back_is_sent_when_the_rush_is_over() -> None:
    async with FakeEngine() as engine, Running(engine.address, cpu_ratio=1.0) as running:
        await until(lambda: running.counters.engine_connected, "the engine is connected")
        await until(lambda: running.shipper.ship(copy_of(0)) and running.counters.held_bytes > 3000, "some wait")

        running.shipper._gauge = SaturationGauge(lambda: (0.0, 0))
        await until(lambda: running.counters.held_bytes == 0, "everything is acknowledged")

        assert len(engine.exchanges) > 10


async def test_stop_sends_everything_however_busy_the_proxy_is() -> None:
    async with FakeEngine() as engine, Running(engine.address, cpu_ratio=1.0) as running:
        await until(lambda: running.counters.engine_connected, "the engine is connected")
        await until(lambda: running.shipper.ship(copy_of(0)) and running.counters.held_bytes > 3000, "some wait")

        assert await running.shipper.drain(5.0)

        assert running.counters.held_bytes == 0


async def test_engine_of_another_version_is_counted_and_gets_nothing(house: House) -> None:
    engine = await house.engine(version=PROTOCOL_VERSION + 1)
    running = Running(engine.address)

    async with running:
        await until(lambda: running.counters.engine_mismatches == 1, "the mismatch is counted")
        running.shipper.ship(copy_of(1))
        assert not await running.shipper.drain(0.05)

    assert not engine.exchanges
    assert running.counters.held_bytes > 0


async def test_drain_waits_for_acknowledgement() -> None:
    async with FakeEngine() as engine, Running(engine.address) as running:
        await until(lambda: running.counters.engine_connected, "the engine is connected")
        running.shipper.ship(copy_of(1))

        assert await running.shipper.drain(5)

    assert numbers_of(engine) == [1]


async def test_counters_are_sent_with_exactly_the_names_of_the_layout(house: House) -> None:
    engine = await house.engine()
    client = await house.client(await house.proxy(await house.upstream(answering(answer())), engine=engine))

    await client.send(GET)
    await client.read_answer()
    await until(lambda: engine.totals.get("requests.2xx"), "the counters")

    assert set(engine.totals) == set(COUNTER_NAMES)
    assert engine.totals["requests.2xx"] == 1
    assert engine.totals["bytes.response"] == 5
    assert engine.totals["open.connections"] == 1
    assert engine.totals["overhead.count"] == 1
    assert engine.totals["engine.connected"] == 1


async def test_traffic_goes_on_without_an_engine(house: House) -> None:
    nobody = b"\0endurance-test-nobody-listens".hex()
    client = await house.client(await house.proxy(await house.upstream(answering(answer())), engine_address=nobody))

    for _ in range(20):
        await client.send(GET)
        assert (await client.read_answer())[1] == b"hello"


async def test_copies_of_the_time_without_an_engine_are_delivered(house: House) -> None:
    first = await house.engine()
    proxy = await house.proxy(await house.upstream(answering(answer())), engine=first)
    client = await house.client(proxy)
    await client.send(GET)
    await client.read_answer()
    await until(lambda: first.exchanges, "the first copy")
    await first.die()

    for _ in range(10):
        await client.send(GET)
        await client.read_answer()
    second = await house.engine(first.address)
    await until(lambda: len(second.exchanges) >= 10, "the copies held meanwhile")

    assert len({exchange.id for exchange in first.exchanges + second.exchanges}) == 11
