"""The sidecar in pods of every kind and shape, and out of them again."""

from typing import Any

import pytest

from config.errors import ConfigurationError
from endurance.inject.sidecar import Sidecar
from endurance.inject.workload import POD_PATHS, inject, pod_of, uninject
from tests.fakes.manifests import validate, workload

SIDECAR = Sidecar(image="endurance:1")
KINDS = [kind for kind in POD_PATHS if kind != "ReplicaSet"]
APP = {"name": "bot", "image": "bot:1"}


def pod_spec(document: dict[str, Any]) -> dict[str, Any]:
    pod = pod_of(document)
    assert pod is not None
    spec: dict[str, Any] = pod["spec"]
    return spec


def arguments(document: dict[str, Any]) -> list[str]:
    return list(pod_spec(document)["initContainers"][-1]["args"])


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gets_a_native_sidecar_that_kubernetes_accepts(kind: str) -> None:
    injected, pod = inject(workload(kind), SIDECAR)

    validate(injected)
    sidecar = pod_spec(injected)["initContainers"][0]
    assert (sidecar["name"], sidecar["restartPolicy"], sidecar["image"]) == ("endurance", "Always", "endurance:1")
    assert "--upstream=http://127.0.0.1:8000" in sidecar["args"]
    assert pod is not None
    assert (pod.port, pod.namespace, pod.listen_port) == (8000, "rti", 18080)


@pytest.mark.parametrize("kind", KINDS)
def test_uninject_gives_back_what_came(kind: str) -> None:
    before = workload(kind)

    injected, _ = inject(before, SIDECAR)

    assert uninject(injected) == before == workload(kind)


def test_injecting_twice_is_as_injecting_once() -> None:
    once, _ = inject(workload(volumes=[{"name": "tmp", "emptyDir": {}}]), SIDECAR)

    assert inject(once, SIDECAR)[0] == once


def test_a_newer_image_replaces_the_sidecar() -> None:
    once, _ = inject(workload(), SIDECAR)

    again, _ = inject(once, Sidecar(image="endurance:2"))

    assert [one["image"] for one in pod_spec(again)["initContainers"]] == ["endurance:2"]


def test_own_init_containers_run_before_it_and_own_volumes_stay() -> None:
    init = {"name": "migrate", "image": "bot:1"}

    injected, _ = inject(workload(initContainers=[init], volumes=[{"name": "tmp", "emptyDir": {}}]), SIDECAR)

    assert [one["name"] for one in pod_spec(injected)["initContainers"]] == ["migrate", "endurance"]
    assert [one["name"] for one in pod_spec(injected)["volumes"]] == ["tmp", "endurance-data"]


def test_own_probes_keep_asking_the_bot_itself() -> None:
    probed = APP | {
        "ports": [{"name": "http", "containerPort": 8000}],
        "livenessProbe": {"httpGet": {"path": "/", "port": "http"}},
    }

    injected, _ = inject(workload(containers=[probed]), SIDECAR)

    assert pod_spec(injected)["containers"] == [probed]


def test_the_named_web_port_of_several_is_the_bots() -> None:
    ports = [{"name": "metrics", "containerPort": 9090}, {"name": "http", "containerPort": 3000}]

    injected, _ = inject(workload(containers=[APP | {"ports": ports}]), SIDECAR)

    assert "--upstream=http://127.0.0.1:3000" in arguments(injected)


def test_ports_of_several_containers_need_a_choice() -> None:
    containers = [APP | {"ports": [{"containerPort": 3000}]}, {"name": "x", "ports": [{"containerPort": 4000}]}]

    with pytest.raises(ConfigurationError, match="Declared: 3000, 4000"):
        inject(workload(containers=containers), SIDECAR)


def test_no_declared_port_needs_a_choice() -> None:
    with pytest.raises(ConfigurationError, match="Declared: none"):
        inject(workload(containers=[APP]), SIDECAR)


def test_annotations_go_before_the_flags() -> None:
    annotations = {
        "endurance.dev/upstream-port": "5000",
        "endurance.dev/listen-port": "15080",
        "endurance.dev/service-id": "desk",
        "endurance.dev/config": "settings",
    }

    injected, pod = inject(workload(annotations=annotations), SIDECAR)

    validate(injected)
    found = arguments(injected)
    assert {"--upstream=http://127.0.0.1:5000", "--port=15080", "--service-id=desk"} <= set(found)
    assert {"name": "endurance-config", "configMap": {"name": "settings"}} in pod_spec(injected)["volumes"]
    assert pod is not None
    assert pod.listen_port == 15080


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("inject", "yes", "'true' or 'false', got 'yes'"),
        ("listen-port", "70000", "port from 1 to 65535, got '70000'"),
        ("upstream-port", "grpc", "got 'grpc'"),
        ("servic-id", "x", "unknown; expected one of"),
    ],
)
def test_an_annotation_that_cannot_be_read_is_an_error(name: str, value: str, expected: str) -> None:
    with pytest.raises(ConfigurationError, match=expected):
        inject(workload(annotations={f"endurance.dev/{name}": value}), SIDECAR)


def test_false_keeps_the_sidecar_out() -> None:
    before = workload(annotations={"endurance.dev/inject": "false"})

    assert inject(before, SIDECAR) == (before, None)


def test_who_does_not_say_follows_the_default() -> None:
    assert inject(workload(), SIDECAR, default=False) == (workload(), None)


def test_a_port_that_is_taken_is_an_error() -> None:
    taken = APP | {"ports": [{"name": "http", "containerPort": 8000}, {"name": "x", "containerPort": 18080}]}

    with pytest.raises(ConfigurationError, match="port 18080 of the sidecar is taken"):
        inject(workload(containers=[taken]), SIDECAR)


def test_a_foreign_container_of_that_name_is_an_error() -> None:
    with pytest.raises(ConfigurationError, match="not ours"):
        inject(workload(initContainers=[{"name": "endurance", "image": "other"}]), SIDECAR)


def test_a_pod_of_a_replica_set_is_named_by_its_application() -> None:
    pod = workload("Pod")
    pod["metadata"] = {"generateName": "bot-5d9f8c-", "labels": {"pod-template-hash": "5d9f8c"}}
    unnamed, _ = inject(pod, SIDECAR)
    pod["metadata"]["labels"]["app.kubernetes.io/name"] = "helpdesk"
    named, _ = inject(pod, SIDECAR)

    assert "--service-id=bot" in arguments(unnamed)
    assert "--service-id=helpdesk" in arguments(named)


def test_variables_and_a_secret_reach_the_sidecar_and_a_missing_secret_stops_no_bot() -> None:
    sidecar = Sidecar("endurance:1", environment=(("ENDURANCE_LOG_LEVEL", "debug"),), secret="endurance")

    injected, _ = inject(workload(), sidecar)

    validate(injected)
    made = pod_spec(injected)["initContainers"][0]
    assert made["env"] == [{"name": "ENDURANCE_LOG_LEVEL", "value": "debug"}]
    assert made["envFrom"] == [{"secretRef": {"name": "endurance", "optional": True}}]
