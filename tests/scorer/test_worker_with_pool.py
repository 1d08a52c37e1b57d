"""Receiver's jobs, spool, worker and real scoring processes together: crashes, redelivery, restarts."""

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from config.settings import SpoolSettings
from scorer.pool import ScoringPool
from scorer.protocols import Job, JobKind, JobOutcome
from scorer.queue.spool import Spool
from scorer.worker import Worker
from tests.fakes.observer import FakeObserver
from tests.fakes.sink import FakeSink
from tests.fakes.waiting import PROMPTLY_SECONDS, until

ATTEMPTS = 2


class Engine:
    """One life of an engine on a spool."""

    def __init__(self, spool: Spool, pool: ScoringPool, sink: FakeSink) -> None:
        self.spool = spool
        self.pool = pool
        self.sink = sink
        self.observer = FakeObserver()

    async def work_until_empty(self, *jobs: Job) -> None:
        stop = asyncio.Event()
        worker = Worker(self.spool, self.pool, self.sink, self.observer, ATTEMPTS, first_pause_seconds=0.05)
        async with asyncio.TaskGroup() as group:
            group.create_task(worker.run(stop))
            await self.spool.put(jobs)
            await until(lambda: sum(self.observer.jobs.values()) >= len(jobs))
            async with asyncio.timeout(PROMPTLY_SECONDS):
                while (await self.spool.stats()).depth:
                    await asyncio.sleep(0.01)
            stop.set()


@pytest.fixture
async def engine(tmp_path: Path) -> AsyncIterator[Engine]:
    spool = await Spool.open(tmp_path / "spool.db", SpoolSettings())
    pool = ScoringPool(
        (sys.executable, "-m", "tests.fakes.scoring_child"), 2, PROMPTLY_SECONDS, b"test", rng=random.Random(1)
    )
    await pool.start()
    yield Engine(spool, pool, FakeSink())
    await pool.close()
    await spool.close()


def make_job(id_: str, payload: str) -> Job:
    return Job(id_, JobKind.EVALUATE, payload.encode())


async def test_good_jobs_are_scored_once_each(engine: Engine) -> None:
    ids = {f"job-{number}" for number in range(100)}

    await engine.work_until_empty(*(make_job(id_, f"echo {id_}") for id_ in sorted(ids)))

    assert {evaluation.response for evaluation in engine.sink.saved.values()} == ids
    assert engine.observer.jobs == {JobOutcome.SCORED: 100}


async def test_a_job_that_crashes_its_process_costs_no_other(engine: Engine) -> None:
    good = [make_job(f"good-{number}", "echo fine") for number in range(10)]

    await engine.work_until_empty(*good[:5], make_job("poison", "abort"), *good[5:])

    assert set(engine.sink.saved) == {job.id for job in good}
    (letter,) = await engine.spool.dead_letters()
    assert (letter.job.id, "died" in letter.reason) == ("poison", True)
    assert engine.observer.jobs == {JobOutcome.SCORED: 10, JobOutcome.RETRIED: ATTEMPTS - 1, JobOutcome.DEAD: 1}


async def test_a_job_whose_process_was_killed_is_delivered_again(engine: Engine, tmp_path: Path) -> None:
    """The first delivery kills its process, as the kernel does when memory runs out; the second finds the mark."""
    job = make_job("unlucky", f"abort-once {tmp_path / 'mark'}")

    await engine.work_until_empty(job)

    assert list(engine.sink.saved) == ["unlucky"]
    assert engine.observer.jobs == {JobOutcome.RETRIED: 1, JobOutcome.SCORED: 1}


async def test_a_saved_job_that_was_not_acked_is_not_saved_twice_after_a_restart(
    engine: Engine, tmp_path: Path
) -> None:
    await engine.work_until_empty(make_job("a", "echo"))
    await engine.spool.put([make_job("a", "echo")])
    await engine.spool.lease(1, 3600)
    await engine.spool.close()

    engine.spool = await Spool.open(tmp_path / "spool.db", SpoolSettings())
    await engine.work_until_empty(make_job("b", "echo"))
    await engine.spool.close()

    assert len(engine.sink.published) == 2
    assert engine.observer.jobs == {JobOutcome.SCORED: 2, JobOutcome.DUPLICATE: 1}
