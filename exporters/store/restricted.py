"""The record as a caller sees it that is for some services only: what is not theirs does not exist.

A view of another store, with those methods alone that a caller's restriction has a meaning for. A page over several
services is merged from a page of each, so its cost grows with their number.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol, TypeVar

from exporters.store.aggregates import Bucket, Interval, ServiceStats
from exporters.store.base import Change, EvaluationPage, Position, SessionFilter, SessionPage, SessionRow, TotalKind
from exporters.store.cursor import Cursor
from exporters.store.moments import to_ms
from scorer.model import Evaluation, Feedback

Entry = TypeVar("Entry", SessionRow, Evaluation)
_NOTHING = SessionPage((), 0, TotalKind.EXACT, None)


class VisibleStore(Protocol):
    """What a caller of the admin port asks of the record: part of `Store`, which says what each method does."""

    writer: str

    async def ping(self) -> bool: ...

    async def get(self, session_id: str) -> Evaluation | None: ...

    async def list_sessions(self, wanted: SessionFilter, limit: int, cursor: str | None) -> SessionPage: ...

    async def read_evaluations(self, wanted: SessionFilter, limit: int, cursor: str | None) -> EvaluationPage: ...

    async def add_feedback(self, session_id: str, feedback: Feedback) -> Evaluation | None: ...

    async def erase(self, session_id: str) -> bool: ...

    async def service_ids(self) -> list[str]: ...

    async def service_stats(self, service_id: str) -> ServiceStats | None: ...

    async def all_stats(self) -> list[ServiceStats]: ...

    async def timeseries(
        self, interval: Interval, since: datetime, until: datetime, service_id: str | None
    ) -> list[Bucket]: ...

    async def position(self) -> Position: ...

    async def changes(self, after: Position, limit: int) -> Sequence[Change]: ...


class RestrictedStore:
    """`VisibleStore` with the sessions of `services` alone. Raises what the store behind it raises."""

    def __init__(self, store: VisibleStore, services: frozenset[str]) -> None:
        self.writer = store.writer
        self._store = store
        self._services = services

    async def ping(self) -> bool:
        """Say whether the store answers."""
        return await self._store.ping()

    async def get(self, session_id: str) -> Evaluation | None:
        """Return one evaluation; None when unknown, erased or not theirs."""
        stored = await self._store.get(session_id)
        return stored if stored is not None and self._is_theirs(stored) else None

    async def list_sessions(self, wanted: SessionFilter, limit: int, cursor: str | None) -> SessionPage:
        """Return a page, newest first; the total is the sum over their services."""
        filters = self._filters(wanted)
        if not filters:
            return _NOTHING
        pages = await asyncio.gather(*(self._store.list_sessions(one, limit, cursor) for one in filters))
        rows, next_cursor = _merged([page.sessions for page in pages], _has_more(pages), limit)
        is_exact = all(page.total_is is TotalKind.EXACT for page in pages)
        total = sum(page.total for page in pages)
        return SessionPage(rows, total, TotalKind.EXACT if is_exact else TotalKind.AT_LEAST, next_cursor)

    async def read_evaluations(self, wanted: SessionFilter, limit: int, cursor: str | None) -> EvaluationPage:
        """Return the evaluations of that page whole."""
        filters = self._filters(wanted)
        pages = await asyncio.gather(*(self._store.read_evaluations(one, limit, cursor) for one in filters))
        return EvaluationPage(*_merged([page.evaluations for page in pages], _has_more(pages), limit))

    async def add_feedback(self, session_id: str, feedback: Feedback) -> Evaluation | None:
        """Append a verdict; None when unknown, erased or not theirs."""
        return None if await self.get(session_id) is None else await self._store.add_feedback(session_id, feedback)

    async def erase(self, session_id: str) -> bool:
        """Remove the text for good; False when unknown, erased or not theirs."""
        return await self.get(session_id) is not None and await self._store.erase(session_id)

    async def service_ids(self) -> list[str]:
        """Return those of their services that have a session, sorted."""
        return [service_id for service_id in await self._store.service_ids() if service_id in self._services]

    async def service_stats(self, service_id: str) -> ServiceStats | None:
        """Return the aggregates of a service of theirs."""
        return await self._store.service_stats(service_id) if service_id in self._services else None

    async def all_stats(self) -> list[ServiceStats]:
        """Return the aggregates of each of their services, sorted by id."""
        return [stats for stats in await self._store.all_stats() if stats.service_id in self._services]

    async def timeseries(
        self, interval: Interval, since: datetime, until: datetime, service_id: str | None
    ) -> list[Bucket]:
        """Return their non-empty buckets that start in [since, until), oldest first, then by service."""
        if service_id is not None and service_id not in self._services:
            return []
        buckets = await self._store.timeseries(interval, since, until, service_id)
        return [bucket for bucket in buckets if bucket.service_id in self._services]

    async def position(self) -> Position:
        """Return the end of the record: numbers count the saves of all services."""
        return await self._store.position()

    async def changes(self, after: Position, limit: int) -> Sequence[Change]:
        """Return their saves beyond the position, in each writer's order; at most `limit`.

        Reads past what is not theirs: linear in the saves of all services.
        """
        found: list[Change] = []
        while len(found) < limit:
            page = await self._store.changes(after, limit)
            found += [change for change in page if change.row.service_id in self._services]
            for change in page:
                after = after.advanced(change.writer, change.number)
            if len(page) < limit:
                break
        return found[:limit]

    def _is_theirs(self, evaluation: Evaluation) -> bool:
        return evaluation.service_id in self._services

    def _filters(self, wanted: SessionFilter) -> list[SessionFilter]:
        """Return the filter once for each service that it and they have in common."""
        asked = sorted(self._services) if wanted.service_id is None else [wanted.service_id]
        return [replace(wanted, service_id=one) for one in asked if one in self._services]


def _has_more(pages: Iterable[SessionPage | EvaluationPage]) -> bool:
    return any(page.next_cursor is not None for page in pages)


def _merged(pages: Sequence[Sequence[Entry]], has_more: bool, limit: int) -> tuple[tuple[Entry, ...], str | None]:
    """Return the newest of several pages, and the cursor after them; every page begins after the same place."""
    place: Callable[[Entry], tuple[int, str]] = _place
    entries = sorted((entry for page in pages for entry in page), key=place, reverse=True)
    kept = tuple(entries[:limit])
    if not kept or (len(entries) <= limit and not has_more):
        return kept, None
    return kept, str(Cursor(*_place(kept[-1])))


def _place(entry: SessionRow | Evaluation) -> tuple[int, str]:
    return to_ms(entry.timestamp), entry.session_id
