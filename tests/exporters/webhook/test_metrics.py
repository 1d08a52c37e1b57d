"""What the webhooks count, with every label set from the start."""

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import generate_latest

from exporters.webhook.endpoint import Delivery
from exporters.webhook.metrics import WebhookMetrics


def test_attempts_and_retries_stand_by_webhook() -> None:
    metrics, registry = WebhookMetrics(["a", "b"]), CollectorRegistry()
    registry.register(metrics)
    metrics.count("a", Delivery.DELIVERED)
    metrics.count("a", Delivery.DELIVERED)
    metrics.set_retries("b", 3)

    lines = generate_latest(registry).decode().splitlines()

    assert 'endurance_webhook_deliveries_total{outcome="delivered",webhook="a"} 2.0' in lines
    assert 'endurance_webhook_deliveries_total{outcome="given_up",webhook="b"} 0.0' in lines
    assert 'endurance_webhook_retries{webhook="b"} 3.0' in lines
    assert sum(line.startswith("endurance_webhook_deliveries_total{") for line in lines) == 2 * len(Delivery)
