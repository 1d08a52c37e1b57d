"""The one thread that touches the spool's file: it takes operations from the event loop and commits them in groups.

Whatever waits when the thread is free goes into one transaction, so the cost of a commit is shared under load and
nobody waits for company when idle. A file that turns out damaged is renamed aside, replaced by a new one, and the
group runs again on that: an operation must give the same answer when it is run twice.
"""

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from config.errors import ConfigurationError, EnduranceError, QueueFullError, UnavailableError
from config.logging import get_logger
from scorer.queue.cipher import Cipher
from scorer.queue.damage import aside, erase, is_damage, set_aside
from scorer.queue.spool_file import NO_CIPHER, SpoolFile, SpoolState

T = TypeVar("T")

GROUP_LIMIT = 256
"""Most operations in one commit."""
WAITING_LIMIT = 1024
"""Most operations that wait for the thread; one more waits on the event loop for a place."""
TIDY_SECONDS = 1.0
"""Idle for so long, the thread gives space back and empties the log."""
BUSY_TIDY_SECONDS = 10.0
"""Never idle, it does so after this long: the log holds what was acked until it is emptied."""

_logger = get_logger("scorer.queue.spool")


@dataclass(slots=True)
class _Operation:
    work: Callable[[SpoolFile], Any]
    future: asyncio.Future[Any]
    result: Any = None
    error: BaseException | None = None


class SpoolWriter:
    """Runs operations on the spool's file, in order, each of them durable before its caller hears of it."""

    def __init__(
        self,
        path: Path,
        limit_bytes: int,
        dead_letter_limit: int,
        clock: Callable[[], float],
        cipher: Cipher = NO_CIPHER,
        *,
        keeps_words: bool = True,
        busy_tidy_seconds: float = BUSY_TIDY_SECONDS,
    ) -> None:
        """Without `keeps_words` a damaged file is erased, and dead letters keep their reason alone."""
        self._path = path
        self._limit_bytes = limit_bytes
        self._dead_letter_limit = dead_letter_limit
        self._clock = clock
        self._cipher = cipher
        self._keeps_words = keeps_words
        self._busy_tidy_seconds = busy_tidy_seconds
        self._queue: queue.SimpleQueue[_Operation | None] = queue.SimpleQueue()
        self._places = asyncio.Semaphore(WAITING_LIMIT)
        self._thread: threading.Thread | None = None
        self._file: SpoolFile | None = None  # the thread's alone
        self._failure: str | None = None  # why the last write was refused; the thread's alone
        self.state = SpoolState()
        """As of the last commit that a caller was told of; read on the event loop without touching the file."""
        self.damaged = 0
        """Files renamed aside so far."""

    async def open(self) -> None:
        """Open the file, check it, and start the thread. Raises ConfigurationError where that cannot be done."""
        self._loop = asyncio.get_running_loop()
        opened: asyncio.Future[None] = self._loop.create_future()
        # A daemon: a process that fails elsewhere must be able to end without closing the spool.
        self._thread = threading.Thread(target=self._run, args=(opened,), name="spool", daemon=True)
        self._thread.start()
        await opened

    async def do(self, work: Callable[[SpoolFile], T]) -> T:
        """Run the work and return its result once it is durable.

        Raises what the work raises, and UnavailableError when the disk does not do its part. Work whose caller was
        cancelled may still be done.
        """
        await self._places.acquire()
        if self._thread is None:
            self._places.release()
            raise UnavailableError("the spool is closed")
        operation = _Operation(work, self._loop.create_future())
        operation.future.add_done_callback(lambda _: self._places.release())
        self._queue.put(operation)
        result: T = await operation.future
        return result

    def files_aside(self) -> tuple[str, ...]:
        """Return the names of damaged files that were renamed. Blocks."""
        return aside(self._path)

    async def close(self) -> None:
        """Finish what waits, close the file and end the thread."""
        thread, self._thread = self._thread, None
        if thread is not None:
            self._queue.put(None)
            await asyncio.to_thread(thread.join)

    def _run(self, opened: asyncio.Future[None]) -> None:
        try:
            self._file = self._open_file()
        except (ConfigurationError, OSError, sqlite3.Error) as error:
            self._tell(self._fail_opening, opened, error)
            return
        self._tell(self._finish_opening, opened, self._file.state)
        tidied_at = self._loop.time()
        while group := self._next_group():
            self._run_group(group)
            self._tell(self._settle, group, self._present_state())
            if self._loop.time() - tidied_at >= self._busy_tidy_seconds:
                self._tidy()
                tidied_at = self._loop.time()
        self._drop_file()

    def _next_group(self) -> list[_Operation]:
        """Wait for work; an empty list ends the thread."""
        first = self._next_or_tidy()
        group: list[_Operation] = []
        while first is not None:
            group.append(first)
            if len(group) == GROUP_LIMIT or self._queue.empty():
                return group
            first = self._queue.get()
        if group:
            self._queue.put(None)
        return group

    def _next_or_tidy(self) -> _Operation | None:
        is_tidy = False
        while not is_tidy:
            try:
                return self._queue.get(timeout=TIDY_SECONDS)
            except queue.Empty:
                is_tidy = self._tidy()
        return self._queue.get()

    def _run_group(self, group: list[_Operation]) -> None:
        """Run the group in one transaction, on a new file when this one is damaged; leaves each its result or error."""
        try:
            try:
                self._commit(group)
            except sqlite3.DatabaseError as error:
                if not is_damage(error):
                    raise
                self._drop_file()
                self._set_aside(error)
                self._commit(group)
        except Exception as error:  # noqa: BLE001  the thread's boundary: whatever it was, its callers are told
            self._refuse(group, error)

    def _commit(self, group: list[_Operation]) -> None:
        if self._file is None:
            self._file = self._open_file()
        self._file.begin()
        for operation in group:
            operation.result = operation.error = None
            try:
                operation.result = operation.work(self._file)
            except EnduranceError as error:  # a refusal, raised before anything was written
                operation.error = error
        # Not where nothing was to be written: that goes well on a full disk.
        if self._file.commit() and self._failure is not None:
            self._failure = None
            _logger.info("the spool can be written again")

    def _refuse(self, group: list[_Operation], error: Exception) -> None:
        name = getattr(error, "sqlite_errorname", type(error).__name__)
        if name != self._failure:  # once, not for each that tries while a disk is full
            self._failure = name
            _logger.error("the spool cannot be written", error=name)
        is_full = getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_FULL
        for operation in group:
            operation.result = None
            operation.error = (
                QueueFullError("the spool's disk is full") if is_full else UnavailableError(f"the spool: {name}")
            )
        try:
            if self._file is not None:
                self._file.roll_back()
        except sqlite3.Error:
            self._drop_file()  # opened again, and checked, by the next group

    def _present_state(self) -> SpoolState:
        return SpoolState() if self._file is None else self._file.state

    def _drop_file(self) -> None:
        file, self._file = self._file, None
        if file is not None:
            file.close()

    def _open_file(self) -> SpoolFile:
        try:
            return self._make_file()
        except sqlite3.DatabaseError as error:
            if not is_damage(error):
                raise
            self._set_aside(error)
            return self._make_file()

    def _make_file(self) -> SpoolFile:
        return SpoolFile(
            self._path, self._limit_bytes, self._dead_letter_limit, self._cipher, keeps_words=self._keeps_words
        )

    def _set_aside(self, error: sqlite3.DatabaseError) -> None:
        self.damaged += 1
        name = getattr(error, "sqlite_errorname", str(error))
        if not self._keeps_words:
            erase(self._path)
            _logger.error("the spool is damaged; it was erased and a new one begun", error=name)
            return
        target = set_aside(self._path, self._clock())
        _logger.error("the spool is damaged; it was renamed and a new one begun", error=name, renamed_to=str(target))

    def _tidy(self) -> bool:
        """Tidy a step; False when more is left to do."""
        try:
            return self._file is None or self._file.tidy()
        except sqlite3.DatabaseError as error:
            # Nothing depends on it; a damage shows again at the next operation, which knows what to do.
            _logger.warning("the spool could not be tidied", error=getattr(error, "sqlite_errorname", str(error)))
            return True

    def _tell(self, callback: Callable[..., None], *args: object) -> None:
        try:
            self._loop.call_soon_threadsafe(callback, *args)
        except RuntimeError:
            # The loop was closed without closing the spool: nobody is left to hear of it.
            _logger.debug("the event loop ended before the spool")

    def _finish_opening(self, opened: asyncio.Future[None], state: SpoolState) -> None:
        self.state = state
        if not opened.done():
            opened.set_result(None)

    def _fail_opening(self, opened: asyncio.Future[None], error: Exception) -> None:
        self._thread = None
        if not opened.done():
            if not isinstance(error, ConfigurationError):
                error = ConfigurationError(f"data_dir: the spool {self._path} cannot be opened: {error}")
            opened.set_exception(error)

    def _settle(self, group: list[_Operation], state: SpoolState) -> None:
        self.state = state
        for operation in group:
            if operation.future.done():  # its caller was cancelled
                continue
            if operation.error is not None:
                operation.future.set_exception(operation.error)
            else:
                operation.future.set_result(operation.result)
