"""Where tasks live that cannot live in one `async with`: held by an owner who waits for them when it closes."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from config.logging import get_logger

T = TypeVar("T")


class TaskKeeper:
    """Owns tasks that outlive the call that began them; `close` waits for every one.

    For objects whose life lies between two calls, possibly of two tasks, where a TaskGroup cannot stand.
    """

    def __init__(self, part: str) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._logger = get_logger(part)

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """Begin the work and keep its task until it ends; an error that nobody awaits is logged by its class."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._forget)
        return task

    async def close(self, finish_seconds: float) -> None:
        """Let the tasks finish for so long, cancel the rest, and return when all have ended."""
        if self._tasks and finish_seconds > 0:
            await asyncio.wait(self._tasks, timeout=finish_seconds)
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            # Whoever awaits the task is told by the exception; the line is for work whose caller has gone.
            self._logger.debug("a kept task ended with an error", error=type(error).__name__)


async def wait_all(*waits: Coroutine[Any, Any, T]) -> list[T]:
    """Return the results, in order; the first error ends the other waits and is raised as it is, not as a group."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(wait) for wait in waits]
    except ExceptionGroup as errors:
        raise errors.exceptions[0] from errors
    return [task.result() for task in tasks]


async def wait_first(*waits: Coroutine[Any, Any, object]) -> None:
    """Return when the first of the waits returns; the others are cancelled and have ended by then."""
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(wait) for wait in waits]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in tasks:
            task.cancel()
