"""Values that contradict each other, that are unknown or out of their limits: refused when the chart is rendered."""

from typing import Any

import pytest
from helm_python.errors import HelmError

from tests.fakes.chart import APART, GATEWAY, MONGO, render

BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no upstream": ({}, "mode gateway needs upstream.url"),
    "upstream of nothing": (GATEWAY | {"mode": "evaluate"}, "no meaning in mode evaluate"),
    "two stores": (GATEWAY | {"store": {"url": "mongodb://m", "existingSecret": "s"}}, "exclude each other"),
    "no store of ours": (GATEWAY | {"store": {"url": "postgres://m"}}, "expected mongodb://"),
    "no queue of ours": (APART | {"queue": {"url": "redis://m"}}, "expected nats://"),
    "two queues": (APART | {"queue": {"url": "nats://m", "existingSecret": "s"}}, "exclude each other"),
    "apart without a queue": (GATEWAY | MONGO | {"roles": "apart"}, "needs queue.url"),
    "apart without a store": (GATEWAY | {"roles": "apart", "queue": {"url": "nats://n"}}, "needs store.url"),
    "apart without a data path": (APART | {"mode": "evaluate", "upstream": {"url": ""}}, "roles: apart is for mode"),
    "two pods, one embedded store": (GATEWAY | {"replicas": 2}, "belongs to one pod"),
    "scaled embedded store": (GATEWAY | {"autoscaling": {"enabled": True}}, "belongs to one pod"),
    "two scalers": (
        GATEWAY | MONGO | {"autoscaling": {"enabled": True}, "keda": {"enabled": True}}, "would scale the same pods"
    ),
    "keda without workers": (GATEWAY | {"keda": {"enabled": True}}, "set roles: apart"),
    "keda without an endpoint": (APART | {"keda": {"enabled": True}}, "needs keda.monitoringEndpoint"),
    "keys and none": (GATEWAY | {"auth": {"disabled": True, "existingSecret": "k"}}, "exclude each other"),
    "scraped twice": (GATEWAY | {"monitoring": {"serviceMonitor": True, "podMonitor": True}}, "twice"),
    "scrape without a key": (
        GATEWAY | {"monitoring": {"serviceMonitor": True}, "auth": {"existingSecret": "k"}}, "tokenSecret"
    ),
    "ingress without traffic": ({"mode": "evaluate", "ingress": {"enabled": True, "host": "a"}}, "has none"),
    "ingress without a host": (GATEWAY | {"ingress": {"enabled": True}}, "needs ingress.host"),
    "route without a gateway": (GATEWAY | {"httpRoute": {"enabled": True}}, "needs httpRoute.parentRefs"),
    "webhook without a certificate": ({"mode": "sidecar"}, "needs injection.webhook.tlsSecret"),
    "webhook without its authority": (
        {"mode": "sidecar", "injection": {"webhook": {"tlsSecret": "t"}}}, "needs injection.webhook.caBundle"
    ),
    "a setting of the chart": (GATEWAY | {"settings": {"upstream": "http://b"}}, "use upstream.url"),
    "keys in a ConfigMap": (GATEWAY | {"settings": {"api": {"keys": ["k"]}}}, "would stand in a ConfigMap"),
    "an unknown value": (GATEWAY | {"replica": 2}, "'replica' not allowed"),
    "an unknown setting": (GATEWAY | {"settings": {"captur": {}}}, "'captur' not allowed"),
    "a setting out of its limits": (GATEWAY | {"settings": {"feed": {"client_limit": 0}}}, "/feed/client_limit"),
    "an unknown mode": (GATEWAY | {"mode": "proxy"}, "/mode"),
}  # fmt: skip


@pytest.mark.parametrize(("values", "sentence"), BAD.values(), ids=BAD.keys())
def test_a_contradiction_is_refused_with_a_sentence(values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(HelmError, match=sentence):
        render(values)
