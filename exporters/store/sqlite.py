"""The embedded store: one SQLite file, one thread that writes, a few that read.

A session, its number and its aggregates are one transaction: whatever dies when, they agree.
"""

import asyncio
import sqlite3
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final, TypeVar
from zoneinfo import ZoneInfo

from config.errors import ConfigurationError, StoreUnavailableError
from exporters.store import (
    sqlite_audit,
    sqlite_erasure,
    sqlite_expiry,
    sqlite_queries,
    sqlite_review,
    sqlite_rollups,
    sqlite_saves,
    sqlite_sealing,
)
from exporters.store.aggregates import Bucket, Interval, ServiceStats
from exporters.store.audit import AuditFilter, AuditPage, Draft, Kept, Link
from exporters.store.base import Change, Check, EvaluationPage, Expired, Position, SessionFilter, SessionPage
from exporters.store.cursor import Cursor
from exporters.store.moments import bound_ms, to_ms
from exporters.store.record import clean_filter, clean_text
from exporters.store.review import Stratum, StratumState
from exporters.store.sealed import PLAIN, ForeignKeyError, Resealed, TextSealer
from exporters.store.sqlite_check import check_file
from exporters.store.sqlite_cleaning import has_cleaning
from exporters.store.sqlite_reader import SqliteReader
from exporters.store.sqlite_schema import connect, prepare_file
from exporters.store.sqlite_sealing import keep_key
from exporters.store.sqlite_subjects import read_erasures
from exporters.store.sqlite_transaction import Transaction
from exporters.store.sqlite_writer import SqliteWriter
from exporters.store.subjects import Erasure, TextsErased, Traces
from exporters.store.totals import Span
from scorer.model import Evaluation, Feedback
from scorer.protocols import Saved

T = TypeVar("T")

WRITER: Final = "w1"
"""A file has one writer, ever: its data directory is locked by one engine."""
PING_SECONDS = 1.0
_CLEANED_SECONDS = 0.02
"""Pause between two looks at whether the file is clean."""


class SqliteStore:
    """`Store` in one file. `time_zone` is an IANA name, `clock` gives seconds since the epoch."""

    writer: str = WRITER

    def __init__(
        self, path: Path, time_zone: str, clock: Callable[[], float] = time.time, sealer: TextSealer = PLAIN
    ) -> None:
        self._path = path
        self._zone = ZoneInfo(time_zone)
        self._clock = clock
        self._sealer = sealer
        self._buckets = sqlite_rollups.BucketCache()
        self._writing: SqliteWriter | None = None
        self._reading: SqliteReader | None = None

    async def open(self) -> None:
        """Create or check the file. Raises ConfigurationError: newer, damaged, another program's, no permission."""
        await asyncio.to_thread(self._prepare)
        self._reading = SqliteReader(self._path, self._sealer)
        self._writing = SqliteWriter(self._path, self._begin, self._sealer)

    def _prepare(self) -> None:
        prepare_file(self._path)
        try:
            with closing(connect(self._path)) as connection:
                keep_key(connection, self._sealer)
        except ForeignKeyError as error:
            raise ConfigurationError(str(error)) from error
        except sqlite3.Error as error:
            raise ConfigurationError(f"store: {self._path} cannot be used: {error}") from error

    async def close(self) -> None:
        """Commit what is waiting and let go of the file."""
        if self._writing is not None:
            await self._writing.close()
        if self._reading is not None:
            await self._reading.close()

    async def ping(self) -> bool:
        """Say whether the file can be read, within a second, and took what was last written."""
        try:
            async with asyncio.timeout(PING_SECONDS):
                await self._read(sqlite_queries.read_position)
        except (TimeoutError, StoreUnavailableError):
            return False
        return self._writing is not None and not self._writing.is_failing

    async def save(self, evaluation: Evaluation) -> Saved:
        """Commit the evaluation, its number and its aggregates.

        Raises InvalidInputError when its metadata cannot be written as JSON.
        """
        return await self._write(sqlite_saves.save(self._zone, evaluation))

    async def save_after(self, evaluation: Evaluation, revision: int) -> Saved:
        """Save as the successor of that revision."""
        return await self._write(sqlite_saves.save_after(self._zone, evaluation, revision))

    async def count_erased(self, service_id: str | None, since: datetime | None, until: datetime | None) -> int:
        """Return how many sessions have no text any more."""
        span = Span(bound_ms(since), bound_ms(until))
        service_id = service_id and clean_text(service_id)
        return await self._read(partial(sqlite_queries.count_erased, service_id=service_id, span=span))

    async def get(self, session_id: str) -> Evaluation | None:
        """Return one evaluation; None when unknown or erased."""
        return await self._read(partial(sqlite_queries.read_evaluation, session_id=clean_text(session_id)))

    async def list_sessions(self, wanted: SessionFilter, limit: int, cursor: str | None) -> SessionPage:
        """Return a page, newest first."""
        after = None if cursor is None else Cursor.parse(cursor)
        return await self._read(
            partial(sqlite_queries.read_page, wanted=clean_filter(wanted), limit=limit, after=after)
        )

    async def read_evaluations(self, wanted: SessionFilter, limit: int, cursor: str | None) -> EvaluationPage:
        """Return that page's evaluations whole."""
        after = None if cursor is None else Cursor.parse(cursor)
        return await self._read(
            partial(sqlite_queries.read_evaluations, wanted=clean_filter(wanted), limit=limit, after=after)
        )

    async def add_feedback(self, session_id: str, feedback: Feedback) -> Evaluation | None:
        """Append a verdict."""
        return await self._write(sqlite_saves.add_feedback(clean_text(session_id), feedback))

    async def erase(self, session_id: str) -> bool:
        """Remove the text for good; traces in the full-text index and the log go while nothing else waits."""
        return await self._write(sqlite_saves.erase(clean_text(session_id)))

    async def erase_subject(self, end_user: str, until: datetime, limit: int) -> TextsErased:
        """Remember the erasure and take out at most `limit` of the person's sessions."""
        return await self._write(sqlite_erasure.erase_subject(clean_text(end_user), to_ms(until), limit))

    async def erasures(self, after: datetime) -> list[Erasure]:
        """Return the erasures that are remembered with a later `until`."""
        return await self._read(partial(read_erasures, after_ms=to_ms(after)))

    async def append_audit(self, drafts: Sequence[Draft]) -> list[Link]:
        """Append to the file's chain, all or none."""
        return await self._write(sqlite_audit.append(WRITER, drafts))

    async def list_audit(self, wanted: AuditFilter, limit: int, cursor: str | None) -> AuditPage:
        """Return a page of the audit, newest first."""
        after = None if cursor is None else Cursor.parse(cursor)
        return await self._read(partial(sqlite_audit.list_page, wanted=wanted, limit=limit, after=after))

    async def audit_writers(self) -> list[str]:
        """Return every writer that has an entry."""
        return await self._read(sqlite_audit.writers)

    async def read_chain(self, writer: str, after: int, limit: int) -> list[Kept]:
        """Return rows of a chain as they stand."""
        return await self._read(partial(sqlite_audit.read_chain, writer=writer, after=after, limit=limit))

    async def review_strata(self) -> list[StratumState]:
        """Return every stratum in which a session waits for a verdict."""
        return await self._read(sqlite_review.read_strata)

    async def review_sessions(self, stratum: Stratum, limit: int) -> list[Evaluation]:
        """Return sessions of the stratum that wait, newest first."""
        return await self._read(partial(sqlite_review.read_sessions, stratum=stratum, limit=limit))

    async def reseal(self, after: str | None, limit: int) -> Resealed:
        """Write the next sessions anew whose texts have another key."""
        return await self._write(sqlite_sealing.reseal(self._sealer, after, limit))

    async def forget_keys(self) -> bool:
        """Strike every other key from the file."""
        return await self._write(sqlite_sealing.forget_keys(self._sealer))

    async def clean(self, timeout_seconds: float) -> Traces:
        """Wait until index and log hold nothing that was erased; saves under way put it off."""
        try:
            async with asyncio.timeout(timeout_seconds):
                while await self._read(has_cleaning):  # noqa: ASYNC110 - another thread's work, and maybe a process's
                    await asyncio.sleep(_CLEANED_SECONDS)
        except TimeoutError:
            return Traces.PENDING
        return Traces.GONE

    async def expire(
        self, service_id: str, text_before: datetime | None, scores_before: datetime | None, limit: int
    ) -> Expired:
        """Take out text and scores that are older."""
        bounds = bound_ms(text_before), bound_ms(scores_before)
        return await self._write(sqlite_expiry.expire(clean_text(service_id), *bounds, limit))

    async def service_ids(self) -> list[str]:
        """Return every service that has a session, sorted."""
        return [stats.service_id for stats in await self.all_stats()]

    async def service_stats(self, service_id: str) -> ServiceStats | None:
        """Return the aggregates of a service."""
        found = await self._read(partial(sqlite_queries.read_stats, service_id=clean_text(service_id)))
        return found[0] if found else None

    async def all_stats(self) -> list[ServiceStats]:
        """Return the aggregates of every service, sorted by id."""
        return await self._read(partial(sqlite_queries.read_stats, service_id=None))

    async def timeseries(
        self, interval: Interval, since: datetime, until: datetime, service_id: str | None
    ) -> list[Bucket]:
        """Return the non-empty buckets that start in [since, until)."""
        return await self._read(
            partial(
                sqlite_rollups.read_buckets,
                interval=interval,
                since=since,
                until=until,
                service_id=service_id and clean_text(service_id),
                cache=self._buckets,
            )
        )

    async def check(self, *, is_repaired: bool) -> Check:
        """Count every session anew and compare; a repair keeps saves waiting."""
        if self._reading is None:
            raise StoreUnavailableError("the store is not open")
        return await asyncio.to_thread(check_file, self._path, self._zone, self._sealer, is_repaired=is_repaired)

    async def position(self) -> Position:
        """Return the writer's last number."""
        return await self._read(sqlite_queries.read_position)

    async def changes(self, after: Position, limit: int) -> Sequence[Change]:
        """Return saves beyond the position, in order."""
        number = after.through.get(WRITER, 0)
        return await self._read(partial(sqlite_queries.read_changes, writer=WRITER, after=number, limit=limit))

    def _begin(self, connection: sqlite3.Connection) -> Transaction:
        return Transaction(connection, WRITER, int(self._clock() * 1000))

    async def _read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        if self._reading is None:
            raise StoreUnavailableError("the store is not open")
        return await self._reading.run(query)

    async def _write(self, operation: Callable[[Transaction], T]) -> T:
        if self._writing is None:
            raise StoreUnavailableError("the store is not open")
        return await self._writing.run(operation)
