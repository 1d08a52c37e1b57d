"""Where the scorer's evaluations go: first the store, then whoever listens. Implements `scorer.protocols.Sink`."""

from exporters.fanout import Fanout
from exporters.store.base import Store
from scorer.model import Evaluation
from scorer.protocols import Saved


class RecordSink:
    """The record and its listeners."""

    def __init__(self, store: Store, fanout: Fanout) -> None:
        self._store = store
        self._fanout = fanout

    async def save(self, evaluation: Evaluation) -> Saved:
        """Commit; idempotent by submission id. Raises StoreUnavailableError when the store is away."""
        return await self._store.save(evaluation)

    async def publish(self, saved: Saved) -> None:
        """Tell the exporters of a new save; a submission that had been saved before is not told again."""
        if saved.is_new:
            self._fanout.publish(saved.evaluation)
