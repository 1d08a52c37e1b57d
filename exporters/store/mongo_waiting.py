"""Saves that wait for their turn to go to MongoDB, and those of which it is not known whether they were made."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from config.errors import ConflictError
from exporters.store.mongo_documents import Document, Prepared
from scorer.protocols import Saved

BATCH_LIMIT = 100
BATCH_BYTES = 8 * 1024 * 1024
"""What is sent at once; it has to arrive within the driver's limit of about two seconds."""
DOUBT_LIMIT = 10_000
"""Submissions remembered whose save ended in an error that does not say whether it was made."""


@dataclass(slots=True, eq=False)
class Waiting:
    """A save and, once it is known, how it ended."""

    prepared: Prepared
    outcome: Saved | Exception | None = None
    after: int | None = None
    """The revision that it may succeed; None succeeds any."""

    @property
    def session_id(self) -> str:
        """Id of its session."""
        return self.prepared.record.evaluation.session_id

    @property
    def submission_id(self) -> str:
        """Its own id."""
        return self.prepared.record.evaluation.submission_id

    def check_unchanged(self, found: Document | None) -> None:
        """Raise ConflictError where the session is not any more at the revision that this one may succeed."""
        if found is None or found["erased"]:
            raise ConflictError("the session was erased since it was read")
        if found["revision"] != self.after and self.submission_id not in found["submissions"]:
            raise ConflictError("the session was changed since it was read")


class WaitingSaves:
    """Those that nobody has taken yet, in the order they came; bounded by whoever puts them in."""

    def __init__(self) -> None:
        self._saves: deque[Waiting] = deque()

    def put(self, waiting: Waiting) -> None:
        """Let it wait."""
        self._saves.append(waiting)

    def take_back(self, waiting: Waiting) -> bool:
        """Take out one whose caller went away; False when it was taken before."""
        if waiting not in self._saves:
            return False
        self._saves.remove(waiting)
        return True

    def take_batch(self) -> list[Waiting]:
        """Take the next that are to go together, one at least."""
        batch = [self._saves.popleft()]
        size = batch[0].prepared.size_bytes
        while self._saves and len(batch) < BATCH_LIMIT:
            size += self._saves[0].prepared.size_bytes
            if size > BATCH_BYTES:
                break
            batch.append(self._saves.popleft())
        return batch

    def fail_all(self, error: Exception) -> None:
        """Let every one end with that error."""
        for waiting in self._saves:
            waiting.outcome = error
        self._saves.clear()


class Doubts:
    """Submissions that may have been saved without anybody having been told; the newest `DOUBT_LIMIT`."""

    def __init__(self) -> None:
        self._submissions: dict[str, None] = {}  # in order of insertion

    def __contains__(self, submission_id: str) -> bool:
        return submission_id in self._submissions

    def add(self, submission_ids: Iterable[str]) -> None:
        """Remember them."""
        self._submissions |= dict.fromkeys(submission_ids)
        while len(self._submissions) > DOUBT_LIMIT:
            del self._submissions[next(iter(self._submissions))]

    def settle(self, saves: Sequence[Waiting]) -> None:
        """Forget those whose caller is told now."""
        for waiting in saves:
            self._submissions.pop(waiting.submission_id, None)
