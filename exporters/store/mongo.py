"""The store on MongoDB, or on any server that speaks its protocol; several engines may share one.

It opens without a server: its methods raise StoreUnavailableError until the server answers.
Collections: `sessions` (a document a session), `services` and `rollups` (aggregates in all, and by hour and day),
`subjects` (who was erased, and up to when), `audit` (who did what), `text_keys` (ids of the keys that texts need).
"""

import re
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from zoneinfo import ZoneInfo

import pymongo
from pymongo import AsyncMongoClient
from pymongo.errors import PyMongoError

from config.errors import ConfigurationError, StoreUnavailableError
from config.logging import get_logger
from exporters.store import mongo_audit, mongo_changes, mongo_queries, mongo_review, mongo_sealing
from exporters.store.aggregates import Bucket, Interval, ServiceStats
from exporters.store.audit import AuditFilter, AuditPage, Draft, Kept, Link
from exporters.store.base import Change, Check, EvaluationPage, Expired, Position, SessionFilter, SessionPage
from exporters.store.cursor import Cursor
from exporters.store.moments import bound_ms
from exporters.store.mongo_check import check_record
from exporters.store.mongo_client import Database, connect, driver_errors
from exporters.store.mongo_documents import (
    EVALUATION_FIELDS,
    Document,
    read_evaluation,
)
from exporters.store.mongo_expiry import expire_scores, expire_texts
from exporters.store.mongo_rollups import read_parts
from exporters.store.mongo_subjects import erase_subject, read_erasures
from exporters.store.mongo_writer import MongoWriter
from exporters.store.record import clean_filter, clean_text
from exporters.store.review import Stratum, StratumState
from exporters.store.rollups import Level, bucket_of, gather, stats_of
from exporters.store.sealed import PLAIN, ForeignKeyError, Resealed, TextSealer
from exporters.store.subjects import Erasure, TextsErased, Traces
from exporters.store.totals import Span
from scorer.model import Evaluation, Feedback
from scorer.protocols import Saved
from scorer.tasks import TaskKeeper

PING_SECONDS = 1.0
_WRITER = re.compile(r"[A-Za-z0-9_.-]{1,64}")
_logger = get_logger("exporters.store.mongo")


class MongoStore:
    """`Store` on MongoDB; one process per `writer`. `time_zone`: an IANA name; `clock`: seconds since the epoch.

    The audit is written under `audit_writer`, which several processes may share; unless given, under `writer`.
    """

    def __init__(
        self,
        url: str,
        writer: str,
        time_zone: str,
        clock: Callable[[], float] = time.time,
        sealer: TextSealer = PLAIN,
        audit_writer: str | None = None,
    ) -> None:
        if not _WRITER.fullmatch(writer):
            raise ConfigurationError(
                f"store: expected a writer id of letters, digits, `_`, `.` and `-`, got {writer!r}"
            )
        self.writer = writer
        self._url = url
        self._zone = ZoneInfo(time_zone)
        self._clock = clock
        self._client: AsyncMongoClient[Document] | None = None
        self._connected: tuple[Database, MongoWriter] | None = None
        self._tasks = TaskKeeper("exporters.store.mongo")
        self._audit = mongo_audit.MongoAudit(audit_writer or writer)
        self._sealer = sealer

    async def open(self) -> None:
        """Make the connection and finish what a crash left undone, as soon as the server answers.

        Raises ConfigurationError for a URL that cannot be used and for a key that is missing, never for a server that
        is away.
        """
        self._client, plain = await connect(self._url)
        database = mongo_sealing.opened_by(plain, self._sealer)
        writing = MongoWriter(database, self.writer, self._zone, self._clock, self._sealer)
        self._connected = database, writing
        try:
            await writing.ready()
        except ForeignKeyError as error:
            raise ConfigurationError(str(error)) from error
        except StoreUnavailableError as error:
            _logger.warning("the store is away; work waits in the queue", error=str(error))
        self._tasks.start(writing.mend())

    async def close(self) -> None:
        """Let go of the server; whoever still waits for it is told that it is closed."""
        self._connected = None
        await self._tasks.close(finish_seconds=0)
        if self._client is not None:
            await self._client.close()

    async def ping(self) -> bool:
        """Say whether the server answers, within a second."""
        if self._client is None or self._connected is None:
            return False
        try:
            with pymongo.timeout(PING_SECONDS):
                await self._client.admin.command("ping")
        except PyMongoError:
            return False
        return True

    async def save(self, evaluation: Evaluation) -> Saved:
        """Commit the evaluation, its number and its aggregates.

        Raises InvalidInputError (metadata that cannot be kept) and TooLargeError (beyond MongoDB's 16 MiB).
        """
        if self._connected is None:
            raise StoreUnavailableError("the store is not open")
        return await self._connected[1].save(evaluation)

    async def save_after(self, evaluation: Evaluation, revision: int) -> Saved:
        """Save as the successor of that revision."""
        if self._connected is None:
            raise StoreUnavailableError("the store is not open")
        return await self._connected[1].save(evaluation, after=revision)

    async def count_erased(self, service_id: str | None, since: datetime | None, until: datetime | None) -> int:
        """Return how many sessions have no text any more."""
        span = Span(bound_ms(since), bound_ms(until))
        async with self._database() as database:
            service_id = service_id and clean_text(service_id)
            return await mongo_queries.count_sessions(database, service_id, span, is_erased=True)

    async def get(self, session_id: str) -> Evaluation | None:
        """Return one evaluation; None when unknown or erased."""
        async with self._database() as database:
            found = await database["sessions"].find_one(mongo_changes.present(session_id), EVALUATION_FIELDS)
        return None if found is None else read_evaluation(found)

    async def list_sessions(self, wanted: SessionFilter, limit: int, cursor: str | None) -> SessionPage:
        """Return a page, newest first."""
        after = None if cursor is None else Cursor.parse(cursor)
        async with self._database() as database:
            return await mongo_queries.read_page(database, clean_filter(wanted), limit, after, self._sealer)

    async def read_evaluations(self, wanted: SessionFilter, limit: int, cursor: str | None) -> EvaluationPage:
        """Return that page's evaluations whole."""
        after = None if cursor is None else Cursor.parse(cursor)
        async with self._database() as database:
            return await mongo_queries.read_evaluations(database, clean_filter(wanted), limit, after, self._sealer)

    async def add_feedback(self, session_id: str, feedback: Feedback) -> Evaluation | None:
        """Append a verdict."""
        async with self._database() as database:
            return await mongo_changes.add_feedback(database, session_id, feedback, self._sealer)

    async def erase(self, session_id: str) -> bool:
        """Put a stub in the place of the document; the server overwrites the old one in its own time."""
        async with self._database() as database:
            return await mongo_changes.erase(database, session_id)

    async def erase_subject(self, end_user: str, until: datetime, limit: int) -> TextsErased:
        """Remember the erasure and put stubs in the place of at most `limit` of the person's sessions."""
        async with self._database() as database:
            return await erase_subject(database, clean_text(end_user), until, limit)

    async def erasures(self, after: datetime) -> list[Erasure]:
        """Return the erasures that are remembered with a later `until`, whichever engine made them."""
        async with self._database() as database:
            return await read_erasures(database, after)

    async def append_audit(self, drafts: Sequence[Draft]) -> list[Link]:
        """Append to this writer's chain."""
        async with self._database() as database:
            return await self._audit.append(database, drafts)

    async def list_audit(self, wanted: AuditFilter, limit: int, cursor: str | None) -> AuditPage:
        """Return a page of the audit, newest first."""
        after = None if cursor is None else Cursor.parse(cursor)
        async with self._database() as database:
            return await mongo_audit.list_page(database, wanted, limit, after)

    async def audit_writers(self) -> list[str]:
        """Return every writer that has an entry."""
        async with self._database() as database:
            return await mongo_audit.writers(database)

    async def read_chain(self, writer: str, after: int, limit: int) -> list[Kept]:
        """Return rows of a chain as they stand."""
        async with self._database() as database:
            return await mongo_audit.read_chain(database, writer, after, limit)

    async def review_strata(self) -> list[StratumState]:
        """Return every stratum in which a session waits for a verdict."""
        async with self._database() as database:
            return await mongo_review.read_strata(database)

    async def review_sessions(self, stratum: Stratum, limit: int) -> list[Evaluation]:
        """Return sessions of the stratum that wait, newest first."""
        async with self._database() as database:
            return await mongo_review.read_sessions(database, stratum, limit)

    async def reseal(self, after: str | None, limit: int) -> Resealed:
        """Write the next sessions anew whose texts have another key."""
        async with self._database() as database:
            return await mongo_sealing.reseal(database, self._sealer, after, limit)

    async def forget_keys(self) -> bool:
        """Strike every other key from the record."""
        async with self._database() as database:
            return await mongo_sealing.forget_keys(database, self._sealer)

    async def clean(self, timeout_seconds: float) -> Traces:
        """Say that the server does it: old versions, journal and operation log are its own."""
        del timeout_seconds
        return Traces.SERVER

    async def expire(
        self, service_id: str, text_before: datetime | None, scores_before: datetime | None, limit: int
    ) -> Expired:
        """Take out text and scores that are older."""
        service_id = clean_text(service_id)
        async with self._database() as database:
            texts = 0 if text_before is None else await expire_texts(database, service_id, text_before, limit)
            scores = 0 if scores_before is None else await expire_scores(database, service_id, scores_before, limit)
        return Expired(texts, scores)

    async def service_ids(self) -> list[str]:
        """Return every service that has a session, sorted."""
        return [stats.service_id for stats in await self.all_stats()]

    async def service_stats(self, service_id: str) -> ServiceStats | None:
        """Return the aggregates of a service."""
        found = await self._stats(clean_text(service_id))
        return found[0] if found else None

    async def all_stats(self) -> list[ServiceStats]:
        """Return the aggregates of every service, sorted by id."""
        return await self._stats(None)

    async def _stats(self, service_id: str | None) -> list[ServiceStats]:
        async with self._database() as database:
            parts = await read_parts(database, Level.SERVICE, Span(None, None), service_id)
        return [stats_of(part) for part in gather(parts)]

    async def timeseries(
        self, interval: Interval, since: datetime, until: datetime, service_id: str | None
    ) -> list[Bucket]:
        """Return the non-empty buckets that start in [since, until)."""
        span = Span(bound_ms(since), bound_ms(until))
        async with self._database() as database:
            parts = await read_parts(database, Level(interval.value), span, service_id and clean_text(service_id))
        return [bucket_of(part) for part in gather(parts)]

    async def check(self, *, is_repaired: bool) -> Check:
        """Count every session anew and compare, while nobody saves."""
        now_ms = int(self._clock() * 1000)
        async with self._database() as database:
            return await check_record(database, self.writer, self._zone, now_ms, is_repaired=is_repaired)

    async def position(self) -> Position:
        """Return every writer's last number."""
        async with self._database() as database:
            return await mongo_queries.read_position(database)

    async def changes(self, after: Position, limit: int) -> Sequence[Change]:
        """Return saves beyond the position, in each writer's order."""
        async with self._database() as database:
            return await mongo_queries.read_changes(database, after, limit)

    def database(self) -> AbstractAsyncContextManager[Database]:
        """Yield the database, for what is kept beside the record; raises StoreUnavailableError as every method does."""
        return self._database()

    @asynccontextmanager
    async def _database(self) -> AsyncIterator[Database]:
        if self._connected is None:
            raise StoreUnavailableError("the store is not open")
        database, writing = self._connected
        async with driver_errors():
            await writing.ready()
            yield database
