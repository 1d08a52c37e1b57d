"""Tasks with an owner, and waiting for the first of several."""

import asyncio

import pytest

from scorer.tasks import TaskKeeper, wait_first


async def test_close_waits_for_what_finishes_in_time() -> None:
    keeper = TaskKeeper("test")
    go = asyncio.Event()
    task = keeper.start(go.wait())

    asyncio.get_running_loop().call_soon(go.set)
    await keeper.close(finish_seconds=30)

    assert task.result() is True
    assert len(keeper) == 0


async def test_close_cancels_what_does_not_finish_and_waits_for_its_clean_up() -> None:
    keeper = TaskKeeper("test")
    cleaned: list[str] = []

    async def work() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            cleaned.append("done")

    keeper.start(work())
    await asyncio.sleep(0)

    await keeper.close(finish_seconds=0)

    assert cleaned == ["done"]


async def test_a_failure_reaches_whoever_awaits_the_task() -> None:
    keeper = TaskKeeper("test")

    async def fail() -> None:
        raise LookupError

    with pytest.raises(LookupError):
        await keeper.start(fail())
    await keeper.close(finish_seconds=0)


async def test_wait_first_ends_the_others() -> None:
    ended: list[str] = []

    async def wait_for_ever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    await wait_first(wait_for_ever(), asyncio.sleep(0), wait_for_ever())

    assert ended == ["cancelled", "cancelled"]


async def test_wait_first_passes_an_error_on() -> None:
    async def fail() -> None:
        raise LookupError

    with pytest.raises(ExceptionGroup) as caught:
        await wait_first(asyncio.Event().wait(), fail())

    assert isinstance(caught.value.exceptions[0], LookupError)
