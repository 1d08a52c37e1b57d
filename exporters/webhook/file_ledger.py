"""The ledger of one engine with a record of its own: a small SQLite file in the data directory.

Each method is one transaction, in the file's one thread: what a caller began is over before the next begins or the file
is closed, also where the caller was cancelled. Whoever has the data directory has every turn.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

from config.errors import ConfigurationError, UnavailableError
from config.webhooks import WebhookEvent
from exporters.store.base import Position
from exporters.webhook.ledger import Alarm, EndpointState, Outcome, Place, Retry, merged

T = TypeVar("T")
POLL_SECONDS: Final = 30.0
"""Every save is announced: this only bounds what a wake-up that went missing costs."""
_VERSION: Final = 2
_TABLES: Final = """
CREATE TABLE endpoints (
    id TEXT PRIMARY KEY,
    position TEXT NOT NULL,
    disabled_at REAL,
    succeeded_at REAL,
    failed_at REAL,
    failure TEXT
) WITHOUT ROWID;
CREATE TABLE retries (
    endpoint TEXT NOT NULL,
    message_id TEXT NOT NULL,
    event TEXT NOT NULL,
    writer TEXT,
    number INTEGER,
    body BLOB,
    attempt INTEGER NOT NULL,
    due_at REAL NOT NULL,
    PRIMARY KEY (endpoint, message_id)
) WITHOUT ROWID;
CREATE INDEX retries_due ON retries (endpoint, due_at);
CREATE TABLE alarms (
    endpoint TEXT NOT NULL,
    service TEXT NOT NULL,
    is_on INTEGER NOT NULL,
    changes INTEGER NOT NULL,
    PRIMARY KEY (endpoint, service)
) WITHOUT ROWID;
"""


class FileLedger:
    """Implements `exporters.webhook.ledger.Ledger`; `open` it first."""

    poll_seconds = POLL_SECONDS

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="webhook-ledger")

    async def open(self, ids: Sequence[str], end: Position) -> None:
        """Create or read the file; a receiver that is no more configured goes.

        Raises ConfigurationError: another program's file, another version, no permission.
        """
        self._connection = await asyncio.get_running_loop().run_in_executor(self._thread, _connect, self._path)
        await self._run(lambda connection: _enter(connection, ids, end))

    async def close(self) -> None:
        """Let go of the file."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await asyncio.get_running_loop().run_in_executor(self._thread, connection.close)
        self._thread.shutdown(wait=False)

    async def take_turn(self, endpoint: str) -> bool:
        """Say yes: nobody else has the file."""
        del endpoint
        return True

    async def states(self) -> Mapping[str, EndpointState]:
        """Return where each receiver stands, by id."""
        return await self._run(_read_states)

    async def due(self, endpoint: str, now: float, limit: int) -> list[Retry]:
        """Return retries that are due, the longest due first."""
        return await self._run(lambda connection: _read_due(connection, endpoint, now, limit))

    async def settle(self, endpoint: str, outcome: Outcome, now: float) -> None:
        """Write down how a round of deliveries ended."""
        await self._run(lambda connection: _settle(connection, endpoint, outcome, now))

    async def enable(self, endpoint: str, end: Position) -> None:
        """Switch a receiver on again; it is told of what is saved after `end`."""
        await self._run(
            lambda connection: connection.execute(
                "UPDATE endpoints SET disabled_at = NULL, position = ? WHERE id = ? AND disabled_at IS NOT NULL",
                (str(end), endpoint),
            )
        )

    async def alarms(self, endpoint: str) -> Mapping[str, Alarm]:
        """Return the state of each service of which the receiver was told."""
        wanted = "SELECT service, is_on, changes FROM alarms WHERE endpoint = ?"
        rows = await self._run(lambda connection: connection.execute(wanted, (endpoint,)).fetchall())
        return {service: Alarm(bool(is_on), changes) for service, is_on, changes in rows}

    async def change_alarm(self, endpoint: str, service: str, alarm: Alarm, told: Retry) -> None:
        """Keep a service's new state together with its message."""

        def change(connection: sqlite3.Connection) -> None:
            kept = (endpoint, service, int(alarm.is_on), alarm.changes)
            connection.execute("INSERT OR REPLACE INTO alarms VALUES (?, ?, ?, ?)", kept)
            _put(connection, endpoint, told)

        await self._run(change)

    async def _run(self, operation: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._connection
        if connection is None:
            raise UnavailableError("the webhooks' ledger is closed")
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, _transaction, connection, operation)
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
    if version not in (0, _VERSION):
        connection.close()
        raise ConfigurationError(
            f"webhooks: {path} has version {version}, this Endurance knows {_VERSION}; move it away, and receivers are "
            "told from the record's end on"
        )
    return connection


def _enter(connection: sqlite3.Connection, ids: Sequence[str], end: Position) -> None:
    known = dict(connection.execute("SELECT id, position FROM endpoints").fetchall())
    for id_ in known.keys() - set(ids):
        for table, column in (("endpoints", "id"), ("retries", "endpoint"), ("alarms", "endpoint")):
            connection.execute(f"DELETE FROM {table} WHERE {column} = ?", (id_,))  # noqa: S608 - names of our own
    for id_ in set(ids) - known.keys():
        connection.execute("INSERT INTO endpoints (id, position) VALUES (?, ?)", (id_, str(end)))
    for id_ in known.keys() & set(ids):
        # A record that was begun anew counts from 1 again.
        position = Position.parse(known[id_]).through
        within = Position({writer: min(number, end.through.get(writer, 0)) for writer, number in position.items()})
        connection.execute("UPDATE endpoints SET position = ? WHERE id = ?", (str(within), id_))


def _read_states(connection: sqlite3.Connection) -> dict[str, EndpointState]:
    rows = connection.execute(
        "SELECT id, position, disabled_at, succeeded_at, failed_at, failure, count(message_id), min(due_at)"
        " FROM endpoints LEFT JOIN retries ON endpoint = id GROUP BY id"
    )
    return {id_: EndpointState(Position.parse(position), *values) for id_, position, *values in rows}


def _read_due(connection: sqlite3.Connection, endpoint: str, now: float, limit: int) -> list[Retry]:
    rows = connection.execute(
        "SELECT message_id, event, writer, number, body, attempt, due_at FROM retries"
        " WHERE endpoint = ? AND due_at <= ? ORDER BY due_at LIMIT ?",
        (endpoint, now, limit),
    )
    return [_read_retry(*row) for row in rows]


def _read_retry(message_id: str, event: str, writer: str | None, number: int, *rest: Any) -> Retry:
    place = None if writer is None else Place(writer, number)
    return Retry(message_id, WebhookEvent(event), place, *rest)


def _settle(connection: sqlite3.Connection, endpoint: str, outcome: Outcome, now: float) -> None:
    for message_id in outcome.done:
        connection.execute("DELETE FROM retries WHERE endpoint = ? AND message_id = ?", (endpoint, message_id))
    for retry in outcome.waiting:
        _put(connection, endpoint, retry)
    if outcome.position is not None:
        (before,) = connection.execute("SELECT position FROM endpoints WHERE id = ?", (endpoint,)).fetchone()
        position = str(merged(Position.parse(before), outcome.position))
        connection.execute("UPDATE endpoints SET position = ? WHERE id = ?", (position, endpoint))
    connection.execute(
        "UPDATE endpoints SET succeeded_at = coalesce(?, succeeded_at), failed_at = coalesce(?, failed_at),"
        " failure = coalesce(?, failure) WHERE id = ?",
        (outcome.succeeded_at, outcome.failed_at, outcome.failure, endpoint),
    )
    if outcome.is_gone:
        connection.execute("UPDATE endpoints SET disabled_at = ? WHERE id = ?", (now, endpoint))
        connection.execute("DELETE FROM retries WHERE endpoint = ?", (endpoint,))


def _put(connection: sqlite3.Connection, endpoint: str, retry: Retry) -> None:
    place = (None, None) if retry.place is None else (retry.place.writer, retry.place.number)
    kept = (endpoint, retry.message_id, retry.event.value, *place, retry.body, retry.attempt, retry.due_at)
    connection.execute("INSERT OR REPLACE INTO retries VALUES (?, ?, ?, ?, ?, ?, ?, ?)", kept)
