"""An observer that remembers."""

from collections import Counter
from collections.abc import Mapping

from scorer.model import CaptureOutcome
from scorer.protocols import JobOutcome


class FakeObserver:
    """Counts what it is told; `totals` are the proxy's last."""

    def __init__(self) -> None:
        self.jobs: Counter[JobOutcome] = Counter()
        self.captures: Counter[CaptureOutcome] = Counter()
        self.totals: dict[str, int] = {}

    def count_job(self, outcome: JobOutcome) -> None:
        self.jobs[outcome] += 1

    def count_capture(self, outcome: CaptureOutcome) -> None:
        self.captures[outcome] += 1

    def set_proxy_totals(self, totals: Mapping[str, int]) -> None:
        self.totals = dict(totals)
