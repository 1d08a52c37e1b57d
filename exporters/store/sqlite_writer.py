"""The one thread that writes to SQLite: takes what is waiting, commits it together, tells everyone how it went.

An operation is a function of the open transaction and of nothing else, so that it can be run again: when one of a
batch fails, the batch is taken back and run anew, each in a savepoint of its own; the one that fails then leaves
nothing behind and takes nobody along. Every caller hears only after the commit.
"""

import asyncio
import queue
import sqlite3
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any, TypeVar

from config.errors import StoreUnavailableError
from config.logging import get_logger
from exporters.store.sealed import PLAIN, TextSealer
from exporters.store.sqlite_cleaning import Progress, clean_some, has_cleaning
from exporters.store.sqlite_schema import connect
from exporters.store.sqlite_transaction import Transaction

T = TypeVar("T")
Operation = Callable[[Transaction], T]

WAITING_LIMIT = 1000
"""Operations admitted at once; later callers wait for room."""
ADMISSION_SECONDS = 10.0
"""How long a caller waits for room."""
BATCH_LIMIT = 500
BATCH_SECONDS = 0.05
"""Nobody's commit waits longer for company; measured: batches of 500 save 22,000/s, single ones 7,000/s."""
BUSY_SECONDS = 0.1
"""Pause before the log is tried again that a reader still needs; writes go on meanwhile."""

_logger = get_logger("exporters.store.sqlite_writer")


@dataclass(frozen=True, slots=True)
class _Waiting:
    operation: Operation[Any]
    future: "asyncio.Future[Any]"
    loop: asyncio.AbstractEventLoop


@dataclass(frozen=True, slots=True)
class _Answer:
    waiting: _Waiting
    value: Any
    problem: Exception | None = None


class SqliteWriter:
    """Runs operations one after the other in a thread, many to a transaction."""

    def __init__(
        self, path: Path, begin: Callable[[sqlite3.Connection], Transaction], sealer: TextSealer = PLAIN
    ) -> None:
        self._connection = connect(path, sealer=sealer)
        self._begin = begin
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()  # bounded by `_room`
        self._room = asyncio.Semaphore(WAITING_LIMIT)
        self._is_closing = False
        self.is_failing = False
        """True from a commit that the file or its disk refused until the next that went through."""
        self._has_cleaning = has_cleaning(self._connection)
        self._cleaning_pause = 0.0
        self._thread = threading.Thread(target=self._work, name="store-writer", daemon=True)
        self._thread.start()

    async def run(self, operation: Operation[T]) -> T:
        """Return the operation's result after its commit; a caller that goes away does not undo it.

        Raises what the operation raised, or StoreUnavailableError: closed, full, or SQLite failed; then nothing is
        saved.
        """
        loop = asyncio.get_running_loop()
        await self._admit()
        if self._is_closing:
            self._room.release()
            raise StoreUnavailableError("the store is closed")
        future: asyncio.Future[T] = loop.create_future()
        future.add_done_callback(lambda _: self._room.release())
        self._queue.put(_Waiting(operation, future, loop))
        # No limit of its own: the thread answers every operation, and SQLite's waits end after `BUSY_SECONDS`.
        return await future

    async def _admit(self) -> None:
        if not self._room.locked():  # it does not wait then, and needs no timer
            await self._room.acquire()
            return
        try:
            async with asyncio.timeout(ADMISSION_SECONDS):
                await self._room.acquire()
        except TimeoutError:
            raise StoreUnavailableError("the store is behind: no room for another write") from None

    async def close(self) -> None:
        """Commit what is waiting, then end the thread."""
        if not self._is_closing:
            self._is_closing = True
            self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _work(self) -> None:
        try:
            while (first := self._next()) is not None:
                self._commit(first)
        finally:
            self._connection.close()

    def _next(self) -> _Waiting | None:
        while self._has_cleaning:
            try:
                return self._queue.get(timeout=self._cleaning_pause)
            except queue.Empty:
                self._clean()
        return self._queue.get()

    def _clean(self) -> None:
        try:
            progress = clean_some(self._connection)
        except sqlite3.Error as error:
            # The chore stands in the file: it is taken up at the next erasure or start.
            _logger.warning("cleaning after an erasure was put off", error=str(error))
            self._has_cleaning = False
        else:
            self._has_cleaning = progress is not Progress.DONE
            self._cleaning_pause = BUSY_SECONDS if progress is Progress.BUSY else 0.0

    def _commit(self, first: _Waiting) -> None:
        taken: list[_Waiting] = []
        try:
            try:
                answers = self._run_all(first, taken)
            except sqlite3.Error:
                raise  # the file's fault, not an operation's: nobody's work is safe in this transaction
            except Exception:  # noqa: BLE001 - whose it was is found out below, and its caller is told
                self._connection.execute("ROLLBACK")
                answers = self._run_each(taken)
        except sqlite3.Error as error:
            self._fail(error, taken)
        else:
            _answer(answers)

    def _run_all(self, first: _Waiting, taken: list[_Waiting]) -> list[_Answer]:
        """Commit `first` and whatever waits together; `taken` names them. One that fails, fails all."""
        transaction = self._start()
        answers: list[_Answer] = []
        deadline = time.monotonic() + BATCH_SECONDS
        waiting: _Waiting | None = first
        while waiting is not None:
            taken.append(waiting)
            if not waiting.future.cancelled():
                answers.append(_Answer(waiting, waiting.operation(transaction)))
            waiting = self._take(len(taken), deadline)
        self._finish(transaction)
        return answers

    def _run_each(self, taken: list[_Waiting]) -> list[_Answer]:
        """Commit them again, each in a savepoint: rare, and twice the statements where saves are small."""
        transaction = self._start()
        answers = [self._attempt(transaction, waiting) for waiting in taken if not waiting.future.cancelled()]
        self._finish(transaction)
        return answers

    def _start(self) -> Transaction:
        self._connection.execute("BEGIN IMMEDIATE")
        return self._begin(self._connection)

    def _finish(self, transaction: Transaction) -> None:
        transaction.finish()
        self._connection.execute("COMMIT")
        if self.is_failing:
            self.is_failing = False
            _logger.info("commits go through again")
        self._has_cleaning = self._has_cleaning or transaction.leaves_cleaning

    def _take(self, number: int, deadline: float) -> _Waiting | None:
        if number >= BATCH_LIMIT or time.monotonic() >= deadline:
            return None
        try:
            waiting = self._queue.get_nowait()
        except queue.Empty:
            return None
        if waiting is None:
            self._queue.put(None)  # the sign to end is for the outer loop
        return waiting

    def _attempt(self, transaction: Transaction, waiting: _Waiting) -> _Answer:
        connection = self._connection
        connection.execute("SAVEPOINT operation")
        try:
            answer = _Answer(waiting, waiting.operation(transaction))
        except sqlite3.Error:
            raise
        except Exception as error:  # noqa: BLE001 - a boundary: the caller is told
            connection.execute("ROLLBACK TO operation")
            answer = _Answer(waiting, None, error)
        connection.execute("RELEASE operation")
        return answer

    def _fail(self, error: sqlite3.Error, taken: list[_Waiting]) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        if not self.is_failing:  # once, not for each that tries while a disk is full
            self.is_failing = True
            _logger.error("a commit failed; saves are not made", error=str(error), saves=len(taken))
        problem = f"SQLite could not commit: {error}"
        _answer([_Answer(waiting, None, StoreUnavailableError(problem)) for waiting in taken])


def _answer(answers: list[_Answer]) -> None:
    """Tell the callers, in one message to each loop: a message wakes it up, and costs more than a small save."""
    for loop, group in groupby(answers, key=lambda answer: answer.waiting.loop):
        with suppress(RuntimeError):  # the loop was closed: its callers went with it
            loop.call_soon_threadsafe(_settle, list(group))


def _settle(answers: list[_Answer]) -> None:
    for answer in answers:
        future = answer.waiting.future
        if future.done():  # the caller went away
            continue
        if answer.problem is None:
            future.set_result(answer.value)
        else:
            future.set_exception(answer.problem)
