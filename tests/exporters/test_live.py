"""A save is told on the bus, many in a row as one word, and a bus that is away stops nothing."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from config.errors import UnavailableError
from exporters.live import LiveEvents
from tests.fakes.evaluations import make_evaluation
from tests.fakes.waiting import until


class FakeSpeaker:
    def __init__(self) -> None:
        self.said: list[str] = []
        self.is_away = False
        self.refusals = 0

    async def publish(self, subject: str, payload: bytes = b"") -> None:
        if self.is_away:
            self.refusals += 1
            raise UnavailableError("the bus is away")
        self.said.append(subject)


@asynccontextmanager
async def running(live: LiveEvents) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        task = group.create_task(live.run())
        yield
        task.cancel()


async def test_a_save_is_told_and_a_burst_of_them_in_one_word() -> None:
    speaker = FakeSpeaker()
    live = LiveEvents(speaker, "T.saved")
    evaluation = make_evaluation()

    async with running(live):
        for _ in range(50):
            live.export(evaluation)
        await until(lambda: bool(speaker.said))
        told = len(speaker.said)
        live.export(evaluation)
        await until(lambda: len(speaker.said) > told)

    assert told == 1
    assert set(speaker.said) == {"T.saved"}


async def test_it_speaks_again_after_the_bus_was_away() -> None:
    speaker = FakeSpeaker()
    speaker.is_away = True
    live = LiveEvents(speaker, "T.saved")

    async with running(live):
        live.export(make_evaluation())
        await until(lambda: speaker.refusals == 1)
        speaker.is_away = False
        live.export(make_evaluation())
        await until(lambda: speaker.said == ["T.saved"])
