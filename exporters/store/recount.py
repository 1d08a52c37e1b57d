"""The aggregates once more, from the sessions themselves, and how they differ from the ones that are kept. Pure.

A session is counted by its document. An erased one has none: for it stands what it noted when it was saved, as does
the day, which follows the time zone of the save.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from exporters.store.base import Difference
from exporters.store.moments import from_ms
from exporters.store.rollups import BucketKey, Counted, Counts, Level, count
from scorer.model import Evaluation

SESSION_LEVEL = "session"


class Recount:
    """Sums over sessions, and the notes of theirs that are wrong."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._sums: dict[BucketKey, Counter[str]] = {}
        self.sessions = 0
        self.wrong_notes: dict[str, tuple[Counted, Counted]] = {}
        """By session id: what is noted, and what is right."""

    def add(self, session_id: str, noted: Counted, evaluation: Evaluation | None) -> None:
        """Count one session; `evaluation` is None when it is erased."""
        right = noted
        if evaluation is not None:
            right = replace(count(evaluation, self._zone), day_ms=noted.day_ms)
            if right != noted:
                self.wrong_notes[session_id] = (noted, right)
        self.sessions += 1
        for key in right.keys():
            self._sums.setdefault(key, Counter()).update(right.counts)

    def compare(self, kept: Mapping[BucketKey, Counts]) -> dict[BucketKey, Counts]:
        """Return what has to be added to each kept bucket that is wrong."""
        wrong = {}
        for key in sorted({*self._sums, *kept}, key=lambda key: (key.level, key.start_ms, key.service_id)):
            change = Counter(self._sums.get(key, Counter()))
            change.subtract(kept.get(key, {}))
            if found := {name: number for name, number in change.items() if number}:
                wrong[key] = found
        return wrong

    def right(self, key: BucketKey) -> Counts:
        """Return what a bucket's counters should be; empty for one without sessions."""
        return {name: number for name, number in self._sums.get(key, Counter()).items() if number}

    def differences(self, kept: Mapping[BucketKey, Counts]) -> tuple[Difference, ...]:
        """Return every counter that is wrong: sessions' notes first, then buckets by level, start and service."""
        found = []
        for session_id, (noted, right) in self.wrong_notes.items():
            found += _between(SESSION_LEVEL, None, session_id, noted.counts, right.counts)
        for key in self.compare(kept):
            start = None if key.level is Level.SERVICE else key.start_ms
            found += _between(key.level.value, start, key.service_id, kept.get(key, {}), self.right(key))
        return tuple(found)


def _between(level: str, start_ms: int | None, name: str, kept: Counts, counted: Counts) -> Iterable[Difference]:
    start = None if start_ms is None else from_ms(start_ms)
    for counter in sorted({*kept, *counted}):
        if kept.get(counter, 0) != counted.get(counter, 0):
            yield Difference(level, start, name, counter, kept.get(counter, 0), counted.get(counter, 0))
