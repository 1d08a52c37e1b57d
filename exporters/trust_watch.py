"""The trust figures of every service as metrics, computed anew now and then from the record.

From the record alone: with several processes that save, what one of them remembers of its own saves says nothing of a
service, and a restart would begin it anew.

A figure that rests on too few records has no sample: zero would be a made-up number. Services beyond
`metrics.service_limit` have no figures of their own, and none as `other`: they cannot be added up.
"""

import asyncio
from collections.abc import Iterable, Mapping
from typing import Final

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from config.errors import StoreUnavailableError
from config.logging import get_logger
from exporters.service_trust import ServiceTrust, read_trust
from exporters.store.base import Store
from scorer.trust import Calibration

OVERALL: Final = "overall"
NEWS_SECONDS: Final = 15.0
"""Longest time until a service has figures for the first time."""
ANSWERS: Final = "answers"
CLAIMS: Final = "claims"

_logger = get_logger("exporters.trust_watch")


class TrustFigures(Collector):
    """The families; replaced as a whole, so that a service that is gone has no samples."""

    def __init__(self) -> None:
        self._services: Mapping[str, ServiceTrust] = {}

    def set(self, services: Mapping[str, ServiceTrust]) -> None:
        """Replace the figures of all services."""
        self._services = services

    def add(self, service_id: str, trust: ServiceTrust) -> None:
        """Add the figures of a service that had none."""
        self._services = {**self._services, service_id: trust}

    def lacks(self, service_id: str) -> bool:
        """Say whether a service has no figures yet."""
        return service_id not in self._services

    def collect(self) -> Iterable[Metric]:
        """Yield every family."""
        smoothed = _family(
            "endurance_score_ewma", "Exponentially weighted mean of the scores, weight 0.05.", "dimension"
        )
        alarm = _family("endurance_score_alarm", "1 while a smoothed score is under its line.", "dimension")
        moved = _family("endurance_drift_psi", "Population stability index, newest half against oldest half.", "of")
        beyond = _family("endurance_drift_significant", "1 where the index is beyond chance (1 %).", "of")
        impact = _family("endurance_group_impact_ratio", "Least unflagged share over the best group's.", "of")
        agreement = _family("endurance_agreement", "Agreement with people's feedback by figure.", "of", "figure")
        judged = _family("endurance_judged_records", "Records that people judged, among the newest.", "of")
        for service, trust in self._services.items():
            courses = {OVERALL: trust.overall, **{name.value: course for name, course in trust.dimensions.items()}}
            for dimension, course in courses.items():
                if course.smoothed is not None:
                    smoothed.add_metric((service, dimension), course.smoothed)
                    alarm.add_metric((service, dimension), int(course.is_alarm))
            for of, drift in trust.drift.items():
                if drift.stability_index is not None:
                    moved.add_metric((service, of), drift.stability_index)
                    beyond.add_metric((service, of), int(drift.is_significant))
            self._add_groups(impact, service, trust)
            for of, calibration in ((ANSWERS, trust.calibration), (CLAIMS, trust.claims)):
                judged.add_metric((service, of), calibration.records)
                for figure, value in _figures(calibration):
                    agreement.add_metric((service, of, figure), value)
        yield from (smoothed, alarm, moved, beyond, impact, agreement, judged)

    @staticmethod
    def _add_groups(family: GaugeMetricFamily, service: str, trust: ServiceTrust) -> None:
        """One sample for all attributes: their names are callers' words, and no label."""
        ratios = [gap.impact_ratio for gaps in trust.groups.values() for gap in gaps if gap.impact_ratio is not None]
        if ratios:
            family.add_metric((service, "declared_groups"), min(ratios))


def _family(name: str, documentation: str, *labels: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, documentation, labels=("service", *labels))


def _figures(calibration: Calibration) -> Iterable[tuple[str, float]]:
    rates = {"tpr": calibration.true_positive_rate, "tnr": calibration.true_negative_rate}
    for figure, rate in rates.items():
        if rate is not None:
            yield from ((figure, rate.value), (f"{figure}_low", rate.low), (f"{figure}_high", rate.high))
    others = {"kappa": calibration.kappa, "brier": calibration.brier, "ece": calibration.calibration_error}
    yield from ((figure, value) for figure, value in others.items() if value is not None)


class TrustWatch:
    """Reads the figures of every service each `interval_seconds`, and of a new one within `news_seconds`."""

    def __init__(
        self,
        store: Store,
        figures: TrustFigures,
        service_limit: int,
        interval_seconds: float,
        news_seconds: float = NEWS_SECONDS,
    ) -> None:
        self._store = store
        self._news_seconds = min(news_seconds, interval_seconds)
        self._figures = figures
        self._limit = service_limit
        self._interval_seconds = interval_seconds

    async def run(self, stop: asyncio.Event) -> None:
        """Read until `stop`; a store that is away leaves the figures as they were."""
        now = asyncio.get_running_loop().time
        read_at = float("-inf")
        while not stop.is_set():
            try:
                if now() - read_at >= self._interval_seconds:
                    await self.read()
                    read_at = now()
                else:
                    await self.read_new()
            except StoreUnavailableError as error:
                _logger.warning("trust figures wait for the store", reason=str(error))
            try:
                async with asyncio.timeout(self._news_seconds):
                    await stop.wait()
            except TimeoutError:
                continue

    async def read(self) -> None:
        """Read all. Raises StoreUnavailableError."""
        found = {}
        for service_id in (await self._store.service_ids())[: self._limit]:
            trust = await read_trust(self._store, service_id)
            if trust is not None:
                found[service_id] = trust
        self._figures.set(found)

    async def read_new(self) -> None:
        """Read those that had nothing to be read before. Raises StoreUnavailableError."""
        for service_id in (await self._store.service_ids())[: self._limit]:
            if self._figures.lacks(service_id):
                trust = await read_trust(self._store, service_id)
                if trust is not None:
                    self._figures.add(service_id, trust)
