"""Streams of manifests: Services moved with their pods, Lists, other objects, notes, and the way back."""

from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st

from config.errors import ConfigurationError
from endurance.__main__ import main
from endurance.inject.manifest import inject_stream, uninject_stream
from endurance.inject.sidecar import Sidecar
from tests.fakes.manifests import read, service, stream, validate, workload

SIDECAR = Sidecar(image="endurance:1")
CONFIG_MAP = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "x"}, "data": {"on": "yes", "n": "0644"}}


def target_of(document: dict[str, Any]) -> object:
    return document["spec"]["ports"][0].get("targetPort")


@pytest.mark.parametrize("target", ["http", 8000])
def test_the_service_of_the_pods_points_to_the_sidecar(target: int | str) -> None:
    rewritten = inject_stream(stream(service(target), workload()), SIDECAR)

    moved, _ = read(rewritten.text)
    validate(moved)
    assert target_of(moved) == 18080
    assert rewritten.notes == ()


def test_a_target_that_is_left_out_is_the_services_own_port() -> None:
    ports = [{"name": "bot", "image": "bot:1", "ports": [{"containerPort": 80}]}]

    moved, _ = read(inject_stream(stream(service(None), workload(containers=ports)), SIDECAR).text)

    assert target_of(moved) == 18080


@pytest.mark.parametrize(
    "other",
    [
        service(9090),
        service(selector={"app": "other"}),
        service(selector={}),
        service() | {"metadata": {"name": "bot", "namespace": "elsewhere"}},
    ],
    ids=["another port", "other pods", "no selector", "another namespace"],
)
def test_other_services_stay(other: dict[str, Any]) -> None:
    rewritten = inject_stream(stream(other, workload()), SIDECAR)

    assert read(rewritten.text)[0] == other
    assert rewritten.notes == ("no Service was moved: set the targetPort of yours to 18080",)


def test_a_list_stays_a_list_and_other_objects_pass_as_they_came() -> None:
    listed = {"apiVersion": "v1", "kind": "List", "items": [CONFIG_MAP, workload(), service()]}

    (rewritten,) = read(inject_stream(stream(listed), SIDECAR).text)

    assert rewritten["items"][0] == CONFIG_MAP
    assert target_of(rewritten["items"][2]) == 18080


def test_services_of_pods_that_listen_on_different_ports_are_an_error() -> None:
    other = workload(annotations={"endurance.dev/listen-port": "15000"})

    with pytest.raises(ConfigurationError, match=r"Service bot: .*\[15000, 18080\]"):
        inject_stream(stream(workload(), other, service()), SIDECAR)


def test_what_a_person_should_know_is_said() -> None:
    policy = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "only-web"},
              "spec": {"podSelector": {}, "ingress": [{"ports": [{"port": 8000}]}]}}  # fmt: skip

    notes = inject_stream(stream(workload(hostNetwork=True), service(clusterIP="None"), policy), SIDECAR).notes

    assert len(notes) == 3
    assert "host's network" in notes[0]
    assert "no cluster address" in notes[1]
    assert "18080" in notes[2]


def test_an_error_names_the_object() -> None:
    with pytest.raises(ConfigurationError, match="Deployment helpdesk: which port"):
        inject_stream(stream(workload(containers=[{"name": "bot"}])), SIDECAR)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", "got nothing"), ("- 1", "document 1"), ("a: [", "not valid YAML"), ("kind: Pod\n---\n7", "document 2")],
)
def test_what_is_no_manifest_is_an_error(text: str, expected: str) -> None:
    with pytest.raises(ConfigurationError, match=expected):
        inject_stream(text, SIDECAR)


def test_a_damaged_mark_is_an_error() -> None:
    marked = service()
    marked["metadata"]["annotations"] = {"endurance.dev/target-ports": '{"7": 1}'}

    with pytest.raises(ConfigurationError, match="does not fit"):
        uninject_stream(stream(marked))


kinds = st.sampled_from(["Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "Pod"])
objects = st.one_of(
    st.builds(workload, kinds),
    st.builds(service, st.sampled_from(["http", 8000, 9090, None])),
    st.just(CONFIG_MAP),
)


@given(st.lists(objects, min_size=1, max_size=5))
def test_any_stream_comes_back_whole_and_is_injected_once(documents: list[dict[str, Any]]) -> None:
    once = inject_stream(stream(*documents), SIDECAR).text

    assert inject_stream(once, SIDECAR).text == once
    assert read(uninject_stream(once).text) == documents


def run(text: str, *options: str) -> Result:
    return CliRunner().invoke(main, ["inject", *options], input=text)


def test_the_command_reads_standard_input_and_writes_standard_output() -> None:
    result = run(stream(workload()), "--image", "registry.example/endurance:7", "--env", "A=b=c", "--secret", "s")

    (injected,) = read(result.stdout)
    made = injected["spec"]["template"]["spec"]["initContainers"][0]
    assert (result.exit_code, made["image"], made["env"]) == (
        0, "registry.example/endurance:7", [{"name": "A", "value": "b=c"}],
    )  # fmt: skip
    assert "no Service was moved" in result.stderr


def test_the_command_takes_the_sidecar_out_again() -> None:
    assert read(run(run(stream(workload())).stdout, "--uninject").stdout) == [workload()]


def test_a_variable_without_a_value_ends_with_2() -> None:
    result = run(stream(workload()), "--env", "A")

    assert (result.exit_code, result.stderr) == (2, "endurance: --env: expected NAME=VALUE, got 'A'\n")
