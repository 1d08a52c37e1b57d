"""The aggregates once more, from the sessions themselves, and how they differ from the ones that are kept. Pure.

A session is counted by its document. An erased one has none: for it stands what it noted when it was saved, as does
the day, which follows the time zone of the save. Of one whose scores have expired too, only that it was there is known:
in the buckets of such sessions nothing but their number can be compared.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from zoneinfo import ZoneInfo

from exporters.store.base import Difference
from exporters.store.moments import from_ms
from exporters.store.rollups import BucketKey, Counted, Counts, Level, add, count
from scorer.model import Evaluation

SESSION_LEVEL = "session"


class Recount:
    """Sums over sessions, and the notes of theirs that are wrong."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._sums: dict[BucketKey, Counter[str]] = {}
        self._partial: set[BucketKey] = set()
        self.sessions = 0
        self.wrong_notes: dict[str, tuple[Counted, Counted]] = {}
        """By session id: what is noted, and what is right."""

    def add(self, session_id: str, noted: Counted, evaluation: Evaluation | None, *, is_expired: bool = False) -> None:
        """Count one session; `evaluation` is None when it is erased, `is_expired` when its scores are gone as well."""
        right = noted
        if evaluation is not None:
            right = replace(count(evaluation, self._zone), day_ms=noted.day_ms)
            if right != noted:
                self.wrong_notes[session_id] = (noted, right)
        self.sessions += 1
        for key in right.keys():  # noqa: SIM118 - a method of `Counted`, which is no dict
            self._sums.setdefault(key, Counter()).update(right.counts)
        if is_expired:
            self._partial.update(right.keys())

    def compare(self, kept: Mapping[BucketKey, Counts]) -> dict[BucketKey, Counts]:
        """Return what has to be added to each kept bucket that is wrong."""
        wrong: dict[BucketKey, Counts] = {}
        for key in sorted({*self._sums, *kept}, key=lambda key: (key.level, key.start_ms, key.service_id)):
            change = Counter(self._sums.get(key, Counter()))
            change.subtract(kept.get(key, {}))
            names = {"sessions"} if key in self._partial else change.keys()
            if found := {name: change[name] for name in names if change[name]}:
                wrong[key] = found
        return wrong

    def differences(self, kept: Mapping[BucketKey, Counts]) -> tuple[Difference, ...]:
        """Return every counter that is wrong: sessions' notes first, then buckets by level, start and service."""
        found: list[Difference] = []
        for session_id, (noted, right) in self.wrong_notes.items():
            found += _between(SESSION_LEVEL, None, session_id, noted.counts, right.counts)
        for key, change in self.compare(kept).items():
            start = None if key.level is Level.SERVICE else key.start_ms
            before = kept.get(key, {})
            found += _between(key.level.value, start, key.service_id, before, add(before, change))
        return tuple(found)


def _between(level: str, start_ms: int | None, name: str, kept: Counts, counted: Counts) -> Iterable[Difference]:
    start = None if start_ms is None else from_ms(start_ms)
    for counter in sorted({*kept, *counted}):
        if kept.get(counter, 0) != counted.get(counter, 0):
            yield Difference(level, start, name, counter, kept.get(counter, 0), counted.get(counter, 0))
