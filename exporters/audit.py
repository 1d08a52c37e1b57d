"""The audit's writer: puts drafts into the record's chain, what matters before the answer leaves, the rest together.

Changes, exports and erasures are appended before their answer leaves, in the same batch as whatever waits. Reads,
pushed answers and denials are gathered: those that are alike (same caller, operation, target and outcome) become one
entry with a count, appended every `FLUSH_SECONDS` and at a clean stop. A process that is killed loses at most that.
While the store is away they wait; at `WAITING_LIMIT` different ones the next is refused with 503, never forgotten.
"""

import asyncio
import uuid
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from config.errors import StoreUnavailableError, UnavailableError
from config.logging import get_logger
from exporters.store.audit import Action, AuditStore, Details, Draft, Head, Link, Outcome
from exporters.store.audit_chain import heads_to_text
from scorer.tasks import TaskKeeper

FLUSH_SECONDS = 10.0
CLOSE_SECONDS = 2.0
"""At the stop, time for what waits; the supervisor allows four seconds for everything."""
WAITING_LIMIT = 10_000
BATCH_LIMIT = 500
"""Entries appended at once."""
HEAD_NAME = "audit-head.json"
"""In the data directory: the end of this writer's chain, outside the database. `endurance verify` compares."""

_logger = get_logger("exporters.audit")
_Key = tuple[str, Action, Outcome, str, str | None, int | None, tuple[tuple[str, str | int], ...]]


class AuditLog:
    """One engine's audit. `clock` gives seconds since the epoch; `head_file` is kept up to date when it is given."""

    def __init__(
        self,
        store: AuditStore,
        clock: Callable[[], float],
        head_file: Path | None = None,
        *,
        flush_seconds: float = FLUSH_SECONDS,
        waiting_limit: int = WAITING_LIMIT,
    ) -> None:
        self._store = store
        self._clock = clock
        self._head_file = head_file
        self._flush_seconds = flush_seconds
        self._waiting_limit = waiting_limit
        self._waiting: dict[_Key | str, Draft] = {}  # in order of insertion; by id, what is never joined with another
        self._awaited: dict[str, Link | None] = {}  # by id, where somebody waits for the link
        self._turn = asyncio.Lock()
        self._tasks = TaskKeeper("exporters.audit")

    def draft(
        self,
        actor: str,
        action: Action,
        outcome: Outcome,
        operation: str,
        *,
        target: str | None = None,
        status: int | None = None,
        details: Details | None = None,
    ) -> Draft:
        """Return an entry of this moment."""
        now = datetime.fromtimestamp(self._clock(), UTC)
        return Draft(str(uuid.uuid4()), now, actor, action, outcome, operation, target, status, details=details or {})

    def gather(self, draft: Draft) -> None:
        """Keep the entry for the next batch, joined with one that is like it. Raises UnavailableError when full."""
        key = (
            draft.actor, draft.action, draft.outcome, draft.operation, draft.target, draft.status,
            tuple(sorted(draft.details.items())),
        )  # fmt: skip
        before = self._waiting.get(key)
        if before is not None:
            self._waiting[key] = replace(before, count=before.count + draft.count)
            return
        self.check_room()
        self._waiting[key] = draft

    async def append(self, draft: Draft) -> Link:
        """Write the entry, and what waits, now. Raises UnavailableError; the entry then waits with the others.

        Finished even if the caller is cancelled.
        """
        self.check_room()
        return await asyncio.shield(self._tasks.start(self._append(draft)))

    async def _append(self, draft: Draft) -> Link:
        self._waiting[draft.id], self._awaited[draft.id] = draft, None
        try:
            await self.flush()
        finally:
            link = self._awaited.pop(draft.id)
        assert link is not None  # a flush that returns has appended all that waited before it
        return link

    def check_room(self) -> None:
        """Raise UnavailableError when no further entry can wait: what cannot be written down is not done."""
        if len(self._waiting) >= self._waiting_limit:
            raise UnavailableError("the audit cannot be written: the store has been away for too long")

    async def flush(self) -> None:
        """Append all that waits. Raises StoreUnavailableError; what was not appended waits on."""
        async with self._turn:
            links: list[Link] = []
            while self._waiting:
                keys = list(self._waiting)[:BATCH_LIMIT]
                drafts = [self._waiting.pop(key) for key in keys]
                try:
                    links = await self._store.append_audit(drafts)
                except BaseException:
                    # Before what came meanwhile; under their own ids, since a count must not grow once it was sent.
                    self._waiting = {**{draft.id: draft for draft in drafts}, **self._waiting}
                    raise
                self._awaited |= {link.entry.id: link for link in links if link.entry.id in self._awaited}
            if links and self._head_file is not None:
                await asyncio.to_thread(_keep_head, self._head_file, links[-1])

    async def run(self, stop: asyncio.Event) -> None:
        """Append what waits now and then, and at `stop`; a store that is away is tried again at the next time."""
        while not stop.is_set():
            with suppress(TimeoutError):
                async with asyncio.timeout(self._flush_seconds):
                    await stop.wait()
            # At the stop too, before other parts take their time to end; what they still do, `close` writes.
            await self._try_flush()

    async def close(self) -> None:
        """Append what waits, within bounded time; what the store does not take is lost, and said so."""
        try:
            async with asyncio.timeout(CLOSE_SECONDS):
                await self.flush()
        except (TimeoutError, StoreUnavailableError) as error:
            problem = type(error).__name__
            _logger.error("audit entries are lost at the stop", error=problem, entries=len(self._waiting))  # noqa: TRY400
        await self._tasks.close(0)

    async def _try_flush(self) -> None:
        try:
            await self.flush()
        except StoreUnavailableError as error:
            _logger.warning("the audit waits for the store", error=str(error), entries=len(self._waiting))


def _keep_head(path: Path, last: Link) -> None:
    head = Head(last.entry.writer, last.entry.number, last.hash)
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(heads_to_text({head.writer: head}), encoding="ascii")
        part.replace(path)
    except OSError as error:
        _logger.warning("the audit's head could not be written", path=str(path), error=error.strerror)
