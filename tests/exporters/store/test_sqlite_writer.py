"""The writing thread: what fails in a batch fails alone, and every caller hears of its own."""

import asyncio
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from config.errors import InvalidInputError, StoreUnavailableError
from exporters.store.sqlite_schema import prepare_file
from exporters.store.sqlite_transaction import Transaction
from exporters.store.sqlite_writer import SqliteWriter


@pytest.fixture
async def writer(tmp_path: Path) -> AsyncIterator[SqliteWriter]:
    prepare_file(tmp_path / "endurance.db")
    writer = SqliteWriter(tmp_path / "endurance.db", partial(Transaction, writer="w1", now_ms=0))
    yield writer
    await writer.close()


def note(name: str, *, fails: bool = False) -> Callable[[Transaction], str]:
    """Return an operation that writes a line, and then fails if it is to."""

    def operation(transaction: Transaction) -> str:
        transaction.connection.execute("INSERT INTO chores VALUES (?)", (name,))
        if fails:
            raise InvalidInputError(f"{name} cannot be kept")
        return name

    return operation


def noted(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        return [name for (name,) in connection.execute("SELECT name FROM chores ORDER BY name")]


async def test_one_that_fails_in_a_batch_leaves_nothing_and_takes_nobody_along(
    writer: SqliteWriter, tmp_path: Path
) -> None:
    names = [f"n{number:03}" for number in range(60)]

    answers = await asyncio.gather(
        *(writer.run(note(name, fails=name in ("n020", "n041"))) for name in names), return_exceptions=True
    )

    good = [name for name in names if name not in ("n020", "n041")]
    assert [answer for answer in answers if isinstance(answer, str)] == good
    assert [str(answers[at]) for at in (20, 41)] == ["n020 cannot be kept", "n041 cannot be kept"]
    assert noted(tmp_path / "endurance.db") == good


async def test_a_caller_that_leaves_is_no_harm_to_the_others(writer: SqliteWriter, tmp_path: Path) -> None:
    tasks = [asyncio.ensure_future(writer.run(note(f"n{number:03}"))) for number in range(40)]
    await asyncio.sleep(0)
    for task in tasks[::4]:
        task.cancel()

    answers = await asyncio.gather(*tasks, return_exceptions=True)

    stayed = [answer for answer in answers if isinstance(answer, str)]
    assert [answer for number, answer in enumerate(answers) if number % 4] == [
        f"n{number:03}" for number in range(40) if number % 4
    ]
    assert set(stayed) <= set(noted(tmp_path / "endurance.db"))


async def test_more_callers_than_there_is_room_for_are_all_answered(writer: SqliteWriter, tmp_path: Path) -> None:
    names = [f"n{number:04}" for number in range(2500)]

    assert await asyncio.gather(*(writer.run(note(name)) for name in names)) == names
    assert noted(tmp_path / "endurance.db") == names


def test_a_caller_whose_loop_is_closed_keeps_the_thread_from_nothing(tmp_path: Path) -> None:
    prepare_file(tmp_path / "endurance.db")
    begun, is_closed = threading.Event(), threading.Event()

    def linger(transaction: Transaction) -> str:
        begun.set()
        assert is_closed.wait(30)
        return note("lingered")(transaction)

    async def leave() -> SqliteWriter:
        writer = SqliteWriter(tmp_path / "endurance.db", partial(Transaction, writer="w1", now_ms=0))
        asyncio.ensure_future(writer.run(linger))  # noqa: RUF006 - left behind on purpose
        await asyncio.to_thread(begun.wait, 30)
        return writer

    async def use(writer: SqliteWriter) -> str:
        name = await writer.run(note("after"))
        await writer.close()
        return name

    writer = asyncio.run(leave())
    is_closed.set()

    assert asyncio.run(use(writer)) == "after"
    assert noted(tmp_path / "endurance.db") == ["after", "lingered"]


async def test_a_full_disk_is_told_once_and_so_is_that_there_is_room_again(
    writer: SqliteWriter, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # What a full disk is to SQLite: no page more.
    pages = await writer.run(lambda transaction: transaction.connection.execute("PRAGMA page_count").fetchone()[0])
    await writer.run(lambda transaction: transaction.connection.execute(f"PRAGMA max_page_count = {pages}").fetchone())

    for name in ("first", "second"):
        with pytest.raises(StoreUnavailableError, match="full"):
            await writer.run(note(name + "x" * 100_000))
    was_failing = writer.is_failing
    # As the operator makes room: in a transaction that needs none itself.
    await writer.run(lambda transaction: transaction.connection.execute("PRAGMA max_page_count = 100000").fetchone())
    await writer.run(note("third"))

    assert (was_failing, writer.is_failing) == (True, False)
    assert noted(tmp_path / "endurance.db") == ["third"]
    told = capsys.readouterr().out
    assert (told.count("a commit failed"), told.count("commits go through again")) == (1, 1)
