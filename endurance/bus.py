"""What every role does on the bus: opens it, finds its queue on it, and speaks and listens there.

Loaded only where `queue` names NATS servers: the client is an extra.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

from nats.aio.msg import Msg

from config.settings import Settings
from exporters.feed import FeedHub
from exporters.live import LiveEvents
from scorer.evaluator import LocalEvaluator
from scorer.forwarder import Forwarder
from scorer.protocols import Observer, Queue
from scorer.queue.forwarded import ForwardedQueue
from scorer.queue.jetstream import JetStreamQueue
from scorer.queue.jetstream_bus import Bus
from scorer.queue.jetstream_monitoring import look_at_disks, warn_of_disks
from scorer.queue.jetstream_sender import JobSender
from scorer.queue.jetstream_setup import Names, look
from scorer.redact.plan import is_redacting
from scorer.remote_evaluator import EvaluateService, RemoteEvaluator

WORKERS = "workers"
"""Queue group: a request for an evaluation goes to one of them."""


async def open_bus(opened: AsyncExitStack, settings: Settings, role: str) -> Bus:
    """Return the connection of this process. Raises ConfigurationError."""
    assert settings.queue is not None
    bus = Bus(settings.queue, settings.jetstream, f"endurance-{role}")
    opened.push_async_callback(bus.close)
    await bus.open()
    return bus


async def open_queue(opened: AsyncExitStack, bus: Bus, settings: Settings) -> JetStreamQueue:
    """Return the shared queue. Raises ConfigurationError where its streams are not as set."""
    await warn_of_disks(settings.jetstream.monitoring_urls)
    keeps_words = not is_redacting(settings.redaction, settings.services)
    queue = await JetStreamQueue.open(bus, settings.jetstream, keeps_words=keeps_words)
    opened.push_async_callback(queue.close)
    return queue


async def look_at_queue(settings: Settings) -> tuple[list[str], list[str]]:
    """Return what is missing on the bus or differs from the settings, and what its servers' disks lack.

    Changes nothing.

    Raises ConfigurationError, UnavailableError.
    """
    async with AsyncExitStack() as opened:
        found = await look(await open_bus(opened, settings, "doctor"), settings.jetstream)
    return found, await look_at_disks(settings.jetstream.monitoring_urls)


@dataclass(frozen=True, slots=True)
class SharedQueue:
    """The queue of an engine that shares its work with others."""

    queue: ForwardedQueue
    forwarder: Forwarder
    live: LiveEvents

    async def run(self, stop: asyncio.Event) -> None:
        """Forward and speak until `stop` is set."""
        async with asyncio.TaskGroup() as group:
            speaking = group.create_task(self.live.run())
            await self.forwarder.run(stop)
            speaking.cancel()


async def share_queue(opened: AsyncExitStack, settings: Settings, spool: Queue, observer: Observer) -> SharedQueue:
    """Return the shared queue behind the spool, whose owner closes it after us. Raises ConfigurationError."""
    bus = await open_bus(opened, settings, "engine")
    queue = await open_queue(opened, bus, settings)
    forwarder = Forwarder(spool, queue, observer, random.Random())
    return SharedQueue(ForwardedQueue(spool, queue), forwarder, speak_of_saves(bus, settings))


def sender_of(bus: Bus, settings: Settings) -> JobSender:
    """Return what puts jobs and does nothing else: it needs no right but to publish."""
    return JobSender(bus, Names(settings.jetstream.stream), settings.jetstream.limit_bytes)


def speak_of_saves(bus: Bus, settings: Settings) -> LiveEvents:
    """Return the exporter that tells every replica's feed."""
    return LiveEvents(bus, Names(settings.jetstream.stream).saved)


async def hear_of_saves(bus: Bus, settings: Settings, feed: FeedHub) -> None:
    """Have the feed look at the record when any worker saved."""

    async def hear(_: Msg) -> None:
        feed.notify()

    # Subscribed while the bus is away, it is heard once it is there; a feed polls meanwhile.
    await bus.listen(Names(settings.jetstream.stream).saved, hear)


async def serve_evaluations(opened: AsyncExitStack, bus: Bus, settings: Settings, evaluator: LocalEvaluator) -> None:
    """Score what an api asks for on the bus."""
    service = EvaluateService(evaluator)
    opened.push_async_callback(service.close)

    async def hear(msg: Msg) -> None:
        service.take(msg.data, _answer_to(bus, msg))

    await bus.listen(Names(settings.jetstream.stream).evaluate, hear, group=WORKERS)


def _answer_to(bus: Bus, msg: Msg) -> Callable[[bytes], Awaitable[None]]:
    async def answer(data: bytes) -> None:
        await bus.publish(msg.reply, data)

    return answer


def remote_evaluator(bus: Bus, settings: Settings, queue: JetStreamQueue) -> RemoteEvaluator:
    """Return what has pushed exchanges scored by the workers."""
    subject = Names(settings.jetstream.stream).evaluate
    seconds = 2 * settings.scorer.timeout_seconds + 5  # a job is tried twice, and saved

    async def ask(payload: bytes) -> bytes:
        return (await bus.ask(subject, payload, seconds=seconds)).data

    return RemoteEvaluator(ask, queue)
