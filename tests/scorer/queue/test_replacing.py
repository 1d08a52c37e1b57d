"""A row that takes the place of others: in one commit, where the oldest stood, whatever the cap."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from config.settings import SpoolSettings
from scorer.connections import SegmentQueue
from scorer.protocols import Job, JobKind
from scorer.queue.memory import MemoryQueue
from scorer.queue.spool import Spool
from tests.fakes.clock import ManualClock
from tests.fakes.jobs import LEASE_SECONDS, leased_ids, make_job

LIMIT_BYTES = 100
LARGE = Job("large", JobKind.EXCHANGE, b"x" * 2 * LIMIT_BYTES)


async def open_spool(folder: Path) -> Spool:
    return await Spool.open(folder / "segments.db", SpoolSettings(limit_bytes=LIMIT_BYTES), ManualClock())


@pytest.fixture(params=["memory", "spool"])
async def queue(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SegmentQueue]:
    opened: SegmentQueue = (
        MemoryQueue(LIMIT_BYTES, 1, ManualClock()) if request.param == "memory" else await open_spool(tmp_path)
    )
    yield opened
    await opened.close()


async def test_replaced_jobs_are_gone_and_the_new_one_is_leased(queue: SegmentQueue) -> None:
    await queue.put([make_job("a"), make_job("b"), make_job("c")])
    leases = await queue.lease(2, LEASE_SECONDS)

    lease = await queue.replace(leases, LARGE, LEASE_SECONDS)

    stats = await queue.stats()
    assert (stats.depth, stats.size_bytes) == (2, 10 + 2 * LIMIT_BYTES)
    assert (lease.job, lease.attempt) == (LARGE, 1)
    assert await leased_ids(queue) == ["c"]
    await queue.ack([lease])
    assert (await queue.stats()).depth == 1


async def test_job_may_take_its_own_place_and_its_lease_needs_no_payload(queue: SegmentQueue) -> None:
    await queue.put([make_job("a")])
    (lease,) = await queue.lease(1, LEASE_SECONDS)
    bare = type(lease)(Job("a", lease.job.kind, b""), lease.attempt, lease.enqueued_at, lease.token)

    again = await queue.replace([bare], make_job("a", 30), LEASE_SECONDS)

    assert (await queue.stats()).size_bytes == 30
    await queue.ack([bare])
    assert (await queue.stats()).depth == 1
    await queue.ack([again])
    assert (await queue.stats()).size_bytes == 0


async def test_next_owner_of_the_file_finds_the_new_row_where_the_oldest_stood(tmp_path: Path) -> None:
    first = await open_spool(tmp_path)
    await first.put([make_job("a"), make_job("b"), make_job("c"), make_job("d")])
    a, _, c, _ = await first.lease(4, LEASE_SECONDS)
    await first.replace([c, a], make_job("new"), LEASE_SECONDS)
    await first.close()

    second = await open_spool(tmp_path)

    assert await leased_ids(second) == ["new", "b", "d"]
    await second.close()
