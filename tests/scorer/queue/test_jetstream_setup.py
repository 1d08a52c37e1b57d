"""Streams are made where they are missing, and a stream that differs is named with every difference."""

from collections.abc import AsyncIterator

import pytest

from config.errors import ConfigurationError
from config.jetstream import JetStreamSettings
from scorer.queue.jetstream_bus import Bus
from scorer.queue.jetstream_setup import CONSUMER, look, set_up
from tests.fakes.nats_server import NatsServer, opened_bus, stream_settings


@pytest.fixture
def settings() -> JetStreamSettings:
    return stream_settings()


@pytest.fixture
async def bus(nats_server: NatsServer, settings: JetStreamSettings) -> AsyncIterator[Bus]:
    async with opened_bus(nats_server.url, settings) as bus:
        yield bus


async def test_what_is_missing_is_made_and_found_equal_the_next_time(bus: Bus, settings: JetStreamSettings) -> None:
    await set_up(bus, settings)

    await set_up(bus, settings)

    made = (await bus.call(f"STREAM.INFO.{settings.stream}"))["config"]
    assert (made["retention"], made["discard"], made["storage"]) == ("workqueue", "new", "file")


async def test_every_difference_is_told_with_both_values_and_their_unit(bus: Bus, settings: JetStreamSettings) -> None:
    await set_up(bus, settings)
    other = settings.model_copy(
        update={"limit_bytes": 1_000_000, "duplicate_window_seconds": 60.0, "lease_seconds": 7.5, "max_deliver": 50}
    )

    with pytest.raises(ConfigurationError) as told:
        await set_up(bus, other)

    text = str(told.value)
    assert f"stream {settings.stream}: max_bytes is 67108864, expected 1000000" in text
    assert f"stream {settings.stream}: duplicate_window is 120 s, expected 60 s" in text
    assert f"consumer {CONSUMER} of {settings.stream}: ack_wait is 60 s, expected 7.5 s" in text
    assert "max_deliver is 100, expected 50" in text
    assert "\n" not in text


async def test_looking_tells_what_is_missing_and_what_differs_and_makes_nothing(
    bus: Bus, settings: JetStreamSettings
) -> None:
    missing = await look(bus, settings)
    again = await look(bus, settings)
    await set_up(bus, settings)

    assert missing == again
    assert f"stream {settings.stream} is missing" in missing
    assert len(missing) == 6
    assert await look(bus, settings) == []
    differing = await look(bus, settings.model_copy(update={"max_deliver": 50}))
    assert differing == [f"consumer {CONSUMER} of {settings.stream}: max_deliver is 100, expected 50"]


async def test_a_stream_of_another_shape_is_not_touched(bus: Bus, settings: JetStreamSettings) -> None:
    subjects = [f"{settings.stream}.jobs"]
    await bus.call(f"STREAM.CREATE.{settings.stream}", {"name": settings.stream, "subjects": subjects})

    with pytest.raises(ConfigurationError, match="retention is limits, expected workqueue"):
        await set_up(bus, settings)

    found = (await bus.call(f"STREAM.INFO.{settings.stream}"))["config"]
    assert found["retention"] == "limits"


async def test_more_replicas_than_servers_is_the_operators_to_mend(bus: Bus, settings: JetStreamSettings) -> None:
    with pytest.raises(ConfigurationError, match=r"set jetstream\.replicas to 1 for a single server"):
        await set_up(bus, settings.model_copy(update={"replicas": 3}))
