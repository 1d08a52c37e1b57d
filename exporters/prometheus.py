"""Every metric of the engine, and the text that Prometheus reads.

Base units; labels from closed sets, never an id, never text. A service is a label of its own up to
`metrics.service_limit` names, then `other`. Counters of the proxy come from `exporters/proxy_totals.py`.
Updates take microseconds and never raise on any evaluation; rendering takes milliseconds and belongs in a thread.
"""

import platform
from collections.abc import Mapping, Sequence
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, disable_created_metrics
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import Collector

from config.settings import MetricsSettings
from exporters.engine_state import Captures, EngineState
from exporters.proxy_totals import ProxyTotals
from exporters.trust_watch import TrustFigures
from scorer.flags import FLAG_CODES
from scorer.model import CaptureOutcome, DimensionName, Evaluation, Score, Verdict
from scorer.protocols import JobOutcome, JudgeOutcome, QueueStats

OTHER: Final = "other"
"""The label of what has none of its own."""
OVERALL: Final = "overall"
"""The `dimension` label of the overall score."""
SCORE_BUCKETS: Final = (20.0, 40.0, 60.0, 80.0, 100.0)
LAG_BUCKETS_SECONDS: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 3600.0)
"""Idle, an exchange is scored within 2 s; after an outage the backlog is hours old."""
_SCORED: Final = (OVERALL, *DimensionName)


class Metrics:
    """The engine's registry: an `Observer` and `JudgeObserver` of the scorer, an `Exporter` of the fanout."""

    name = "prometheus"

    def __init__(
        self, settings: MetricsSettings, version: str, service_ids: Sequence[str] = (), *, started_at: float
    ) -> None:
        """`service_ids` are the configured services: their label sets exist from the start.

        `started_at`: when this process began, seconds since the epoch.
        """
        disable_created_metrics()  # type: ignore[no-untyped-call] # it has no annotations; the library has one switch for the process, and none for a registry
        self._registry = CollectorRegistry(auto_describe=False)
        self._limit = settings.service_limit
        self._services: set[str] = set()
        self._proxy = ProxyTotals()
        self._captures = Captures(self._proxy)
        self._state = EngineState(started_at)
        self.trust = TrustFigures()
        for collector in (self._proxy, self._captures, self._state, self.trust):
            self._registry.register(collector)
        self._make_counters()
        self._make_scores()
        Gauge(
            "endurance_build_info", "1, with what runs as labels.", ("version", "python"), registry=self._registry
        ).labels(version, platform.python_version()).set(1)
        self._claim_engine = Gauge(
            "endurance_claim_engine_info",
            "1, with the claim engine in force as label: lexical where it was not set says that the model is unusable.",
            ("engine",),
            registry=self._registry,
        )
        for service_id in service_ids:
            self._create_labels(self._service_label(service_id))

    def _make_counters(self) -> None:
        self._jobs = Counter(
            "endurance_jobs", "Deliveries of queued jobs by how they ended.", ("outcome",), registry=self._registry
        )
        self._claims = Counter(
            "endurance_claims", "Claims by verdict.", ("service", "verdict"), registry=self._registry
        )
        self._flags = Counter(
            "endurance_flags", "Flags raised, by the code of their reason.", ("service", "reason"),
            registry=self._registry,
        )  # fmt: skip
        self._failures = Counter(
            "endurance_export_failures", "Evaluations that an exporter failed on.", ("exporter",),
            registry=self._registry,
        )  # fmt: skip
        self._judge_requests = Counter(
            "endurance_judge_requests", "Requests sent to the judge, repeated ones counted.", registry=self._registry
        )
        self._judge_questions = Counter(
            "endurance_judge_questions", "Claims asked about, by how that ended.", ("outcome",), registry=self._registry
        )
        for outcome in JobOutcome:
            self._jobs.labels(outcome.value)
        for ending in JudgeOutcome:
            self._judge_questions.labels(ending.value)

    def _make_scores(self) -> None:
        self._scores = Histogram(
            "endurance_score", "Scores from 0 to 100; dimensions that were not assessed are not in it.",
            ("service", "dimension"), buckets=SCORE_BUCKETS, registry=self._registry,
        )  # fmt: skip
        self._lag = Histogram(
            "endurance_score_lag_seconds", "Time from the end of an exchange to its first score.",
            buckets=LAG_BUCKETS_SECONDS, registry=self._registry,
        )  # fmt: skip

    def add(self, collector: Collector) -> None:
        """Render a part's own families too."""
        self._registry.register(collector)

    def count_job(self, outcome: JobOutcome) -> None:
        """One delivery ended."""
        self._jobs.labels(outcome.value).inc()

    def count_judge_request(self) -> None:
        """One request went to the judge."""
        self._judge_requests.inc()

    def count_judge_question(self, outcome: JudgeOutcome) -> None:
        """One question to the judge ended so."""
        self._judge_questions.labels(outcome.value).inc()

    def count_capture(self, outcome: CaptureOutcome) -> None:
        """One copied exchange was read, and was this."""
        self._captures.count(outcome)

    def set_proxy_totals(self, totals: Mapping[str, int]) -> None:
        """The proxy's counters since its start, by the names in `scorer/frames.py`."""
        self._proxy.set(totals)

    def count_export_failure(self, exporter: str) -> None:
        """One exporter failed on one evaluation."""
        self._failures.labels(exporter).inc()

    def set_queue(self, stats: QueueStats | None) -> None:
        """The state of the queue; None when it does not answer: its series are then absent."""
        self._state.queue = stats

    def set_spool(self, stats: QueueStats | None) -> None:
        """The state of the queue on this machine's disk; None when it does not answer, or there is none."""
        self._state.spool = stats

    def set_spool_limit(self, limit_bytes: int) -> None:
        """Most that the queued copies may take."""
        self._state.spool_limit_bytes = limit_bytes

    def set_claim_engine(self, name: str) -> None:
        """Which claim engine is in force: `default`, `lexical` or `model`."""
        self._claim_engine.labels(name).set(1)

    def set_store_up(self, is_up: bool) -> None:
        """Whether the store answers."""
        self._state.is_store_up = is_up

    def set_feed(self, clients: int, overflows: int) -> None:
        """Clients of the live feed, and how many were cut off since start because they read too slowly."""
        self._state.feed_clients = clients
        self._state.feed_overflows = overflows

    def export(self, evaluation: Evaluation) -> None:
        """Count one saved evaluation; a later revision is one more observation of its service."""
        service = self._service_label(evaluation.service_id)
        self._observe_score(service, OVERALL, evaluation.overall_score)
        for dimension, score in evaluation.dimensions.items():
            self._observe_score(service, dimension.value, score)
        found = evaluation.verification
        self._claims.labels(service, Verdict.VERIFIED.value).inc(found.verified_claims)
        self._claims.labels(service, Verdict.HALLUCINATED.value).inc(found.hallucinated_claims)
        self._claims.labels(service, Verdict.UNVERIFIABLE.value).inc(found.unverifiable_claims)
        for code in evaluation.flag_codes:
            self._flags.labels(service, code if code in FLAG_CODES else OTHER).inc()
        if evaluation.revision == 1:  # a later one has the exchange's old end, and says nothing of our speed
            lag_seconds = (evaluation.scored_at - evaluation.timestamp).total_seconds()
            self._lag.observe(max(0.0, lag_seconds))

    def render(self) -> tuple[bytes, str]:
        """Return the exposition and its content type (text format 0.0.4); milliseconds with many services."""
        return generate_latest(self._registry), CONTENT_TYPE_PLAIN_0_0_4

    def _observe_score(self, service: str, dimension: str, score: Score | None) -> None:
        if score is not None:
            self._scores.labels(service, dimension).observe(score)

    def _service_label(self, service_id: str) -> str:
        if service_id in self._services:
            return service_id
        if len(self._services) >= self._limit:
            return OTHER
        self._services.add(service_id)
        return service_id

    def _create_labels(self, service: str) -> None:
        for dimension in _SCORED:
            self._scores.labels(service, str(dimension))
        for verdict in Verdict:
            self._claims.labels(service, verdict.value)
        for code in sorted(FLAG_CODES):
            self._flags.labels(service, code)
