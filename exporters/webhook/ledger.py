"""How far each receiver has been told: a small SQLite file in the data directory, of this engine alone.

Per receiver the number of this engine's writer through which every save was told or stands among the retries; the
retries themselves; and whether the receiver is switched off. A retry holds the number of a save, not its text: the
body is made anew from the record, so that what was erased is erased here too. Beside: the last state of each service.

Each method is one transaction, in a thread; one at a time.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, TypeVar

from config.errors import ConfigurationError, UnavailableError
from config.webhooks import WebhookEvent

T = TypeVar("T")
_VERSION: Final = 1
_TABLES: Final = """
CREATE TABLE endpoints (
    id TEXT PRIMARY KEY,
    position INTEGER NOT NULL,
    disabled_at REAL,
    succeeded_at REAL,
    failed_at REAL,
    failure TEXT
) WITHOUT ROWID;
CREATE TABLE retries (
    seq INTEGER PRIMARY KEY,
    endpoint TEXT NOT NULL,
    message_id TEXT NOT NULL,
    event TEXT NOT NULL,
    number INTEGER,
    body BLOB,
    attempt INTEGER NOT NULL,
    due_at REAL NOT NULL
);
CREATE INDEX retries_due ON retries (endpoint, due_at);
CREATE TABLE states (service TEXT PRIMARY KEY, is_alarm INTEGER NOT NULL, changed_at REAL NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class EndpointState:
    """Where a receiver stands. Moments are seconds since the epoch."""

    position: int
    disabled_at: float | None
    succeeded_at: float | None
    failed_at: float | None
    failure: str | None
    """Why the last attempt that failed did."""
    retries: int
    next_due_at: float | None


@dataclass(frozen=True, slots=True)
class Retry:
    """A message that waits to be sent again."""

    message_id: str
    event: WebhookEvent
    number: int | None
    body: bytes | None
    """Of a message that tells of no save."""
    attempt: int
    """How often it was tried."""
    due_at: float
    seq: int | None = None
    """Its place in the ledger; None for one that is not there yet."""


@dataclass(slots=True)
class Outcome:
    """What a round of deliveries to one receiver changes."""

    position: int | None = None
    """The save through which everything was told or stands among the retries; None leaves it."""
    done: list[int] = field(default_factory=list)
    """Retries that are over, delivered or given up."""
    waiting: list[Retry] = field(default_factory=list)
    succeeded_at: float | None = None
    failed_at: float | None = None
    failure: str | None = None
    is_gone: bool = False
    """The receiver said that it is no more: it is switched off, and its retries go."""


class Ledger:
    """The file. `open` it first."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._turn = asyncio.Lock()

    async def open(self, ids: Sequence[str], end: int) -> None:
        """Create or read the file; a receiver that is new begins at `end`, one that is no more configured goes.

        Raises ConfigurationError: another program's file, a newer version, no permission.
        """
        self._connection = await asyncio.to_thread(_connect, self._path)
        await self._run(lambda connection: _enter(connection, ids, end))

    async def close(self) -> None:
        """Let go of the file."""
        async with self._turn:
            if self._connection is not None:
                await asyncio.to_thread(self._connection.close)
                self._connection = None

    async def states(self) -> Mapping[str, EndpointState]:
        """Return where each receiver stands, by id."""
        return await self._run(_read_states)

    async def due(self, endpoint: str, now: float, limit: int) -> list[Retry]:
        """Return retries that are due, the longest due first."""
        return await self._run(lambda connection: _read_due(connection, endpoint, now, limit))

    async def settle(self, endpoint: str, outcome: Outcome, now: float) -> None:
        """Write down how a round of deliveries ended."""
        await self._run(lambda connection: _settle(connection, endpoint, outcome, now))

    async def enable(self, endpoint: str, end: int) -> None:
        """Switch a receiver on again; it is told of what is saved after `end`."""
        await self._run(
            lambda connection: connection.execute(
                "UPDATE endpoints SET disabled_at = NULL, position = ? WHERE id = ? AND disabled_at IS NOT NULL",
                (end, endpoint),
            )
        )

    async def alarms(self) -> Mapping[str, bool]:
        """Return the last state of each service: whether it was in alarm."""
        rows = await self._run(lambda connection: connection.execute("SELECT service, is_alarm FROM states").fetchall())
        return {service: bool(is_alarm) for service, is_alarm in rows}

    async def change_alarm(self, service: str, is_alarm: bool, now: float, told: Mapping[str, Retry]) -> None:
        """Keep a service's new state together with the message for each receiver."""

        def change(connection: sqlite3.Connection) -> None:
            connection.execute("INSERT OR REPLACE INTO states VALUES (?, ?, ?)", (service, int(is_alarm), now))
            for endpoint, retry in told.items():
                _put(connection, endpoint, retry)

        await self._run(change)

    async def _run(self, operation: Callable[[sqlite3.Connection], T]) -> T:
        async with self._turn:
            connection = self._connection
            if connection is None:
                raise UnavailableError("the webhooks' ledger is closed")
            try:
                return await asyncio.to_thread(_transaction, connection, operation)
            except sqlite3.Error as error:
                raise UnavailableError(f"the webhooks' ledger cannot be written: {error}") from error


def _transaction(connection: sqlite3.Connection, operation: Callable[[sqlite3.Connection], T]) -> T:
    connection.execute("BEGIN IMMEDIATE")
    try:
        result = operation(connection)
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return result


def _connect(path: Path) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA journal_mode = WAL").fetchone()
        connection.execute("PRAGMA synchronous = NORMAL")
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        if version == 0:
            connection.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {_VERSION}; COMMIT;")
    except OSError as error:
        raise ConfigurationError(f"webhooks: cannot open {path}: {error.strerror}") from error
    except sqlite3.DatabaseError as error:
        raise ConfigurationError(f"webhooks: {path} is not usable as a SQLite file: {error}") from error
    if version > _VERSION:
        connection.close()
        raise ConfigurationError(f"webhooks: {path} has version {version}, this Endurance knows {_VERSION}")
    return connection


def _enter(connection: sqlite3.Connection, ids: Sequence[str], end: int) -> None:
    known = {id_ for (id_,) in connection.execute("SELECT id FROM endpoints").fetchall()}
    for id_ in known - set(ids):
        connection.execute("DELETE FROM endpoints WHERE id = ?", (id_,))
        connection.execute("DELETE FROM retries WHERE endpoint = ?", (id_,))
    for id_ in set(ids) - known:
        connection.execute("INSERT INTO endpoints (id, position) VALUES (?, ?)", (id_, end))
    # A record that was begun anew counts from 1 again.
    connection.execute("UPDATE endpoints SET position = ? WHERE position > ?", (end, end))


def _read_states(connection: sqlite3.Connection) -> dict[str, EndpointState]:
    rows = connection.execute(
        "SELECT id, position, disabled_at, succeeded_at, failed_at, failure, count(seq), min(due_at)"
        " FROM endpoints LEFT JOIN retries ON endpoint = id GROUP BY id"
    )
    return {id_: EndpointState(*values) for id_, *values in rows}


def _read_due(connection: sqlite3.Connection, endpoint: str, now: float, limit: int) -> list[Retry]:
    rows = connection.execute(
        "SELECT message_id, event, number, body, attempt, due_at, seq FROM retries"
        " WHERE endpoint = ? AND due_at <= ? ORDER BY due_at LIMIT ?",
        (endpoint, now, limit),
    )
    return [Retry(message_id, WebhookEvent(event), *rest) for message_id, event, *rest in rows]


def _settle(connection: sqlite3.Connection, endpoint: str, outcome: Outcome, now: float) -> None:
    for seq in outcome.done:
        connection.execute("DELETE FROM retries WHERE seq = ?", (seq,))
    for retry in outcome.waiting:
        _put(connection, endpoint, retry)
    connection.execute(
        "UPDATE endpoints SET position = max(position, coalesce(?, position)),"
        " succeeded_at = coalesce(?, succeeded_at), failed_at = coalesce(?, failed_at), failure = coalesce(?, failure)"
        " WHERE id = ?",
        (outcome.position, outcome.succeeded_at, outcome.failed_at, outcome.failure, endpoint),
    )
    if outcome.is_gone:
        connection.execute("UPDATE endpoints SET disabled_at = ? WHERE id = ?", (now, endpoint))
        connection.execute("DELETE FROM retries WHERE endpoint = ?", (endpoint,))


def _put(connection: sqlite3.Connection, endpoint: str, retry: Retry) -> None:
    kept = (retry.message_id, retry.event.value, retry.number, retry.body, retry.attempt, retry.due_at)
    connection.execute("INSERT OR REPLACE INTO retries VALUES (?, ?, ?, ?, ?, ?, ?, ?)", (retry.seq, endpoint, *kept))
