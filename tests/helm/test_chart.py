"""The chart in every way of use: strictly valid for three versions of Kubernetes, restricted, and what it promises."""

from typing import Any

import pytest
from helm_python.chart import lint

from tests.fakes.chart import APART, CHART, GATEWAY, MONGO, environment, notes, of_kind, pods_of, render
from tests.fakes.manifests import KUBERNETES_VERSIONS, validate

WEBHOOK = {"mode": "sidecar", "injection": {"webhook": {"tlsSecret": "tls", "caBundle": "Q0E="}}}
POLICY = {"mode": "sidecar", "injection": {"kind": "policy"}}
MONITORED = {"monitoring": {"serviceMonitor": True, "rules": True, "dashboards": True, "labels": {"release": "p"}}}
SETS: dict[str, dict[str, Any]] = {
    "gateway": GATEWAY,
    "gateway https": {"upstream": {"url": "https://bot.example.org"}},
    "gateway mongodb": GATEWAY | MONGO | {"replicas": 3},
    "gateway mongodb srv": GATEWAY | {"store": {"url": "mongodb+srv://m.example.org/e"}},
    "gateway mongodb secret": GATEWAY | {"store": {"existingSecret": "store", "port": 27018}},
    "gateway mongodb volume": GATEWAY | MONGO | {"persistence": {"enabled": True, "storageClass": "fast"}},
    "gateway no storage class": GATEWAY | {"persistence": {"storageClass": "-", "size": "1Gi"}},
    "gateway own keys": GATEWAY | {"auth": {"existingSecret": "keys", "key": "list"}},
    "gateway without keys": GATEWAY | {"auth": {"disabled": True}},
    "gateway settings": GATEWAY | {"settings": {"capture": {"limit_bytes": 1000}, "time_zone": "Asia/Kolkata"}},
    "gateway scaled": GATEWAY | MONGO | {"autoscaling": {"enabled": True}},
    "gateway monitored": GATEWAY | MONITORED,
    "gateway pod monitor": GATEWAY | {"monitoring": {"podMonitor": True, "tokenSecret": "scrape"}},
    "gateway without policies": GATEWAY
    | {"networkPolicy": {"enabled": False}, "podDisruptionBudget": {"enabled": False}},
    "gateway narrow policy": GATEWAY
    | {"networkPolicy": {"trafficFrom": [{"namespaceSelector": {}}], "extraEgress": [{"ports": [{"port": 443}]}]}},
    "gateway ingress": GATEWAY
    | {"ingress": {"enabled": True, "host": "bot.example.org", "className": "nginx", "tlsSecret": "tls"}},
    "gateway route": GATEWAY
    | {"httpRoute": {"enabled": True, "parentRefs": [{"name": "web"}], "hostnames": ["b.org"]}},
    "gateway load balancer": GATEWAY
    | {"service": {"type": "LoadBalancer", "port": 443, "annotations": {"a": "b"}}, "adminService": {"port": 80}},
    "gateway placed": GATEWAY
    | {
        "nodeSelector": {"disk": "ssd"},
        "tolerations": [{"key": "k", "operator": "Exists"}],
        "affinity": {"nodeAffinity": {}},
        "priorityClassName": "high",
        "podLabels": {"team": "rti"},
        "podAnnotations": {"x": "y"},
    },
    "gateway extras": GATEWAY
    | {
        "extraEnv": [{"name": "ENDURANCE_LOG_LEVEL", "value": "debug"}],
        "extraEnvFrom": [{"secretRef": {"name": "more"}}],
        "extraVolumes": [{"name": "ca", "configMap": {"name": "ca"}}],
        "extraVolumeMounts": [{"name": "ca", "mountPath": "/ca"}],
    },
    "gateway private image": GATEWAY
    | {"image": {"repository": "r.example/e", "digest": "sha256:" + "a" * 64, "pullSecrets": ["r"]}},
    "gateway own account": GATEWAY | {"serviceAccount": {"create": False, "name": "own"}},
    "gateway named": GATEWAY | {"fullnameOverride": "watch", "nameOverride": "endur"},
    "evaluate": {"mode": "evaluate"},
    "evaluate mongodb": {"mode": "evaluate"} | MONGO,
    "apart": APART,
    "apart secrets": GATEWAY
    | {"roles": "apart", "store": {"existingSecret": "s"}, "queue": {"existingSecret": "q", "port": 4333}},
    "apart scaled": APART
    | {"autoscaling": {"enabled": True}, "keda": {"enabled": True, "monitoringEndpoint": "nats:8222"}},
    "apart monitored": APART | MONITORED,
    "sidecar webhook": WEBHOOK,
    "sidecar webhook cert-manager": {
        "mode": "sidecar",
        "injection": {
            "webhook": {"tlsSecret": "tls", "certManagerCertificate": "rti/webhook"},
            "namespaceLabels": {"endurance": "on"},
            "configMap": "settings",
            "secret": "endurance",
        },
    },
    "sidecar policy": POLICY,
    "sidecar policy settings": {"mode": "sidecar", "injection": {"kind": "policy", "configMap": "c", "secret": "s"}},
}
CUSTOM = ("ServiceMonitor", "PodMonitor", "PrometheusRule", "ScaledObject", "HTTPRoute")
"""Kinds whose schemas come with an operator, not with Kubernetes."""
NEW = ("MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding")
"""Kinds of Kubernetes 1.36 and later."""


def test_there_are_enough_ways_of_use() -> None:
    assert len(SETS) >= 25


@pytest.mark.parametrize("values", SETS.values(), ids=SETS.keys())
def test_every_object_is_strictly_valid(values: dict[str, Any]) -> None:
    for document in render(values):
        if document["kind"] not in CUSTOM:
            validate(document, ("1.37",) if document["kind"] in NEW else KUBERNETES_VERSIONS)


@pytest.mark.parametrize("values", SETS.values(), ids=SETS.keys())
def test_linter_finds_nothing(values: dict[str, Any]) -> None:
    found = lint(CHART, values=values)

    assert [one for one in found["messages"] if "icon is recommended" not in one["error"]] == []
    assert found["errors"] == []


@pytest.mark.parametrize("values", SETS.values(), ids=SETS.keys())
def test_every_pod_meets_the_restricted_standard(values: dict[str, Any]) -> None:
    for pod in pods_of(render(values)).values():
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert not {"hostNetwork", "hostPID", "hostIPC"} & pod.keys()
        assert all({"configMap", "emptyDir", "secret"} & volume.keys() for volume in pod.get("volumes", []))
        for container in pod["containers"]:
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False
            assert context["readOnlyRootFilesystem"] is True
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert {"requests", "limits"} <= container["resources"].keys()


@pytest.mark.parametrize("values", SETS.values(), ids=SETS.keys())
def test_every_selector_finds_pods_and_every_target_is_a_port(values: dict[str, Any]) -> None:
    objects = render(values)
    templates = [one["spec"]["template"] for one in objects if one["kind"] in ("Deployment", "StatefulSet")]

    for service in of_kind(objects, "Service").values():
        chosen = [pod for pod in templates if service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()]
        ports = {port["name"] for pod in chosen for one in pod["spec"]["containers"] for port in one["ports"]}
        assert {port["targetPort"] for port in service["spec"]["ports"]} <= ports
    for policy in of_kind(objects, "NetworkPolicy").values():
        labels = policy["spec"]["podSelector"]["matchLabels"]
        assert any(labels.items() <= pod["metadata"]["labels"].items() for pod in templates)


def test_embedded_store_is_one_pod_with_a_volume() -> None:
    objects = render(GATEWAY)

    stateful = of_kind(objects, "StatefulSet")["desk-endurance"]["spec"]
    assert stateful["replicas"] == 1
    assert [claim["metadata"]["name"] for claim in stateful["volumeClaimTemplates"]] == ["data"]
    assert of_kind(objects, "Deployment") == {}


def test_shared_store_makes_a_deployment() -> None:
    objects = render(SETS["gateway mongodb"])

    assert of_kind(objects, "Deployment")["desk-endurance"]["spec"]["replicas"] == 3
    assert of_kind(objects, "StatefulSet") == {}


def test_pods_run_the_product_as_it_expects_to_be_run() -> None:
    pod = pods_of(render(GATEWAY))["desk-endurance"]

    found = environment(pod)
    assert pod["containers"][0]["args"] == ["serve"]
    assert found["ENDURANCE_UPSTREAM"] == "http://bot.default.svc:8000"
    assert found["ENDURANCE_API_KEYS"] == {"secretKeyRef": {"name": "desk-endurance-auth", "key": "api-keys"}}
    assert pod["enableServiceLinks"] is False


def test_secrets_stand_in_no_variable_and_no_config_map() -> None:
    objects = render(SETS["apart secrets"])

    worker = environment(pods_of(objects)["desk-endurance-worker"])
    assert worker["ENDURANCE_STORE"] == {"secretKeyRef": {"name": "s", "key": "store-url"}}
    assert worker["ENDURANCE_QUEUE"] == {"secretKeyRef": {"name": "q", "key": "queue-url"}}


def test_the_proxy_apart_has_a_volume_no_store_and_drains() -> None:
    objects = render(APART)

    pod = pods_of(objects)["desk-endurance-proxy"]
    assert "desk-endurance-proxy" in of_kind(objects, "StatefulSet")
    assert "ENDURANCE_STORE" not in environment(pod)
    assert pod["containers"][0]["lifecycle"]["preStop"] == {"sleep": {"seconds": 5}}


def test_every_role_that_saves_keeps_its_writer_id_on_a_volume() -> None:
    found = of_kind(render(APART), "StatefulSet")

    assert set(found) == {"desk-endurance-proxy", "desk-endurance-worker", "desk-endurance-api"}
    for stateful in found.values():
        assert stateful["spec"]["volumeClaimTemplates"][0]["metadata"]["name"] == "data"


def test_every_role_runs_its_own_command_and_shows_its_metrics() -> None:
    pods = pods_of(render(APART))

    for role in ("proxy", "worker", "api"):
        (container,) = pods[f"desk-endurance-{role}"]["containers"]
        assert container["args"] == [role]
        assert "admin" in {port["name"] for port in container["ports"]}


def test_each_role_reaches_only_what_it_needs() -> None:
    policies = of_kind(render(APART), "NetworkPolicy")

    def reached(component: str) -> set[int]:
        rules = policies[f"desk-endurance-{component}"]["spec"]["egress"]
        return {port["port"] for rule in rules for port in rule["ports"]}

    assert reached("proxy") == {53, 8000, 4222}
    assert reached("worker") == reached("api") == {53, 27017, 4222}


@pytest.mark.parametrize(("url", "port"), [("https://b.org", 443), ("http://b.org/x", 80), ("http://b.org:81/x", 81)])
def test_the_policy_opens_the_upstreams_port(url: str, port: int) -> None:
    (policy,) = of_kind(render({"upstream": {"url": url}}), "NetworkPolicy").values()

    assert policy["spec"]["egress"][1]["ports"] == [{"port": port, "protocol": "TCP"}]


def test_settings_roll_the_pods_when_they_change() -> None:
    def checksum(values: dict[str, Any]) -> str:
        template = of_kind(render(values), "StatefulSet")["desk-endurance"]["spec"]["template"]
        return str(template["metadata"]["annotations"]["checksum/settings"])

    assert checksum(GATEWAY) == checksum(GATEWAY | {"podLabels": {"a": "b"}}) != checksum(SETS["gateway settings"])


def test_disruption_budgets_never_block_the_drain_of_a_single_pod() -> None:
    for budget in of_kind(render(APART), "PodDisruptionBudget").values():
        assert budget["spec"]["maxUnavailable"] == 1
        assert "minAvailable" not in budget["spec"]


def test_scaled_workloads_leave_their_replicas_to_the_scaler() -> None:
    objects = render(SETS["apart scaled"])

    assert "replicas" not in of_kind(objects, "StatefulSet")["desk-endurance-proxy"]["spec"]
    assert "replicas" not in of_kind(objects, "StatefulSet")["desk-endurance-worker"]["spec"]
    target = of_kind(objects, "HorizontalPodAutoscaler")["desk-endurance-proxy"]["spec"]["scaleTargetRef"]
    assert target == {"apiVersion": "apps/v1", "kind": "StatefulSet", "name": "desk-endurance-proxy"}


def test_an_unreachable_webhook_keeps_no_bot_from_starting() -> None:
    (hook,) = of_kind(render(WEBHOOK), "MutatingWebhookConfiguration")["desk-endurance-webhook"]["webhooks"]

    assert hook["failurePolicy"] == "Ignore"
    assert hook["clientConfig"]["service"]["path"] == "/mutate"
    assert of_kind(render(POLICY), "MutatingAdmissionPolicy")["desk-endurance-injection"]["spec"]["failurePolicy"] == (
        "Ignore"
    )


def test_monitors_carry_a_key_and_find_the_admin_port() -> None:
    objects = render(SETS["gateway monitored"])

    monitor = of_kind(objects, "ServiceMonitor")["desk-endurance"]
    (endpoint,) = monitor["spec"]["endpoints"]
    assert endpoint["authorization"]["credentials"] == {"name": "desk-endurance-auth", "key": "token"}
    wanted = monitor["spec"]["selector"]["matchLabels"]
    chosen = [
        one for one in of_kind(objects, "Service").values() if wanted.items() <= one["metadata"]["labels"].items()
    ]
    assert [one["metadata"]["name"] for one in chosen] == ["desk-endurance-metrics"]
    assert [one["spec"]["ports"][0]["name"] for one in chosen] == ["admin"]


def test_notes_say_the_next_three_commands() -> None:
    text = notes(GATEWAY)

    assert "http://desk-endurance.rti.svc:80" in text
    assert "port-forward svc/desk-endurance-admin" in text
    assert "get secret desk-endurance-auth" in text


def test_notes_say_what_the_bus_must_be_set_to_where_there_is_one() -> None:
    assert "jetstream { sync_interval: always }" in notes(APART)
    assert "sync_interval" not in notes(GATEWAY)
