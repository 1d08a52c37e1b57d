"""What the engine counts or is told of itself, as Prometheus families: captures, queue, store, feed.

A state that nobody knows (a queue that does not answer) has no sample: zero would be a made-up number.
"""

from collections import Counter
from collections.abc import Iterable
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from exporters.proxy_totals import ProxyTotals
from scorer.model import CaptureOutcome
from scorer.protocols import QueueStats

# Decided in the proxy, which counts them all. The engine sees the copies of some and would count these twice;
# only a drop is an event of its own in either process, and drops are added up.
PROXY_OUTCOMES: Final = {
    CaptureOutcome.DROPPED: "capture.dropped",
    CaptureOutcome.OPTED_OUT: "capture.opted_out",
    CaptureOutcome.META_ONLY: "capture.meta_only",
    CaptureOutcome.UPGRADED: "capture.upgraded",
    CaptureOutcome.NOISE: "capture.noise",
    CaptureOutcome.FILTERED: "capture.filtered",
    CaptureOutcome.UNSAMPLED: "capture.unsampled",
}


class Captures(Collector):
    """What became of the exchanges that passed the proxy."""

    def __init__(self, proxy: ProxyTotals) -> None:
        self._proxy = proxy
        self._counts: Counter[CaptureOutcome] = Counter()

    def count(self, outcome: CaptureOutcome) -> None:
        """One copied exchange was read, and was this."""
        self._counts[outcome] += 1

    def collect(self) -> Iterable[Metric]:
        """Yield one family with a sample for every outcome."""
        family = CounterMetricFamily(
            "endurance_capture", "Exchanges that passed the proxy by what became of their copies.", labels=("outcome",)
        )
        for outcome in CaptureOutcome:
            family.add_metric((outcome.value,), self._total(outcome))
        yield family

    def _total(self, outcome: CaptureOutcome) -> int:
        if outcome not in PROXY_OUTCOMES:
            return self._counts[outcome]
        own = self._counts[outcome] if outcome is CaptureOutcome.DROPPED else 0
        return own + self._proxy.total(PROXY_OUTCOMES[outcome])


class EngineState(Collector):
    """Gauges that are set just before a scrape."""

    def __init__(self, started_at: float) -> None:
        """`started_at`: when this process began, seconds since the epoch."""
        self._started_at = started_at
        self.spool_limit_bytes: int | None = None
        self.queue: QueueStats | None = None
        self.spool: QueueStats | None = None
        self.is_store_up: bool | None = None
        self.feed_clients = 0
        self.feed_overflows = 0

    def collect(self) -> Iterable[Metric]:
        """Yield every family of the engine's state."""
        yield from self._queue_families()
        yield _gauge("endurance_engine_start_time_seconds", "When the engine began.", self._started_at)
        yield _gauge("endurance_spool_limit_bytes", "Most that the queued copies may take.", self.spool_limit_bytes)
        yield _gauge("endurance_store_up", "1 while the store answers.", self.is_store_up)
        yield _gauge("endurance_feed_clients", "Clients of the live feed.", self.feed_clients)
        yield _counter("endurance_feed_overflows", "Feed clients cut off for reading too slowly.", self.feed_overflows)

    def _queue_families(self) -> Iterable[Metric]:
        depth, oldest, dead, leased = (
            (None,) * 4
            if self.queue is None
            else (self.queue.depth, self.queue.oldest_seconds, self.queue.dead, self.queue.leased)
        )
        yield _gauge("endurance_queue_depth", "Jobs waiting or leased.", depth)
        yield _gauge("endurance_queue_leased", "Jobs that workers hold, where the queue is shared.", leased)
        yield _gauge("endurance_queue_oldest_seconds", "Age of the oldest job; 0 when there is none.", oldest)
        yield _gauge("endurance_queue_dead_letters", "Dead letters kept.", dead)
        yield from self._spool_families()

    def _spool_families(self) -> Iterable[Metric]:
        waiting, oldest, size, damaged = (
            (None,) * 4
            if self.spool is None
            else (self.spool.depth, self.spool.oldest_seconds, self.spool.size_bytes, self.spool.damaged)
        )
        yield _gauge("endurance_spool_jobs", "Jobs that wait on this machine, to be scored or sent on.", waiting)
        yield _gauge("endurance_spool_oldest_seconds", "Age of the oldest of them; 0 when there is none.", oldest)
        yield _gauge("endurance_spool_bytes", "Size of the queued copies.", size)
        yield _counter("endurance_spool_damaged", "Damaged spool files renamed aside since start.", damaged)


def _gauge(name: str, documentation: str, value: float | None) -> Metric:
    family = GaugeMetricFamily(name, documentation, labels=())
    if value is not None:
        family.add_metric((), value)
    return family


def _counter(name: str, documentation: str, value: float | None) -> Metric:
    family = CounterMetricFamily(name, documentation, labels=())
    if value is not None:
        family.add_metric((), value)
    return family
