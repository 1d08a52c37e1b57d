"""The ledger in a file: the contract, and what only a file can be."""

import asyncio
import sqlite3
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from config.errors import ConfigurationError, UnavailableError
from exporters.webhook.file_ledger import FileLedger
from exporters.webhook.ledger import Outcome
from tests.exporters.webhook.contract import LedgerContract, MakeLedger, at, opened, retry


@pytest.fixture
def make_ledger(tmp_path: Path) -> Callable[[], Awaitable[FileLedger]]:
    async def make() -> FileLedger:
        return FileLedger(tmp_path / "webhooks.db")

    return make


class TestFileLedger(LedgerContract):
    pass


async def test_a_receiver_that_is_no_more_configured_is_forgotten(make_ledger: MakeLedger) -> None:
    first = await opened(make_ledger, "a")
    await first.settle("a", Outcome(position=at(w1=9), waiting=[retry(7, 50.0)]), 4.0)
    await first.close()
    await (await opened(make_ledger)).close()

    again = await opened(make_ledger, "a", end=at(w1=30))

    assert (await again.states())["a"].position == at(w1=30)
    assert await again.due("a", 100.0, 10) == []
    await again.close()


async def test_a_record_that_was_begun_anew_is_followed_from_its_end(make_ledger: MakeLedger) -> None:
    await (await opened(make_ledger, "a", end=at(w1=500))).close()

    again = await opened(make_ledger, "a", end=at(w1=3))

    assert (await again.states())["a"].position == at(w1=3)
    await again.close()


async def test_the_file_is_for_its_owner_alone_and_another_programs_is_refused(
    tmp_path: Path, make_ledger: MakeLedger
) -> None:
    await (await opened(make_ledger, "a")).close()
    assert (tmp_path / "webhooks.db").stat().st_mode & 0o777 == 0o600

    (tmp_path / "webhooks.db").write_bytes(b"not a database, but long enough to be looked at" * 40)
    with pytest.raises(ConfigurationError, match="not usable"):
        await opened(make_ledger, "a")


@pytest.mark.parametrize("version", [1, 9])
async def test_a_file_of_another_version_is_refused(tmp_path: Path, make_ledger: MakeLedger, version: int) -> None:
    connection = sqlite3.connect(tmp_path / "webhooks.db")
    connection.execute(f"PRAGMA user_version = {version}")
    connection.close()

    with pytest.raises(ConfigurationError, match=f"has version {version}, this Endurance knows 2"):
        await opened(make_ledger, "a")


async def test_what_a_caller_began_is_over_before_the_file_is_closed_though_the_caller_left(
    make_ledger: MakeLedger,
) -> None:
    ledger = await opened(make_ledger, "a")
    assert isinstance(ledger, FileLedger)
    has_begun, may_end, seen = threading.Event(), threading.Event(), list[object]()

    def operation(connection: sqlite3.Connection) -> None:
        has_begun.set()
        may_end.wait(0.2)  # long enough to be closed meanwhile, if anybody would
        seen.append(connection.execute("SELECT 1").fetchone())

    caller = asyncio.ensure_future(ledger._run(operation))
    await asyncio.to_thread(has_begun.wait)
    caller.cancel()
    await asyncio.gather(caller, return_exceptions=True)

    await ledger.close()

    assert seen == [(1,)]


async def test_a_closed_ledger_is_unavailable(make_ledger: MakeLedger) -> None:
    ledger = await opened(make_ledger, "a")
    await ledger.close()

    with pytest.raises(UnavailableError):
        await ledger.states()
