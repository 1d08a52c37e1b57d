"""What scoring history again asks of a store, beside pages of whole evaluations."""

from datetime import datetime
from typing import Protocol

from scorer.model import Evaluation
from scorer.protocols import Saved


class HistoryStore(Protocol):
    """The part of a store that takes a judgement in the place of an earlier one."""

    async def save_after(self, evaluation: Evaluation, revision: int) -> Saved:
        """Save the evaluation as the successor of that revision and of no other.

        Raises ConflictError when the session was changed or erased since it was read: what was judged is not what is
        stored any more, and a text that is gone must not come back.
        """

    async def count_erased(self, service_id: str | None, since: datetime | None, until: datetime | None) -> int:
        """Return how many sessions of the service, in [since, until), have no text any more; None is no condition."""
