"""The scoring pool: processes that are warm before they take work, replaced when they die or take too long.

Scoring stands in processes of its own because a scorer on the event loop or in a thread takes five to eight times
the proxy's throughput (measured); a crash of native code then costs one job, not the engine. It is not the queue:
what waits here is what the worker leased, and what a client waits for.
"""

import asyncio
import heapq
import itertools
import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from config.errors import ScoringError, UnavailableError
from config.logging import get_logger
from scorer.back_off import BackOff
from scorer.claims.question import Questions
from scorer.model import Evaluation, Unscored
from scorer.pool_process import PoolProcess
from scorer.protocols import Job
from scorer.tasks import TaskKeeper

WAITING_LIMIT = 1024
"""Most jobs that wait for a process; one more is refused."""
WAITING_SECONDS = 60.0
"""Longest wait for a free process."""
WARM_SECONDS = 60.0
"""Time for a process to start and prepare: models are loaded, on a core that others use."""
QUICK_DEATH_SECONDS = 5.0
"""A process that lived no longer than this is replaced with a growing pause."""
CLOSE_SECONDS = 3.0
"""Bound of `close`; the kernel still ends what does not end by then, with its parent."""
FIRST_PAUSE_SECONDS = 0.1
LONGEST_PAUSE_SECONDS = 10.0


@dataclass(order=True, slots=True)
class _Waiter:
    """A job in line; urgent ones first, then in order of arrival."""

    rank: tuple[int, int]
    turn: asyncio.Future[PoolProcess] = field(compare=False)


class ScoringPool:
    """Implements `scorer.protocols.AskingScorer` with `processes` children of `command`.

    A child is `command` with a file descriptor as its last argument, and runs `scorer.pool_child.serve_jobs` on it;
    `bootstrap` is what it prepares from. `timeout_seconds` is the time for one job once a process has it.
    """

    def __init__(
        self,
        command: Sequence[str],
        processes: int,
        timeout_seconds: float,
        bootstrap: bytes,
        *,
        warm_seconds: float = WARM_SECONDS,
        waiting_limit: int = WAITING_LIMIT,
        waiting_seconds: float = WAITING_SECONDS,
        rng: random.Random | None = None,
    ) -> None:
        self.processes = processes
        self._command = tuple(command)
        self._timeout_seconds = timeout_seconds
        self._bootstrap = bootstrap
        self._warm_seconds = warm_seconds
        self._waiting_limit = waiting_limit
        self._waiting_seconds = waiting_seconds
        self._rng = rng or random.Random()
        self._children: set[PoolProcess] = set()
        self._idle: list[PoolProcess] = []
        self._waiters: list[_Waiter] = []
        self._numbers = itertools.count()
        self._tasks = TaskKeeper("scorer.pool")
        self._is_closing = False
        self._logger = get_logger("scorer.pool")

    async def start(self) -> None:
        """Start the processes and return when all are warm. Raises ScoringError when one is not; then none is left."""
        async with asyncio.TaskGroup() as group:
            starts = [group.create_task(self._begin()) for _ in range(self.processes)]
        for result in [start.result() for start in starts]:
            if isinstance(result, ScoringError):
                await self.close()
                raise result
            self._tasks.start(self._tend(result))
            self._offer(result)
        self._logger.info("scoring processes are warm", processes=self.processes)

    @property
    def is_ready(self) -> bool:
        """True while at least one process is warm and alive."""
        return not self._is_closing and any(child.is_alive for child in self._children)

    async def score(self, job: Job, *, urgent: bool = False) -> Evaluation | Unscored:
        """Score the job in the next free process; `urgent` goes ahead of what waits.

        Raises InvalidInputError, ScoringError, or UnavailableError (closing, too many wait, or no process became
        free in time). Cancelling a job that runs costs its process, which is replaced.
        """
        # With rulings, were they none at all, nothing is asked.
        result = await self.ask(job if job.rulings is not None else replace(job, rulings=()), urgent=urgent)
        if isinstance(result, Questions):
            raise ScoringError("the scoring process asked a judge although it was told the rulings")
        return result

    async def ask(self, job: Job, *, urgent: bool = False) -> Evaluation | Unscored | Questions:
        """Score the job, or return what a judge could be asked about it. Raises as `score` does."""
        child = await self._turn(urgent)
        try:
            return await child.score(job, self._timeout_seconds)
        finally:
            self._offer(child)

    async def close(self) -> None:
        """Refuse what waits and end the processes: at once when idle, killed when they are at work."""
        self._is_closing = True
        for waiter in self._waiters:
            if not waiter.turn.done():
                waiter.turn.set_exception(UnavailableError("the scoring pool is closing"))
        self._waiters.clear()
        await self._tasks.close(finish_seconds=0)
        busy = [child for child in self._children if child not in self._idle]
        ends = [child.kill() for child in busy] + [child.end() for child in self._idle]
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await asyncio.gather(*ends)
        except TimeoutError:
            self._logger.warning("a scoring process did not end", seconds=CLOSE_SECONDS)
        self._children.clear()
        self._idle.clear()

    async def _turn(self, urgent: bool) -> PoolProcess:
        if self._is_closing:
            raise UnavailableError("the scoring pool is closing")
        if len(self._waiters) >= self._waiting_limit:
            raise UnavailableError(f"{self._waiting_limit} jobs wait to be scored")
        turn: asyncio.Future[PoolProcess] = asyncio.get_running_loop().create_future()
        waiter = _Waiter((0 if urgent else 1, next(self._numbers)), turn)
        heapq.heappush(self._waiters, waiter)
        self._match()
        try:
            async with asyncio.timeout(self._waiting_seconds):
                return await turn
        except BaseException as error:
            self._leave(waiter)
            if isinstance(error, TimeoutError):
                raise UnavailableError("no scoring process became free") from error
            raise

    def _leave(self, waiter: _Waiter) -> None:
        """Take a waiter that goes away out of the line; the process it may have got at that moment is free."""
        if waiter in self._waiters:
            self._waiters.remove(waiter)
            heapq.heapify(self._waiters)
        elif waiter.turn.done() and not waiter.turn.cancelled() and waiter.turn.exception() is None:
            self._offer(waiter.turn.result())

    def _offer(self, child: PoolProcess) -> None:
        if child.is_alive and child in self._children:
            self._idle.append(child)
            self._match()

    def _match(self) -> None:
        """Give free processes to the first in line."""
        while self._idle and self._waiters:
            waiter = heapq.heappop(self._waiters)
            if not waiter.turn.done():
                waiter.turn.set_result(self._idle.pop())

    async def _begin(self) -> PoolProcess | ScoringError:
        """Start a process and count it among ours; the error as a value, so that one does not cancel the others."""
        try:
            child = await PoolProcess.start(self._command, self._bootstrap, self._warm_seconds)
        except ScoringError as error:
            return error
        self._children.add(child)
        return child

    async def _tend(self, child: PoolProcess) -> None:
        """Keep one place of the pool filled: wait for the child's end, and put another one there."""
        back_off = BackOff(FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS, self._rng)
        loop = asyncio.get_running_loop()
        while True:
            await child.gone()
            if child in self._idle:
                self._idle.remove(child)
            await child.kill()
            self._children.discard(child)
            if loop.time() - child.warm_at > QUICK_DEATH_SECONDS:
                back_off.reset()
            self._logger.warning("a scoring process ended and is replaced", pid=child.pid)
            child = await self._replace(back_off)
            self._offer(child)

    async def _replace(self, back_off: BackOff) -> PoolProcess:
        while True:
            await asyncio.sleep(back_off.next_seconds())
            child = await self._begin()
            if isinstance(child, PoolProcess):
                return child
            self._logger.error("a scoring process could not be replaced", error=str(child))
