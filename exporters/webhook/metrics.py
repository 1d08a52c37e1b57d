"""What the webhooks count, as Prometheus families; labels are the configured ids and a closed set of outcomes."""

from collections import Counter
from collections.abc import Iterable, Sequence

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from exporters.webhook.endpoint import Delivery


class WebhookMetrics(Collector):
    """Attempts and retries by webhook."""

    def __init__(self, ids: Sequence[str]) -> None:
        self._ids = tuple(ids)
        self._attempts: Counter[tuple[str, Delivery]] = Counter()
        self._retries: dict[str, int] = dict.fromkeys(ids, 0)

    def count(self, id_: str, outcome: Delivery) -> None:
        """One attempt ended, or a message was given up."""
        self._attempts[id_, outcome] += 1

    def set_retries(self, id_: str, number: int) -> None:
        """So many messages wait to be tried again."""
        self._retries[id_] = number

    def collect(self) -> Iterable[Metric]:
        """Yield both families with a sample for every label set."""
        attempts = CounterMetricFamily(
            "endurance_webhook_deliveries", "Deliveries to webhooks by how they ended.", labels=("webhook", "outcome")
        )
        retries = GaugeMetricFamily(
            "endurance_webhook_retries", "Messages that wait to be tried again.", labels=("webhook",)
        )
        for id_ in self._ids:
            for outcome in Delivery:
                attempts.add_metric((id_, outcome.value), self._attempts[id_, outcome])
            retries.add_metric((id_,), self._retries[id_])
        yield from (attempts, retries)
