"""A coroutine that has begun by the time somebody awaits it."""

import asyncio

import pytest

from proxy.started import Started


async def test_first_step_runs_at_once_and_the_rest_when_awaited() -> None:
    steps: list[str] = []
    ready = asyncio.get_running_loop().create_future()

    async def work() -> str:
        steps.append("first")
        steps.append(await ready)
        return "done"

    started = Started(work())
    before = list(steps)
    ready.set_result("second")

    assert before == ["first"]
    assert await started == "done"
    assert steps == ["first", "second"]


async def test_coroutine_that_waits_more_than_once_goes_on() -> None:
    async def work() -> int:
        for _ in range(3):
            await asyncio.sleep(0)
        return 3

    assert await Started(work()) == 3


async def test_coroutine_that_never_waits_gives_its_result() -> None:
    async def work() -> int:
        return 1

    assert await Started(work()) == 1


@pytest.mark.parametrize("waits", [False, True])
async def test_error_reaches_who_awaits(waits: bool) -> None:
    async def work() -> None:
        if waits:
            await asyncio.sleep(0)
        raise OSError("no")

    started = Started(work())

    with pytest.raises(OSError, match="no"):
        await started


async def test_cancelling_who_awaits_cancels_the_coroutine_so_that_it_cleans_up() -> None:
    cleaned = asyncio.Event()

    async def work() -> None:
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            cleaned.set()

    async def look_after(started: Started[None]) -> None:
        await started

    task = asyncio.create_task(look_after(Started(work())))
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
    assert cleaned.is_set()
