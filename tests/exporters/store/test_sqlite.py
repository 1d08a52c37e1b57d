"""The embedded store: the contract of all stores, and what is its own: the file, its version, its erasure."""

import asyncio
import sqlite3
import stat
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from pathlib import Path

import pytest

from config.errors import ConfigurationError, StoreUnavailableError
from exporters.store import sqlite_schema
from exporters.store.base import SessionFilter, TotalKind
from exporters.store.sqlite import SqliteStore
from exporters.store.sqlite_transaction import Transaction
from tests.exporters.store.contract import StoreContract
from tests.fakes.evaluations import make_evaluation

MakeStore = Callable[..., Awaitable[SqliteStore]]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "endurance.db"


@pytest.fixture
async def make_store(path: Path) -> AsyncIterator[MakeStore]:
    stores: list[SqliteStore] = []

    async def make(time_zone: str = "UTC") -> SqliteStore:
        stores.append(SqliteStore(path, time_zone))
        await stores[-1].open()
        return stores[-1]

    yield make
    for store in stores:
        await store.close()


@pytest.fixture
def damage(path: Path) -> Callable[[str], None]:
    harms = {
        "rollup": "UPDATE rollups SET totals = json_set(totals, '$[0]', json_extract(totals, '$[0]') + 5) "
        "WHERE level = 'hour' AND service_id = 's0'",
        "lost_rollup": "DELETE FROM rollups WHERE service_id = 's0'",
        "note": "UPDATE sessions SET counted = json_set(counted, '$.counts.verified', 40) WHERE number = 1",
    }

    def harm(name: str) -> None:
        with closing(sqlite3.connect(path)) as other:
            assert other.execute(harms[name]).rowcount > 0
            other.commit()

    return harm


class TestContract(StoreContract):
    """Everything that stores do."""


class TestContractWithoutFts5(StoreContract):
    """The same on a file whose words are a plain table."""

    @pytest.fixture(autouse=True)
    def _plain_words(self, path: Path) -> None:
        sqlite_schema.prepare_file(path, has_fts5=False)


async def test_the_file_is_for_its_owner_alone(make_store: MakeStore, path: Path) -> None:
    store = await make_store()
    await store.save(make_evaluation(1))

    modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}

    assert modes == dict.fromkeys(("endurance.db", "endurance.db-wal", "endurance.db-shm"), 0o600)


async def test_a_newer_file_is_refused_by_its_version(make_store: MakeStore, path: Path) -> None:
    await (await make_store()).close()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA user_version = 99")

    with pytest.raises(ConfigurationError, match="schema version 99, this Endurance knows 2"):
        await make_store()


async def test_another_programs_file_is_refused(make_store: MakeStore, path: Path) -> None:
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE theirs (x)")

    with pytest.raises(ConfigurationError, match="another program"):
        await make_store()


async def test_a_file_that_is_no_database_is_refused(make_store: MakeStore, path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database, " * 100)

    with pytest.raises(ConfigurationError, match="not usable as a SQLite file"):
        await make_store()


async def test_a_folder_in_the_files_place_is_refused(make_store: MakeStore, path: Path) -> None:
    path.mkdir(parents=True)

    with pytest.raises(ConfigurationError, match="cannot open"):
        await make_store()


async def test_a_closed_store_is_away(make_store: MakeStore) -> None:
    store = await make_store()
    assert await store.ping()
    await store.close()

    assert not await store.ping()
    with pytest.raises(StoreUnavailableError):
        await store.save(make_evaluation(1))
    with pytest.raises(StoreUnavailableError):
        await store.get("x")


async def test_a_store_that_was_never_opened_is_away(path: Path) -> None:
    store = SqliteStore(path, "UTC")

    assert not await store.ping()
    with pytest.raises(StoreUnavailableError):
        await store.save(make_evaluation(1))


async def test_a_failed_commit_saves_nothing_and_the_next_one_works(make_store: MakeStore, path: Path) -> None:
    store = await make_store()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TRIGGER full BEFORE INSERT ON sessions BEGIN SELECT RAISE(ABORT, 'disk full'); END")
    with pytest.raises(StoreUnavailableError, match="disk full"):
        await store.save(make_evaluation(1))
    with closing(sqlite3.connect(path)) as other:
        other.execute("DROP TRIGGER full")

    saved = await store.save(make_evaluation(1))

    assert saved.is_new
    assert (await store.position()).through == {"w1": 1}


@pytest.mark.parametrize("has_fts5", [True, False])
async def test_erased_text_is_in_no_file_any_more(make_store: MakeStore, path: Path, has_fts5: bool) -> None:
    sqlite_schema.prepare_file(path, has_fts5=has_fts5)
    store = await make_store()
    for number in range(50):
        await store.save(make_evaluation(number, service_id="other"))
    await store.save(make_evaluation(99, query="a xylophone?", response="xylophone " * 5000))
    assert any(b"xylophone" in file.read_bytes() for file in path.parent.iterdir())

    await store.erase(make_evaluation(99).session_id)

    async with asyncio.timeout(30):
        while any(b"xylophone" in file.read_bytes() for file in path.parent.iterdir()):
            await asyncio.sleep(0.01)
    assert (await store.list_sessions(SessionFilter(q="case"), 1, None)).total == 50


async def test_cleaning_after_an_erasure_goes_on_after_a_restart(make_store: MakeStore, path: Path) -> None:
    store = await make_store()
    await store.save(make_evaluation(99, response="xylophone"))
    await asyncio.gather(store.erase(make_evaluation(99).session_id), store.close())

    await make_store()

    async with asyncio.timeout(30):
        while any(b"xylophone" in file.read_bytes() for file in path.parent.iterdir()):
            await asyncio.sleep(0.01)
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT count(*) FROM sessions WHERE erased = 1").fetchall() == [(1,)]


async def test_a_count_beyond_ten_thousand_is_at_least(make_store: MakeStore, path: Path) -> None:
    store = await make_store()
    await store.save(make_evaluation(1, flagged=True, overall_score=1.0, query="common word"))
    with closing(sqlite3.connect(path)) as other:
        names = [
            row[1]
            for row in other.execute("PRAGMA table_info(sessions)")
            if row[1] not in ("id", "session_id", "number")
        ]
        kept = ", ".join(names)
        other.execute(
            "WITH RECURSIVE n(i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n WHERE i < 10050) "
            f"INSERT INTO sessions (id, session_id, number, {kept}) SELECT i, 'c' || i, i, {kept} FROM n, sessions"
        )
        # Their ids lie in the first millisecond of 1970: older than the one that was saved.
        copies = "FROM sessions WHERE session_id LIKE 'c%'"
        other.execute(f"INSERT INTO words (rowid, terms) SELECT id, 'common word' {copies}")
        other.execute("INSERT INTO marks SELECT 'flagged', id " + copies)
        other.execute("INSERT INTO scores SELECT 0, id, 1.0 " + copies)
        other.commit()

    for wanted in (SessionFilter(flagged_only=True), SessionFilter(max_score=5.0), SessionFilter(q="word common")):
        page = await store.list_sessions(wanted, 3, None)
        assert (page.total, page.total_is, len(page.sessions)) == (10_000, TotalKind.AT_LEAST, 3), wanted


def full_disk(_: Transaction) -> None:
    raise sqlite3.OperationalError("database or disk is full")


async def test_a_store_that_cannot_commit_does_not_count_as_up(make_store: MakeStore) -> None:
    store = await make_store()
    before = await store.ping()
    with pytest.raises(StoreUnavailableError):
        await store._write(full_disk)
    while_full = await store.ping()

    await store.save(make_evaluation(1))

    assert (before, while_full, await store.ping()) == (True, False, True)
