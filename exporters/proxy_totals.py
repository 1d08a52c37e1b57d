"""The proxy's counters as Prometheus families: totals that another process counted, so nothing is incremented here.

The proxy sends totals since its own start (`scorer.frames.COUNTER_NAMES`); a restart is an ordinary counter reset.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.registry import Collector

from scorer.frames import COUNTER_NAMES, OVERHEAD_BUCKETS_US

_REQUESTS: Final = "requests."
_CLASSES: Final = tuple(name.removeprefix(_REQUESTS) for name in COUNTER_NAMES if name.startswith(_REQUESTS))
_MICROSECONDS: Final = 1_000_000

_GAUGES: Final = (
    ("open.connections", "endurance_proxy_open_connections", "Client connections that are open."),
    ("open.exchanges", "endurance_proxy_open_exchanges", "Exchanges that have begun and not ended."),
    ("engine.connected", "endurance_proxy_engine_connected", "1 while the proxy is connected to the engine."),
    ("held.bytes", "endurance_proxy_held_bytes", "Copies that the engine has not acknowledged yet."),
)


class ProxyTotals(Collector):
    """What the proxy last said; families without samples until it has said something."""

    def __init__(self) -> None:
        self._totals: Mapping[str, int] | None = None

    def set(self, totals: Mapping[str, int]) -> None:
        """Replace all totals at once."""
        self._totals = dict(totals)

    def total(self, name: str) -> int:
        """Return one total; 0 until the proxy has told it."""
        return 0 if self._totals is None else self._totals.get(name, 0)

    def collect(self) -> Iterable[Metric]:
        """Yield every family of the proxy."""
        yield self._requests()
        yield self._overhead()
        yield self._bytes()
        yield self._mismatches()
        yield self._refused()
        for counter, metric, documentation in _GAUGES:
            gauge = GaugeMetricFamily(metric, documentation, labels=())
            if self._totals is not None:
                gauge.add_metric((), self.total(counter))
            yield gauge
        yield self._started()

    def _requests(self) -> Metric:
        family = CounterMetricFamily(
            "endurance_proxy_requests",
            "Requests through the proxy by class of the answer; error is an answer of the proxy's own.",
            labels=("class",),
        )
        if self._totals is not None:
            for class_ in _CLASSES:
                family.add_metric((class_,), self.total(_REQUESTS + class_))
        return family

    def _overhead(self) -> Metric:
        family = HistogramMetricFamily(
            "endurance_proxy_overhead_seconds", "Time an exchange spent in the proxy waiting for nobody.", labels=()
        )
        if self._totals is not None:
            buckets = [
                (str(bound / _MICROSECONDS), self.total(f"overhead.le.{bound}")) for bound in OVERHEAD_BUCKETS_US
            ]
            buckets.append(("+Inf", self.total("overhead.count")))
            family.add_metric((), buckets=buckets, sum_value=self.total("overhead.sum_us") / _MICROSECONDS)
        return family

    def _bytes(self) -> Metric:
        family = CounterMetricFamily("endurance_proxy_bytes", "Body bytes that passed.", labels=("direction",))
        if self._totals is not None:
            for direction in ("request", "response"):
                family.add_metric((direction,), self.total(f"bytes.{direction}"))
        return family

    def _mismatches(self) -> Metric:
        return self._counter(
            "engine.mismatches",
            "endurance_proxy_engine_mismatches",
            "Connections between proxy and engine refused for another protocol version.",
        )

    def _refused(self) -> Metric:
        return self._counter(
            "connections.refused",
            "endurance_proxy_connections_refused",
            "Client connections closed at once, over the cap for one peer.",
        )

    def _started(self) -> Metric:
        family = GaugeMetricFamily(
            "endurance_proxy_start_time_seconds", "When the proxy process began, seconds since the epoch.", labels=()
        )
        if self._totals is not None:
            family.add_metric((), self.total("process.started_us") / _MICROSECONDS)
        return family

    def _counter(self, name: str, metric: str, documentation: str) -> Metric:
        family = CounterMetricFamily(metric, documentation, labels=())
        if self._totals is not None:
            family.add_metric((), self.total(name))
        return family
