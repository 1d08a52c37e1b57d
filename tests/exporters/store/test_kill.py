"""SIGKILL of a process that saves: what it reported is there once, and every total equals the sessions stored."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest

from exporters.store.base import Position
from tests.exporters.store.recount import all_rows, check_aggregates
from tests.fakes.evaluations import make_id
from tests.fakes.store_saver import make_store

ROOT = Path(__file__).parents[3]
LINE_SECONDS = 60


async def _save_until_killed(name: str, first: int, lines: int) -> list[tuple[int, int]]:
    """Return (number, revision) of every save that was reported."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.fakes.store_saver", name, str(first), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    reported = []
    try:
        async with asyncio.timeout(LINE_SECONDS):
            while len(reported) < lines and (line := await process.stdout.readline()):
                reported.append(line)
    finally:
        os.kill(process.pid, signal.SIGKILL)
        rest = await process.stdout.read()
        await process.wait()
    reported += [line for line in rest.splitlines(keepends=True) if line.endswith(b"\n")]
    return [(int(number), int(revision)) for number, revision in (line.split() for line in reported)]


async def _check_record(name: str, reported: list[tuple[int, int]]) -> None:
    store = make_store(name)
    await store.open()
    try:
        rows = {row.session_id: row for row in await all_rows(store)}
        newest: dict[str, int] = {}
        for number, revision in reported:
            newest[make_id(number)] = max(revision, newest.get(make_id(number), 0))
        assert {id_: rows[id_].revision for id_ in newest if rows[id_].revision < newest[id_]} == {}
        changes = await store.changes(Position(), 100_000)
        numbers = [change.number for change in changes]
        assert numbers == sorted(set(numbers))
        assert {change.row.session_id for change in changes} == rows.keys()
        # Every number was used: a session of revision r has used r of them.
        assert (await store.position()).through == {store.writer: sum(row.revision for row in rows.values())}
        await check_aggregates(store)
    finally:
        await store.close()


async def _check_kills(name: str, lines: tuple[int, ...]) -> None:
    reported: list[tuple[int, int]] = []
    for round_, count in enumerate(lines):
        reported += await _save_until_killed(name, round_ * 10_000, count)
        await _check_record(name, reported)


async def test_sqlite_keeps_every_reported_save_once(tmp_path: Path) -> None:
    await _check_kills(str(tmp_path / "endurance.db"), (3, 250, 57, 410))


@pytest.mark.mongo
async def test_mongodb_keeps_every_reported_save_once(mongo_url: str) -> None:
    await _check_kills(mongo_url, (3, 90, 41))
