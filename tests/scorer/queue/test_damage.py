"""A damaged spool is renamed aside and counted; work goes on in a new one."""

import random
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from config.errors import ConfigurationError
from config.settings import SpoolSettings
from scorer.protocols import Job, JobKind
from scorer.queue.damage import is_damage, set_aside
from scorer.queue.spool import Spool
from scorer.queue.spool_schema import SCHEMA_VERSION
from tests.fakes.clock import ManualClock

PAGE_BYTES = 4096
JOBS = 60


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "spool.db"


async def open_spool(path: Path) -> Spool:
    return await Spool.open(path, SpoolSettings(), ManualClock())


def make_jobs(count: int = JOBS) -> list[Job]:
    return [Job(f"job-{number}", JobKind.EXCHANGE, b"payload " * 1000) for number in range(count)]


async def fill(path: Path, count: int = JOBS) -> None:
    spool = await open_spool(path)
    await spool.put(make_jobs(count))
    await spool.close()


def write_garbage(path: Path) -> None:
    path.write_bytes(random.Random(1).randbytes(50_000))


def truncate(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2 // PAGE_BYTES * PAGE_BYTES)


def truncate_inside_a_page(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(PAGE_BYTES * 3 + 100)


def flip_pages(path: Path) -> None:
    data = bytearray(path.read_bytes())
    for page in range(2, len(data) // PAGE_BYTES, 3):
        start = page * PAGE_BYTES
        data[start : start + PAGE_BYTES] = bytes(byte ^ 0xFF for byte in data[start : start + PAGE_BYTES])
    path.write_bytes(data)


def be_another_programs(path: Path) -> None:
    path.unlink()
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE jobs (name TEXT)")
    connection.close()


DAMAGES = [write_garbage, truncate, truncate_inside_a_page, flip_pages, be_another_programs]


@pytest.mark.parametrize("damage", DAMAGES)
async def test_a_damaged_file_is_renamed_aside_on_opening(path: Path, damage: Callable[[Path], None]) -> None:
    await fill(path)
    damage(path)
    damaged = path.read_bytes()

    spool = await open_spool(path)
    await spool.put([Job("new", JobKind.EXCHANGE, b"x")])

    stats = await spool.stats()
    assert (stats.damaged, stats.depth) == (1, 1)
    assert path.with_name("spool.db.damaged-20270115T080000Z").read_bytes()[100:200] == damaged[100:200]
    await spool.close()


async def test_damage_that_shows_while_running_costs_no_put(path: Path) -> None:
    await fill(path, 800)
    spool = await open_spool(path)
    flip_pages(path)  # behind SQLite's back: 6 MB, of which its cache holds 2

    leases = await spool.lease(800, 60)
    await spool.put([Job("new", JobKind.EXCHANGE, b"x")])

    assert leases == []
    stats = await spool.stats()
    assert (stats.damaged, stats.depth) == (1, 1)
    assert [lease.job.id for lease in await spool.lease(9, 60)] == ["new"]
    await spool.close()


async def test_a_second_damage_in_the_same_second_gets_a_name_of_its_own(path: Path) -> None:
    for _ in range(2):
        write_garbage(path)
        spool = await open_spool(path)
        await spool.close()

    names = sorted(file.name for file in path.parent.iterdir())
    assert names == ["spool.db", "spool.db.damaged-20270115T080000Z", "spool.db.damaged-20270115T080000Z-1"]


def test_set_aside_takes_the_log_along(path: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        path.with_name(path.name + suffix).write_text(suffix)

    target = set_aside(path, 0)

    assert target.name == "spool.db.damaged-19700101T000000Z"
    assert {file.name for file in path.parent.iterdir()} == {target.name, target.name + "-wal", target.name + "-shm"}


async def test_an_empty_file_is_a_new_spool(path: Path) -> None:
    path.touch()
    spool = await open_spool(path)

    assert (await spool.stats()).damaged == 0
    await spool.close()


async def test_a_newer_schema_is_refused_and_left_alone(path: Path) -> None:
    await fill(path)
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()

    with pytest.raises(ConfigurationError, match="schema"):
        await open_spool(path)

    assert [file.name for file in path.parent.iterdir() if "damaged" in file.name] == []


def test_a_locked_file_is_not_damaged(path: Path) -> None:
    holder = sqlite3.connect(path, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    other = sqlite3.connect(path, timeout=0)

    with pytest.raises(sqlite3.OperationalError) as caught:
        other.execute("CREATE TABLE t (x)")

    assert not is_damage(caught.value)
    other.close()
    holder.close()


def test_our_misuse_of_the_library_is_not_damage() -> None:
    assert not is_damage(sqlite3.ProgrammingError("closed"))
