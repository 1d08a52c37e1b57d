"""What is written to the audit when: at once, gathered, at the stop; and what an absent store does to it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from config.errors import StoreUnavailableError, UnavailableError
from exporters.audit import HEAD_NAME, AuditLog
from exporters.store.audit import Action, AuditFilter, Draft, Head, Link, Outcome, chained
from exporters.store.audit_chain import heads_of_text
from exporters.store.sqlite import SqliteStore
from tests.fakes.clock import ManualClock
from tests.fakes.waiting import until


class FragileAudit:
    """The part of a store that appends; it can go away, and can lose its answer."""

    def __init__(self) -> None:
        self.is_away = False
        self.batches: list[list[Draft]] = []
        self._head = Head("w1")

    @property
    def drafts(self) -> list[Draft]:
        return [draft for batch in self.batches for draft in batch]

    async def append_audit(self, drafts: Sequence[Draft]) -> list[Link]:
        await asyncio.sleep(0)
        if self.is_away:
            raise StoreUnavailableError("the store does not answer")
        self.batches.append(list(drafts))
        links = chained(self._head, drafts)
        self._head = Head("w1", links[-1].entry.number, links[-1].hash)
        return links


@pytest.fixture
def store() -> FragileAudit:
    return FragileAudit()


@pytest.fixture
def log(store: FragileAudit) -> AuditLog:
    return AuditLog(store, ManualClock(), waiting_limit=5)  # type: ignore[arg-type] - the part that is used


def read(log: AuditLog, target: str = "s1", actor: str = "desk") -> Draft:
    return log.draft(actor, Action.READ, Outcome.DONE, "GET /v1/sessions/{session_id}", target=target, status=200)


def erase(log: AuditLog) -> Draft:
    return log.draft("admin", Action.ERASE, Outcome.DONE, "DELETE /v1/sessions/{session_id}", target="s1")


async def test_what_is_alike_becomes_one_entry_with_a_count(log: AuditLog, store: FragileAudit) -> None:
    for target, actor in (("s1", "desk"), ("s2", "desk"), ("s1", "desk"), ("s1", "other"), ("s1", "desk")):
        log.gather(read(log, target, actor))
    assert store.batches == []

    await log.flush()

    told = [(draft.target, draft.actor, draft.count) for draft in store.drafts]
    assert told == [("s1", "desk", 3), ("s2", "desk", 1), ("s1", "other", 1)]


async def test_what_is_appended_is_written_at_once_with_what_waits(log: AuditLog, store: FragileAudit) -> None:
    log.gather(read(log))

    link = await log.append(erase(log))

    assert [draft.action for draft in store.drafts] == [Action.READ, Action.ERASE]
    assert (link.entry.number, link.entry.action) == (2, Action.ERASE)


async def test_entries_appended_at_once_each_get_their_own_link(log: AuditLog, store: FragileAudit) -> None:
    drafts = [erase(log) for _ in range(5)]

    links = await asyncio.gather(*(log.append(draft) for draft in drafts))

    assert [link.entry.id for link in links] == [draft.id for draft in drafts]
    assert len(store.drafts) == 5


async def test_while_the_store_is_away_an_append_fails_and_nothing_is_lost(log: AuditLog, store: FragileAudit) -> None:
    log.gather(read(log))
    store.is_away = True
    with pytest.raises(StoreUnavailableError):
        await log.append(erase(log))
    log.gather(read(log))
    store.is_away = False

    await log.append(erase(log))

    # The read that came later is not joined with the one that may have been written already.
    assert [draft.action for draft in store.drafts] == [Action.READ, Action.ERASE, Action.READ, Action.ERASE]
    assert [draft.count for draft in store.drafts] == [1, 1, 1, 1]


async def test_beyond_the_limit_nothing_is_done_unwritten(log: AuditLog, store: FragileAudit) -> None:
    store.is_away = True
    for number in range(5):
        log.gather(read(log, f"s{number}"))
    log.gather(read(log, "s0"))

    with pytest.raises(UnavailableError):
        log.gather(read(log, "s5"))
    with pytest.raises(UnavailableError):
        await log.append(erase(log))
    with pytest.raises(UnavailableError):
        log.check_room()


async def test_an_append_whose_caller_goes_away_is_finished(log: AuditLog, store: FragileAudit) -> None:
    task = asyncio.create_task(log.append(erase(log)))
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait([task])

    await until(lambda: len(store.drafts) == 1)


async def test_what_waits_is_written_now_and_then_and_at_the_stop(store: FragileAudit) -> None:
    log = AuditLog(store, ManualClock(), flush_seconds=0.001)  # type: ignore[arg-type] - the part that is used
    stop = asyncio.Event()
    log.gather(read(log, "s1"))
    store.is_away = True

    async with asyncio.TaskGroup() as group:
        group.create_task(log.run(stop))
        for _ in range(5):
            await asyncio.sleep(0.002)
        store.is_away = False
        await until(lambda: len(store.drafts) == 1)
        stop.set()
    log.gather(read(log, "s2"))
    await log.close()

    assert [draft.target for draft in store.drafts] == ["s1", "s2"]


async def test_the_stop_itself_writes_what_waits(log: AuditLog, store: FragileAudit) -> None:
    stop = asyncio.Event()
    log.gather(read(log, "s1"))
    asyncio.get_running_loop().call_soon(stop.set)

    await log.run(stop)

    assert [draft.target for draft in store.drafts] == ["s1"]


async def test_what_is_lost_at_the_stop_is_said(
    log: AuditLog, store: FragileAudit, capsys: pytest.CaptureFixture[str]
) -> None:
    log.gather(read(log))
    store.is_away = True

    await log.close()

    assert "audit entries are lost" in capsys.readouterr().out


async def test_the_chains_end_stands_in_a_file_beside_the_database(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "endurance.db", "UTC")
    await store.open()
    log = AuditLog(store, ManualClock(), tmp_path / HEAD_NAME)

    await log.append(erase(log))
    link = await log.append(erase(log))

    assert heads_of_text((tmp_path / HEAD_NAME).read_text()) == {"w1": Head("w1", 2, link.hash)}
    assert len((await store.list_audit(AuditFilter(), 10, None)).links) == 2
    await store.close()
