"""What one engine writes to MongoDB: its saves one after the other, numbered without a gap, each counted once.

Saves that wait together go together: one ordered insert, so that whatever dies when, the numbers in the store are a
beginning of those that were sent. A save stands in its session's `log` until every aggregate counts it. After an error
nothing is assumed: the writer reads where it stands (`_recover`) before it uses another number.
"""

import asyncio
from collections.abc import Callable, Sequence
from zoneinfo import ZoneInfo

from pymongo import ReturnDocument
from pymongo.errors import BulkWriteError, DuplicateKeyError

from config.errors import ConflictError, StoreUnavailableError, TooLargeError
from config.logging import get_logger
from exporters.store.mongo_changes import ATTEMPTS
from exporters.store.mongo_client import Database, create_indexes, driver_errors
from exporters.store.mongo_documents import (
    EVALUATION_FIELDS,
    Document,
    Entry,
    Prepared,
    as_stub,
    entries_of,
    first_document,
    next_change,
    prepare,
    read_counted,
    read_evaluation,
)
from exporters.store.mongo_log import entries_by_number, read_unfinished, settle
from exporters.store.mongo_rollups import last_applied
from exporters.store.mongo_sealing import keep_key
from exporters.store.mongo_subjects import erase_late, forgotten
from exporters.store.mongo_waiting import Doubts, Waiting, WaitingSaves
from exporters.store.record import is_known
from exporters.store.sealed import PLAIN, TextSealer
from scorer.model import Evaluation
from scorer.protocols import Saved

WAITING_LIMIT = 1000
"""Saves admitted at once; later callers wait for room."""
TURN_SECONDS = 30.0
"""How long a save waits for room and for its turn."""
MEND_SECONDS = (2.0, 60.0)
"""After an error, what it left undone is finished so much later, though nobody saves any more; the second time for a
write that was given up here and made there, late."""

_PREVIOUS = dict.fromkeys(("revision", "erased", "submissions", "counted", "log", "review"), 1)
_UNIQUE_BROKEN = 11000
_logger = get_logger("exporters.store.mongo")


class MongoWriter:
    """Saves under one writer id; there is one process with that id."""

    def __init__(
        self,
        database: Database,
        writer: str,
        zone: ZoneInfo,
        clock: Callable[[], float],
        sealer: TextSealer = PLAIN,
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._sessions = database["sessions"]
        self._writer = writer
        self._zone = zone
        self._clock = clock
        self._turn = asyncio.Lock()
        self._room = asyncio.Semaphore(WAITING_LIMIT)
        self._waiting = WaitingSaves()
        self._doubts = Doubts()
        self._is_in_doubt = asyncio.Event()
        self._is_in_doubt.set()  # the process before may have died in a save
        self._is_first = True  # whether this process has yet to read where it stands
        self._is_certain = False  # whether `_last` and the aggregates are known to agree with the store
        self._last = 0

    async def ready(self) -> None:
        """Create indexes and finish what an error or a crash left undone, if anything; nothing is sent otherwise."""
        if self._is_certain:
            return
        await self._acquire(self._turn)
        try:
            if not self._is_certain:
                await self._recover()
        finally:
            self._turn.release()

    async def mend(self) -> None:
        """Finish what errors left undone, until cancelled."""
        while True:
            await self._is_in_doubt.wait()
            self._is_in_doubt.clear()
            for pause in MEND_SECONDS:
                await asyncio.sleep(pause)
                if not await self._finish():
                    self._is_in_doubt.set()
                    break

    async def _finish(self) -> bool:
        try:
            await self._acquire(self._turn)
            try:
                await self._recover()
            finally:
                self._turn.release()
        except Exception as error:  # noqa: BLE001 - a boundary: whoever saves next is told of the same, if it lasts
            _logger.debug("what an error left undone waits", error=type(error).__name__)
            return False
        return True

    async def save(self, evaluation: Evaluation, after: int | None = None) -> Saved:
        """Save as `Store.save` says, or with a revision `after` as `HistoryStore.save_after` does."""
        await self._acquire(self._room)
        try:
            prepared = await asyncio.to_thread(prepare, evaluation, self._zone, self._sealer)
            return await self._save(Waiting(prepared, after=after))
        finally:
            self._room.release()

    async def _save(self, waiting: Waiting) -> Saved:
        self._waiting.put(waiting)
        try:
            await self._acquire(self._turn)
            try:
                # Whoever had the turn before may have taken this one along.
                while waiting.outcome is None:
                    await self._save_some()
            finally:
                self._turn.release()
        except BaseException:
            if not self._waiting.take_back(waiting):
                self._doubts.add([waiting.submission_id])
            raise
        if isinstance(waiting.outcome, Saved):
            return waiting.outcome
        raise waiting.outcome

    async def _acquire(self, gate: asyncio.Lock | asyncio.Semaphore) -> None:
        try:
            async with asyncio.timeout(TURN_SECONDS):
                await gate.acquire()
        except TimeoutError:
            raise StoreUnavailableError("the store is behind: a save did not get its turn") from None

    async def _save_some(self) -> None:
        batch = self._waiting.take_batch()
        await self._try(batch)
        if len(batch) > 1 and any(isinstance(waiting.outcome, TooLargeError) for waiting in batch):
            for waiting in batch:  # one of them is; the others are not to suffer for it
                waiting.outcome = None
                await self._try([waiting])

    async def _try(self, batch: Sequence[Waiting]) -> None:
        try:
            if not self._is_certain:
                await self._recover()
            async with driver_errors():
                await self._commit(batch)
        except Exception as error:  # noqa: BLE001 - a boundary: every caller of the batch is told
            self._abandon(batch, error)
        except BaseException:
            self._abandon(batch, StoreUnavailableError("the save was interrupted; it may have been made"))
            raise

    def _abandon(self, batch: Sequence[Waiting], error: Exception) -> None:
        self._is_certain = False
        self._is_in_doubt.set()
        self._doubts.add(waiting.submission_id for waiting in batch)
        for waiting in batch:
            waiting.outcome = error
        if isinstance(error, StoreUnavailableError):
            # Those behind would find the same, one time limit later each.
            self._waiting.fail_all(error)

    async def _commit(self, batch: Sequence[Waiting]) -> None:
        erased = await forgotten(self._database, [waiting.prepared.record.evaluation for waiting in batch])
        for waiting in batch:
            if waiting.session_id in erased and not waiting.prepared.is_stub:
                waiting.prepared = as_stub(waiting.prepared)
        ids = [waiting.session_id for waiting in batch]
        known = {found["_id"] async for found in self._sessions.find({"_id": {"$in": ids}}, {"_id": 1})}
        fresh: list[Waiting] = []
        for waiting in batch:
            if waiting.session_id not in known and waiting.after is None:
                known.add(waiting.session_id)
                fresh.append(waiting)
        entries = await self._insert(fresh)
        outcomes = [(waiting, Saved(waiting.prepared.record.evaluation, is_new=True)) for waiting in fresh]
        del outcomes[len(entries) :]
        inserted = {waiting for waiting, _ in outcomes}
        for waiting in batch:
            if waiting not in inserted:
                try:
                    saved, entry = await self._save_one(waiting)
                except ConflictError as error:
                    waiting.outcome = error
                    continue
                outcomes.append((waiting, saved))
                entries += [] if entry is None else [entry]
        await self._settle(entries)
        await erase_late(self._database, [saved.evaluation for _, saved in outcomes])
        for waiting, saved in outcomes:
            waiting.outcome = saved
        self._doubts.settle([waiting for waiting, _ in outcomes])

    async def _insert(self, fresh: Sequence[Waiting]) -> list[Entry]:
        """Insert new sessions in order; return the saves that were made, a beginning of `fresh`."""
        numbered = list(enumerate(fresh, start=self._last + 1))
        if not numbered:
            return []
        made = len(numbered)
        try:
            await self._sessions.insert_many(
                [first_document(waiting.prepared, self._writer, number) for number, waiting in numbered]
            )
        except BulkWriteError as error:
            if any(problem["code"] != _UNIQUE_BROKEN for problem in error.details["writeErrors"]):
                raise
            made = error.details["nInserted"]
        self._last += made
        return [_entry(number, waiting) for number, waiting in numbered[:made]]

    async def _save_one(self, waiting: Waiting) -> tuple[Saved, Entry | None]:
        """Insert or replace one session; the entry is None when the submission had been saved before."""
        prepared = waiting.prepared
        for _ in range(ATTEMPTS):
            found = await self._sessions.find_one({"_id": waiting.session_id}, _PREVIOUS)
            number = self._last + 1
            try:
                if waiting.after is not None:
                    waiting.check_unchanged(found)
                if found is None:
                    await self._sessions.insert_one(first_document(prepared, self._writer, number))
                    self._last = number
                    return Saved(prepared.record.evaluation, is_new=True), _entry(number, waiting)
                if is_known(found["submissions"], waiting.submission_id):
                    return await self._saved_before(waiting, found), None
                after = await self._sessions.find_one_and_update(
                    {"_id": waiting.session_id, "revision": found["revision"], "erased": found["erased"]},
                    next_change(prepared, self._writer, number, found),
                    EVALUATION_FIELDS,
                    return_document=ReturnDocument.AFTER,
                )
            except DuplicateKeyError:
                # Somebody else's session, or our own number: a late write whose outcome we had not heard.
                await self._recover()
                continue
            if after is not None:
                self._last = number
                entry = Entry(number, waiting.session_id, prepared.counted, read_counted(found["counted"]))
                return Saved(_evaluation_of(prepared, after), is_new=True), entry
        raise StoreUnavailableError("other writers keep changing the same session")

    async def _saved_before(self, waiting: Waiting, found: Document) -> Saved:
        if entries_of(found, self._writer):
            await self._recover()  # it arrived late: its aggregates are still to be moved
        # In doubt, nobody was told of the save yet: this answer is the first.
        is_new = waiting.submission_id in self._doubts
        kept = await self._sessions.find_one({"_id": waiting.session_id, "erased": False}, EVALUATION_FIELDS)
        return Saved(waiting.prepared.record.evaluation if kept is None else read_evaluation(kept), is_new=is_new)

    async def _settle(self, entries: Sequence[Entry]) -> None:
        await settle(self._database, self._writer, entries, int(self._clock() * 1000))

    async def _recover(self) -> None:
        """Read the writer's last number and finish every save whose aggregates may be missing."""
        async with driver_errors():
            if self._is_first:
                await create_indexes(self._database)
                await keep_key(self._database, self._sealer)
            last = await last_applied(self._database, self._writer)
            unfinished = await read_unfinished(self._database, self._writer)
            if self._is_first:
                # The process before died in the middle of them: nobody was told.
                self._doubts.add(document["submissions"][-1] for document in unfinished)
            entries = entries_by_number(unfinished, self._writer)
            await self._settle(entries)
        self._last = max([last, *(entry.number for entry in entries)])
        self._is_certain, self._is_first = True, False


def _evaluation_of(prepared: Prepared, after: Document) -> Evaluation:
    if prepared.is_stub:
        return prepared.record.evaluation.model_copy(update={"revision": after["revision"]})
    return read_evaluation(after)


def _entry(number: int, waiting: Waiting) -> Entry:
    return Entry(number, waiting.session_id, waiting.prepared.counted, None)
