"""`endurance check-store`: what it says and how it ends, on a record that is right and on one that is not."""

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from endurance.__main__ import main
from exporters.store.sqlite import SqliteStore
from tests.fakes.evaluations import make_evaluation


@pytest.fixture
def record(tmp_path: Path) -> Path:
    async def fill(path: Path) -> None:
        store = SqliteStore(path, "UTC")
        await store.open()
        for number in range(3):
            await store.save(make_evaluation(number))
        await store.close()

    asyncio.run(fill(tmp_path / "endurance.db"))
    return tmp_path / "endurance.db"


def check(record: Path, *options: str) -> Result:
    return CliRunner().invoke(main, ["check-store", "--data-dir", str(record.parent), *options])


def break_(record: Path) -> None:
    with closing(sqlite3.connect(record)) as connection:
        connection.execute("UPDATE rollups SET totals = json_set(totals, '$[0]', 8) WHERE level = 'service'")
        connection.commit()


def test_a_record_that_is_right_ends_with_0(record: Path) -> None:
    result = check(record)

    assert (result.exit_code, result.output) == (0, "3 sessions counted, 0 differences\n")


def test_a_difference_is_shown_and_ends_with_1(record: Path) -> None:
    break_(record)

    result = check(record)

    assert result.exit_code == 1
    assert "3 sessions counted, 1 differences" in result.output
    assert "desk" in result.output
    assert check(record).exit_code == 1


def test_a_repair_ends_with_0_and_leaves_nothing_to_find(record: Path) -> None:
    break_(record)

    repaired = check(record, "--repair")

    assert repaired.exit_code == 0
    assert "the aggregates are right now" in repaired.output
    assert check(record).output == "3 sessions counted, 0 differences\n"


def test_a_file_of_another_program_is_refused_in_one_line(record: Path) -> None:
    with closing(sqlite3.connect(record)) as connection:
        connection.execute("PRAGMA application_id = 7")

    result = check(record)

    assert result.exit_code == 2
    assert "another program" in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
