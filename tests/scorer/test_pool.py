"""The scoring pool with real child processes: answers, crashes, time-outs, order."""

import asyncio
import os
import random
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvloop

from config.errors import InvalidInputError, RedactionError, ScoringError, UnavailableError
from scorer.model import CaptureOutcome, Evaluation, Unscored
from scorer.pool import ScoringPool
from scorer.protocols import Job, JobKind
from tests.fakes.waiting import PROMPTLY_SECONDS, until

COMMAND = (sys.executable, "-m", "tests.fakes.scoring_child")
ROOT = Path(__file__).parents[2]
LONG_SECONDS = 60.0


def make_pool(processes: int = 1, timeout_seconds: float = LONG_SECONDS, **options: float) -> ScoringPool:
    return ScoringPool(COMMAND, processes, timeout_seconds, b"test", rng=random.Random(1), **options)  # type: ignore[arg-type]  # numbers only


def make_job(payload: str, id_: str = "job") -> Job:
    return Job(id_, JobKind.EVALUATE, payload.encode())


async def echo(pool: ScoringPool, text: str) -> str:
    result = await pool.score(make_job(f"echo {text}"))
    assert isinstance(result, Evaluation)
    return result.response


async def child_pid(pool: ScoringPool) -> int:
    result = await pool.score(make_job("pid"))
    assert isinstance(result, Evaluation)
    return int(result.response)


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
async def pool() -> AsyncIterator[ScoringPool]:
    pool = make_pool()
    await pool.start()
    yield pool
    await pool.close()


async def test_score_returns_the_childs_evaluation(pool: ScoringPool) -> None:
    result = await pool.score(Job("session-1", JobKind.EXCHANGE, "echo héllo\n\x00".encode()))

    assert isinstance(result, Evaluation)
    assert (result.session_id, result.query, result.response) == ("session-1", "exchange", "héllo\n\x00")


async def test_score_returns_why_an_exchange_was_not_scored(pool: ScoringPool) -> None:
    result = await pool.score(make_job("unscored a page"))

    assert isinstance(result, Unscored)
    assert (result.outcome, result.reason) == (CaptureOutcome.NOT_CHAT, "a page")


async def test_a_long_result_arrives_whole(pool: ScoringPool) -> None:
    result = await pool.score(make_job("large 3000000"))

    assert isinstance(result, Evaluation)
    assert len(result.response) == 3_000_000


async def test_an_input_fault_keeps_its_message_and_field(pool: ScoringPool) -> None:
    with pytest.raises(InvalidInputError, match="unknown preset 'x'") as caught:
        await pool.score(make_job("invalid x"))

    assert caught.value.field == "preset"
    assert await echo(pool, "next") == "next"


async def test_a_refusal_to_store_keeps_its_class_and_message(pool: ScoringPool) -> None:
    with pytest.raises(RedactionError, match="redaction failed: X at y"):
        await pool.score(make_job("refuse redaction failed: X at y"))

    assert await echo(pool, "next") == "next"


async def test_an_exception_is_named_by_class_and_place_without_its_text(pool: ScoringPool) -> None:
    with pytest.raises(ScoringError, match=r"LookupError at scoring_child\.py:\d+") as caught:
        await pool.score(make_job("raise secret words"))

    assert "secret" not in str(caught.value)
    assert await echo(pool, "next") == "next"


async def test_a_crash_costs_its_job_and_the_process_is_replaced(pool: ScoringPool) -> None:
    before = await child_pid(pool)

    with pytest.raises(ScoringError, match="died"):
        await pool.score(make_job("abort"))

    assert await child_pid(pool) != before


async def test_a_job_that_takes_too_long_is_given_up_and_its_process_replaced() -> None:
    pool = make_pool(timeout_seconds=0.2)
    await pool.start()
    before = next(iter(pool._children)).pid

    with pytest.raises(ScoringError, match="longer than"):
        await pool.score(make_job("hang"))

    await until(lambda: not is_running(before))
    await until(lambda: pool.is_ready)
    await pool.close()


async def test_a_child_that_writes_nonsense_is_replaced(pool: ScoringPool) -> None:
    with pytest.raises(ScoringError):
        await pool.score(make_job("garbage"))

    assert await echo(pool, "next") == "next"


async def test_a_process_that_dies_idle_costs_no_job(pool: ScoringPool) -> None:
    before = await child_pid(pool)

    os.kill(before, 9)
    # Not until the pool is unready: on a busy machine the replacement can be there before anybody looks.
    await until(lambda: all(child.pid != before for child in pool._children))

    assert await child_pid(pool) != before


async def test_processes_work_at_the_same_time() -> None:
    pool = make_pool(processes=2)
    await pool.start()
    hanging = asyncio.ensure_future(pool.score(make_job("hang")))
    await until(lambda: len(pool._idle) == 1)

    answer = await asyncio.wait_for(echo(pool, "beside"), PROMPTLY_SECONDS)

    assert answer == "beside"
    await pool.close()
    with pytest.raises(ScoringError):
        await hanging


async def test_urgent_jobs_go_ahead_of_the_backlog(pool: ScoringPool) -> None:
    order: list[str] = []

    async def score(name: str, urgent: bool) -> None:
        await pool.score(make_job(f"echo {name}"), urgent=urgent)
        order.append(name)

    async with asyncio.TaskGroup() as group:
        # The first takes the only process; the others stand in line before it is free.
        for name in ("running", "backlog-1", "backlog-2"):
            group.create_task(score(name, urgent=False))
        for name in ("urgent-1", "urgent-2"):
            group.create_task(score(name, urgent=True))

    assert order == ["running", "urgent-1", "urgent-2", "backlog-1", "backlog-2"]


async def test_more_waiting_jobs_than_the_bound_are_refused() -> None:
    pool = make_pool(waiting_limit=1)
    await pool.start()
    running = asyncio.ensure_future(pool.score(make_job("hang")))
    waiting = asyncio.ensure_future(pool.score(make_job("echo")))
    await until(lambda: len(pool._waiters) == 1)

    with pytest.raises(UnavailableError, match="wait"):
        await pool.score(make_job("echo"))

    await pool.close()
    results = await asyncio.gather(running, waiting, return_exceptions=True)
    assert [type(result) for result in results] == [ScoringError, UnavailableError]


async def test_nobody_waits_for_a_process_for_ever() -> None:
    pool = make_pool(waiting_seconds=0.05)
    await pool.start()
    running = asyncio.ensure_future(pool.score(make_job("hang")))
    await until(lambda: not pool._idle)

    with pytest.raises(UnavailableError, match="became free"):
        await pool.score(make_job("echo"))

    assert pool._waiters == []
    await pool.close()
    with pytest.raises(ScoringError):
        await running


async def test_a_cancelled_wait_gives_its_turn_back(pool: ScoringPool) -> None:
    waits = [asyncio.ensure_future(pool.score(make_job("echo"))) for _ in range(4)]
    await asyncio.sleep(0)
    for wait in waits[1:]:
        wait.cancel()
    await asyncio.gather(*waits, return_exceptions=True)

    assert await echo(pool, "next") == "next"


async def test_a_cancelled_job_frees_its_place(pool: ScoringPool) -> None:
    before = await child_pid(pool)
    running = asyncio.ensure_future(pool.score(make_job("hang")))
    await until(lambda: not pool._idle)

    running.cancel()

    await asyncio.gather(running, return_exceptions=True)
    assert await child_pid(pool) != before


async def test_start_fails_when_the_child_cannot_prepare() -> None:
    pool = ScoringPool(COMMAND, 2, LONG_SECONDS, b"broken")

    with pytest.raises(ScoringError, match="FileNotFoundError"):
        await pool.start()

    assert not pool.is_ready


async def test_start_fails_when_the_child_is_not_warm_in_time() -> None:
    pool = ScoringPool(COMMAND, 1, LONG_SECONDS, b"slow", warm_seconds=0.3)

    with pytest.raises(ScoringError, match="not ready"):
        await pool.start()


async def test_start_fails_when_there_is_no_such_program() -> None:
    pool = ScoringPool(("/nonexistent/program",), 1, LONG_SECONDS, b"")

    with pytest.raises(ScoringError, match="could not be started"):
        await pool.start()


async def test_the_pool_is_ready_between_start_and_close() -> None:
    pool = make_pool()
    before = pool.is_ready
    await pool.start()
    during = pool.is_ready
    pid = await child_pid(pool)
    await pool.close()

    assert (before, during, pool.is_ready) == (False, True, False)
    assert not is_running(pid)
    with pytest.raises(UnavailableError):
        await pool.score(make_job("echo"))


async def test_children_run_at_idle_priority(pool: ScoringPool) -> None:
    result = await pool.score(make_job("priority"))

    assert isinstance(result, Evaluation)
    assert result.response == str(os.SCHED_IDLE)


def test_the_children_die_with_an_engine_that_is_killed() -> None:
    command = [sys.executable, "-m", "tests.fakes.pool_owner"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as owner:
        assert owner.stdout is not None
        try:
            pids = [int(owner.stdout.readline()) for _ in range(2)]
            were_running = [is_running(pid) for pid in pids]
        finally:
            owner.kill()

    deadline = time.monotonic() + PROMPTLY_SECONDS
    while any(map(is_running, pids)) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert were_running == [True, True]
    assert not any(map(is_running, pids))


def test_the_pool_works_on_uvloop() -> None:
    async def main() -> str:
        pool = make_pool()
        await pool.start()
        with pytest.raises(ScoringError):
            await pool.score(make_job("abort"))
        answer = await echo(pool, "back")
        await pool.close()
        return answer

    assert uvloop.run(main()) == "back"
