"""What every store does with the audit: one gapless chain a writer, pages of it, and rows as they stand."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

import pytest

from config.errors import InvalidInputError
from exporters.store.audit import Action, AuditFilter, AuditPage, Draft, Outcome
from exporters.store.audit_chain import ChainCheck
from exporters.store.base import Store
from tests.fakes.evaluations import START

MakeStore = Callable[..., Awaitable[Store]]


def make_draft(number: int, **changes: object) -> Draft:
    """Return the draft of that number, a second after the one before."""
    values: dict[str, object] = {
        "id": f"draft-{number}",
        "at": START + timedelta(seconds=number, microseconds=123_456),
        "actor": ("desk", "auditor")[number % 2],
        "action": (Action.READ, Action.CHANGE, Action.ERASE)[number % 3],
        "outcome": (Outcome.DONE, Outcome.DENIED)[number % 2],
        "operation": "GET /v1/sessions",
        "target": f"session-{number % 4}",
        "status": 200,
        "details": {"service_id": "desk", "rows": number},
    }
    return Draft(**(values | changes))  # type: ignore[arg-type] - by name


async def findings(store: Store, writer: str) -> list[str]:
    check = ChainCheck(writer)
    found: list[str] = []
    while rows := await store.read_chain(writer, check.head.number, 7):
        found += check.walk(rows)
    return [*found, *check.finish()]


async def everything(store: Store, wanted: AuditFilter, limit: int) -> list[str]:
    """Return the ids of all entries that fit, page by page."""
    ids: list[str] = []
    cursor, page = None, AuditPage((), "")
    while page.next_cursor is not None:
        page = await store.list_audit(wanted, limit, cursor)
        ids += [link.entry.id for link in page.links]
        cursor = page.next_cursor
    return ids


class AuditContract:
    """The audit."""

    async def test_entries_are_one_chain_over_batches_and_restarts(self, make_store: MakeStore) -> None:
        store = await make_store()
        first = await store.append_audit([make_draft(number) for number in range(10)])
        await store.close()
        store = await make_store()
        second = await store.append_audit([make_draft(10)])

        assert [link.entry.number for link in (*first, *second)] == list(range(1, 12))
        assert second[0].entry.previous == first[-1].hash
        assert await store.audit_writers() == [store.writer]
        assert await findings(store, store.writer) == []

    async def test_batches_at_once_leave_no_gap(self, make_store: MakeStore) -> None:
        store = await make_store()

        batches = [[make_draft(10 * batch + number) for number in range(3)] for batch in range(8)]
        links = await asyncio.gather(*(store.append_audit(batch) for batch in batches))

        assert sorted(link.entry.number for batch in links for link in batch) == list(range(1, 25))
        assert await findings(store, store.writer) == []

    async def test_a_page_is_newest_first_and_the_pages_hold_every_entry_once(self, make_store: MakeStore) -> None:
        store = await make_store()
        # Several of one millisecond: the order is then that of the chain.
        drafts = [make_draft(number, at=START + timedelta(seconds=number // 3)) for number in range(20)]
        await store.append_audit(drafts)

        assert await everything(store, AuditFilter(), 6) == [draft.id for draft in reversed(drafts)]
        assert (await store.list_audit(AuditFilter(), 20, None)).next_cursor is None

    async def test_every_condition_must_hold(self, make_store: MakeStore) -> None:
        store = await make_store()
        drafts = [make_draft(number) for number in range(24)]
        await store.append_audit(drafts)
        second = timedelta(seconds=1)

        wanted = AuditFilter("desk", Action.READ, Outcome.DONE, "session-0", START + second, START + 20 * second)
        found = await everything(store, wanted, 50)
        denied = await everything(store, AuditFilter(outcome=Outcome.DENIED), 5)

        assert found == ["draft-12"]
        assert denied == [draft.id for draft in reversed(drafts) if draft.outcome is Outcome.DENIED]

    async def test_a_link_comes_back_as_it_was_written(self, make_store: MakeStore) -> None:
        store = await make_store()

        (link,) = await store.append_audit([make_draft(1, target=None, count=7)])

        (kept,) = (await store.list_audit(AuditFilter(), 5, None)).links
        assert (kept.hash, kept.body) == (link.hash, link.body)
        assert (kept.entry.count, kept.entry.target, kept.entry.details) == (7, None, {"service_id": "desk", "rows": 1})
        assert kept.entry.at == START + timedelta(seconds=1, milliseconds=123)

    async def test_a_bad_cursor_is_the_clients_fault(self, make_store: MakeStore) -> None:
        store = await make_store()

        with pytest.raises(InvalidInputError):
            await store.list_audit(AuditFilter(), 5, "nonsense")

    async def test_appending_nothing_changes_nothing(self, make_store: MakeStore) -> None:
        store = await make_store()

        assert await store.append_audit([]) == []
        assert await store.audit_writers() == []
