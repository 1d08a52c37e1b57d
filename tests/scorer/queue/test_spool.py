"""The queue on disk keeps the contract, and what it took survives the process."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from config.errors import ConfigurationError, UnavailableError
from config.settings import SpoolSettings
from scorer.queue.spool import Spool
from tests.fakes.clock import ManualClock
from tests.fakes.jobs import lease_one, leased_ids, make_job
from tests.scorer.queue import contract

clock = contract.clock


async def open_spool(path: Path, clock: ManualClock) -> Spool:
    limits = SpoolSettings(limit_bytes=contract.LIMIT_BYTES, dead_letter_limit=contract.DEAD_LETTER_LIMIT)
    return await Spool.open(path, limits, clock)


class TestSpool(contract.QueueContract):
    @pytest.fixture
    async def queue(self, tmp_path: Path, clock: ManualClock) -> AsyncIterator[Spool]:
        spool = await open_spool(tmp_path / "spool.db", clock)
        yield spool
        await spool.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool.db"


async def test_jobs_and_letters_are_there_after_a_restart(path: Path, clock: ManualClock) -> None:
    first = await open_spool(path, clock)
    await first.put([make_job("dead"), make_job("a", 40), make_job("b")])
    await first.bury(await lease_one(first), "poison")
    await first.close()

    second = await open_spool(path, clock)

    stats = await second.stats()
    assert (stats.depth, stats.dead, stats.size_bytes) == (2, 1, 50)
    assert await leased_ids(second) == ["a", "b"]
    await second.close()


async def test_leases_of_an_earlier_owner_are_due_at_once_and_keep_their_count(path: Path, clock: ManualClock) -> None:
    first = await open_spool(path, clock)
    await first.put([make_job("a")])
    stale = await lease_one(first)
    await first.close()

    second = await open_spool(path, clock)
    lease = await lease_one(second)
    await second.ack([stale])

    assert lease.attempt == 2
    assert (await second.stats()).depth == 1
    await second.close()


async def test_a_delay_survives_a_restart(path: Path, clock: ManualClock) -> None:
    first = await open_spool(path, clock)
    await first.put([make_job("a")])
    await first.nack(await lease_one(first), 100, "ScoringError")
    await first.close()

    second = await open_spool(path, clock)
    early = await leased_ids(second)
    clock.advance(100)

    assert early == []
    assert await leased_ids(second) == ["a"]
    await second.close()


async def test_only_the_owner_may_read_the_files(path: Path, clock: ManualClock) -> None:
    spool = await open_spool(path, clock)
    await spool.put([make_job("a")])

    modes = {file.name: file.stat().st_mode & 0o777 for file in path.parent.iterdir()}

    assert modes == {"spool.db": 0o600, "spool.db-wal": 0o600, "spool.db-shm": 0o600}
    await spool.close()


async def test_acked_words_are_not_left_in_the_file(path: Path, clock: ManualClock) -> None:
    spool = await open_spool(path, clock)
    await spool.put([make_job("recognisable-words", 900)])
    await spool.ack([await lease_one(spool)])

    await spool.close()

    assert b"recognisable-words" not in path.read_bytes()
    assert [file.name for file in path.parent.iterdir()] == ["spool.db"]


async def test_a_closed_spool_refuses_work(path: Path, clock: ManualClock) -> None:
    spool = await open_spool(path, clock)
    await spool.close()

    with pytest.raises(UnavailableError):
        await spool.put([make_job("a")])


async def test_an_unreachable_folder_is_the_operators_fault(tmp_path: Path, clock: ManualClock) -> None:
    with pytest.raises(ConfigurationError, match="data_dir"):
        await open_spool(tmp_path / "missing" / "spool.db", clock)
