"""The chart in a real cluster: runs where KUBECONFIG names one whose nodes hold the image.

ENDURANCE_TEST_IMAGE is the image as the nodes know it, such as `registry.example/endurance:0.1.0`.
"""

import os
import uuid
from collections.abc import Iterator

import pytest
from helm_python.config import Config

from tests.fakes.chart import CHART

IMAGE = os.environ.get("ENDURANCE_TEST_IMAGE", "")
pytestmark = [
    pytest.mark.skipif(
        not os.environ.get("KUBECONFIG") or not IMAGE, reason="KUBECONFIG and ENDURANCE_TEST_IMAGE name no cluster"
    )
]
INSTALL_SECONDS = 180


@pytest.fixture
def cluster() -> Iterator[Config]:
    namespace = f"endurance-test-{uuid.uuid4().hex[:8]}"
    with Config(namespace=namespace) as config:
        yield config


def image_values() -> dict[str, object]:
    repository, _, tag = IMAGE.rpartition(":")
    return {"image": {"repository": repository, "tag": tag}}


def test_an_evaluation_service_becomes_ready_and_keeps_its_key_over_an_upgrade(cluster: Config) -> None:
    values = {"mode": "evaluate"} | image_values()
    cluster.install(CHART, "desk", values, wait="watcher", timeout=INSTALL_SECONDS, create_namespace=True)
    try:
        before = cluster.status("desk")["manifest"]
        cluster.upgrade(
            CHART, "desk", values | {"podLabels": {"again": "yes"}}, wait="watcher", timeout=INSTALL_SECONDS
        )
        after = cluster.status("desk")["manifest"]
    finally:
        cluster.uninstall("desk")

    def token(manifest: str) -> str:
        return next(line for line in manifest.splitlines() if line.strip().startswith("token:"))

    assert token(before) == token(after)


@pytest.mark.parametrize("kind", ["policy", "webhook"])
def test_injection_is_taken_by_the_api_server(cluster: Config, kind: str) -> None:
    webhook = {"tlsSecret": "tls", "caBundle": "Q0E=", "replicas": 0}
    values = {"mode": "sidecar", "injection": {"kind": kind, "webhook": webhook}} | image_values()

    release = cluster.install(CHART, "inject", values, dry_run="server", create_namespace=True)

    assert "manifest" in release
