"""The review queue: what a person should judge next, from the stratum of which fewest were judged."""

import heapq
from dataclasses import dataclass

from exporters.store.base import Store
from exporters.store.review import StratumState
from scorer.model import Evaluation


@dataclass(frozen=True, slots=True)
class Waiting:
    """A session that waits for a verdict, and why it comes here."""

    evaluation: Evaluation
    stratum: str
    judged: int
    """Sessions of its stratum that were judged."""


async def waiting_sessions(store: Store, services: frozenset[str] | None, limit: int) -> list[Waiting]:
    """Return what to judge, in order: each time from the stratum with the fewest verdicts, this page's counted in.

    Within a stratum the newest come first. `services` None means all. At most `limit` strata are looked into.
    """
    strata = await store.review_strata()
    states = [one for one in strata if services is None or one.stratum.service_id in services]
    heap = [(one.judged, index) for index, one in enumerate(states)]
    heapq.heapify(heap)
    loaded: dict[int, list[Evaluation]] = {}
    chosen: list[Waiting] = []
    while heap and len(chosen) < limit:
        judged, index = heapq.heappop(heap)
        if index not in loaded:
            loaded[index] = (await store.review_sessions(states[index].stratum, limit))[::-1]
        if loaded[index]:
            chosen.append(_waiting(loaded[index].pop(), states[index]))
            heapq.heappush(heap, (judged + 1, index))
    return chosen


def _waiting(evaluation: Evaluation, state: StratumState) -> Waiting:
    return Waiting(evaluation, state.stratum.name, state.judged)
