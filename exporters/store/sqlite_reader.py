"""Threads that read SQLite, each on a connection of its own, beside the writer: WAL lets neither wait for the other."""

import asyncio
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

from config.errors import StoreUnavailableError
from exporters.store.sealed import PLAIN, TextSealer
from exporters.store.sqlite_schema import connect

T = TypeVar("T")

THREADS = 4
READ_SECONDS = 10.0
"""How long a caller waits for a read, its turn included."""


class SqliteReader:
    """Runs queries in a few threads; a caller that goes away is forgotten, its query ends in its own time."""

    def __init__(self, path: Path, sealer: TextSealer = PLAIN) -> None:
        self._path = path
        self._sealer = sealer
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="store-reader")
        self._is_closed = False

    async def run(self, query: Callable[[sqlite3.Connection], T]) -> T:
        """Return the query's result from one snapshot. Raises StoreUnavailableError: closed, slow, or SQLite failed."""
        if self._is_closed:
            raise StoreUnavailableError("the store is closed")
        try:
            async with asyncio.timeout(READ_SECONDS):
                return await asyncio.get_running_loop().run_in_executor(self._threads, self._read, query)
        except TimeoutError:
            raise StoreUnavailableError(f"the store did not answer within {READ_SECONDS:.0f} s") from None
        except sqlite3.Error as error:
            raise StoreUnavailableError(f"SQLite could not read: {error}") from error

    async def close(self) -> None:
        """Let running queries end, then let go of the file."""
        self._is_closed = True
        await asyncio.to_thread(self._threads.shutdown)
        for connection in self._connections:
            connection.close()
        self._connections.clear()

    def _read(self, query: Callable[[sqlite3.Connection], T]) -> T:
        connection = self._connection()
        connection.execute("BEGIN")
        try:
            return query(connection)
        finally:
            connection.execute("ROLLBACK")

    def _connection(self) -> sqlite3.Connection:
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = self._local.connection = connect(self._path, is_reader=True, sealer=self._sealer)
            self._connections.append(found)
        return found
