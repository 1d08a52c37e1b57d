"""The erasure of a person: from the record, from dead letters, and from what is still to come. It ends in a receipt.

One engine erases; every engine on the record follows, and empties the dead letters of its own queue.

Jobs that wait are not searched: whose they are stands in bytes that nobody has read yet. They are scored as ever, and
the store, which remembers the erasure, keeps a stub of them; the queue deletes their bytes when they are acked. Dead
letters are copies that could not be read, so whose they are is not known either: all of them lose their words, but
those that a client pushed in another person's name, or in nobody's.
"""

import asyncio
import uuid
from collections.abc import Callable, Set
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from config.errors import UnavailableError
from config.logging import get_logger
from exporters.store.base import Store
from exporters.store.moments import EPOCH
from exporters.store.subjects import Erasure, Traces
from scorer.model import Exchange, Moment, Value
from scorer.protocols import Job, JobKind, Queue

STEP_LIMIT = 100
"""Sessions in one step, so that saves get in between."""
CLEAN_SECONDS = 5.0
"""How long the answer waits for the store's files to be clean; they are cleaned afterwards all the same."""
LAG = timedelta(seconds=5)
"""A copy reaches the queue so long after its exchange ended: the proxy holds it until the engine acknowledges it."""


OVERLAP = timedelta(minutes=5)
PAUSE_SECONDS = 60.0
STATE_NAME = "erasures-followed"
"""In the data directory of each engine."""

_logger = get_logger("exporters.subjects")


class Receipt(Value):
    """What was erased where, and what is still to go by itself."""

    id: str
    """UUID of this erasure."""
    end_user: str
    """Whose text it was: the salted hash."""
    at: Moment
    """What the person wrote up to then is not kept, also where it is saved later."""
    sessions: int
    """Sessions whose text was erased; each stays in the counts as a stub."""
    feedback: int
    """People's verdicts that went with them, comments included."""
    dead_letters: int
    """Dead letters whose words were erased: the person's, and those whose person cannot be told."""
    waiting_jobs: int
    """Jobs in the queue: of those that are the person's no text is kept, once they are scored."""
    damaged_files: tuple[str, ...] = ()
    """Damaged queue files, renamed aside. They may hold anybody's words and cannot be searched: delete them."""
    traces: Traces
    """Whether anything is left in the store's own index, log or journal."""

    def counts(self) -> dict[str, str | int]:
        """Return what of it goes into the audit."""
        return {"receipt": self.id, **{name: getattr(self, name) for name in _COUNTS}, "traces": self.traces.value}


_COUNTS = ("sessions", "feedback", "dead_letters", "waiting_jobs")


class SubjectEraser:
    """Erases people from one installation."""

    def __init__(
        self,
        store: Store,
        queue: Queue,
        clock: Callable[[], float],
        new_id: Callable[[], str] = lambda: str(uuid.uuid4()),
        clean_seconds: float = CLEAN_SECONDS,
    ) -> None:
        """`clock` gives seconds since the epoch."""
        self._store = store
        self._queue = queue
        self._clock = clock
        self._new_id = new_id
        self._clean_seconds = clean_seconds

    async def erase(self, end_user: str) -> Receipt:
        """Erase everything of a person, known or not, and return the receipt. To be repeated after an error.

        Raises UnavailableError: store or queue is away; what was erased until then stays erased.
        """
        now = datetime.fromtimestamp(self._clock(), UTC)
        sessions = feedback = 0
        is_done = False
        while not is_done:
            step = await self._store.erase_subject(end_user, now, STEP_LIMIT)
            sessions, feedback = sessions + step.sessions, feedback + step.feedback
            is_done = step.sessions < STEP_LIMIT
        letters = await self._queue.erase_dead_letters(
            lambda job: is_anothers(job, {end_user}), (now + LAG).timestamp()
        )
        return Receipt(
            id=self._new_id(),
            end_user=end_user,
            at=now,
            sessions=sessions,
            feedback=feedback,
            dead_letters=letters.letters,
            waiting_jobs=(await self._queue.stats()).depth,
            damaged_files=letters.files_aside,
            traces=await self._store.clean(self._clean_seconds),
        )


class SubjectFollower:
    """Empties the dead letters of one engine's queue after every erasure on the record, its own that was cut off too.

    How far it has come stands in a file; clocks of the engines may differ by `OVERLAP`.
    """

    def __init__(self, store: Store, queue: Queue, state_file: Path, pause_seconds: float = PAUSE_SECONDS) -> None:
        self._store = store
        self._queue = queue
        self._state_file = state_file
        self._pause_seconds = pause_seconds
        self._seen: set[Erasure] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Look now and then, until `stop`; a store or a queue that is away is asked again the next time."""
        while not stop.is_set():
            try:
                await self.follow()
            except UnavailableError as error:
                _logger.warning("erasures wait for the store or the queue", error=str(error))
            try:
                async with asyncio.timeout(self._pause_seconds):
                    await stop.wait()
            except TimeoutError:
                continue

    async def follow(self) -> int:
        """Apply what is new; return how many letters were emptied. Raises UnavailableError."""
        done = await asyncio.to_thread(_read_moment, self._state_file)
        found = await self._store.erasures(done - OVERLAP)
        new = [one for one in found if one not in self._seen]
        if not new:
            return 0
        people, last = {one.end_user for one in new}, max(one.until for one in new)
        letters = await self._queue.erase_dead_letters(lambda job: is_anothers(job, people), (last + LAG).timestamp())
        self._seen = set(found)
        await asyncio.to_thread(_write_moment, self._state_file, max(done, last))
        return letters.letters


def _read_moment(path: Path) -> datetime:
    """Return what the file says; without one, or with another text, the first moment: all is applied again."""
    try:
        return datetime.fromisoformat(path.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        return EPOCH + OVERLAP


def _write_moment(path: Path, moment: datetime) -> None:
    part = path.with_name(path.name + ".part")
    try:
        part.write_text(moment.isoformat() + "\n", encoding="ascii")
        part.replace(path)
    except OSError as error:  # it is applied again after a restart, which does no harm
        _logger.warning("how far erasures were followed could not be written", path=str(path), error=error.strerror)


def is_anothers(job: Job, end_users: Set[str]) -> bool:
    """Say whether a job is known to be another person's, or nobody's: only such a one keeps its words."""
    if job.kind is not JobKind.EVALUATE:
        return False
    try:
        return Exchange.model_validate_json(job.payload).end_user not in end_users
    except ValidationError:
        return False
