"""Admission reviews in the shape that the API server sends them, and the patch that answers them."""

import base64
import json
from typing import Any

import pytest

from config.errors import InvalidInputError
from endurance.inject.review import Outcome, answer
from endurance.inject.sidecar import Sidecar
from tests.fakes.manifests import service, validate, workload

SIDECAR = Sidecar(image="endurance:1")
WANTED = {"endurance.dev/inject": "true"}


def review(document: dict[str, Any], operation: str = "CREATE") -> dict[str, Any]:
    """Return a review as recorded: the object carries no kind of its own when it is created from a template."""
    return {
        "kind": "AdmissionReview",
        "apiVersion": "admission.k8s.io/v1",
        "request": {
            "uid": "c5a8b2f0-1f5e-4c5a-9b62-1b0b1a9f6f0e",
            "kind": {"group": "", "version": "v1", "kind": document["kind"]},
            "resource": {"group": "", "version": "v1", "resource": document["kind"].lower() + "s"},
            "namespace": "rti",
            "operation": operation,
            "userInfo": {"username": "system:serviceaccount:kube-system:replicaset-controller"},
            "object": document,
            "oldObject": None,
            "dryRun": False,
        },
    }


def patched(document: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """Apply the patch: every operation of ours adds or removes a member of an object."""
    document = json.loads(json.dumps(document))
    for operation in json.loads(base64.b64decode(body["response"]["patch"])):
        part, key = operation["path"].strip("/").split("/")
        if operation["op"] == "add":
            document[part][key] = operation["value"]
        else:
            del document[part][key]
    return document


def test_a_pod_that_asks_gets_the_sidecar() -> None:
    pod = workload("Pod", annotations=WANTED)

    reviewed = answer(review(pod), SIDECAR)

    after = patched(pod, reviewed.body)
    validate(after)
    assert reviewed.outcome is Outcome.INJECTED
    assert reviewed.body["response"]["uid"] == "c5a8b2f0-1f5e-4c5a-9b62-1b0b1a9f6f0e"
    assert after["spec"]["initContainers"][0]["name"] == "endurance"
    assert after["metadata"]["annotations"]["endurance.dev/injected"] == "8000"


def test_a_second_call_for_the_same_pod_changes_nothing() -> None:
    pod = workload("Pod", annotations=WANTED)
    once = patched(pod, answer(review(pod), SIDECAR).body)

    assert "patch" not in answer(review(once), SIDECAR).body["response"]


def test_a_pod_that_does_not_ask_passes_as_it_is() -> None:
    reviewed = answer(review(workload("Pod")), SIDECAR)

    assert reviewed.outcome is Outcome.NOT_ASKED
    assert reviewed.body["response"] == {"uid": "c5a8b2f0-1f5e-4c5a-9b62-1b0b1a9f6f0e", "allowed": True}


def test_a_service_that_asks_points_to_the_sidecar() -> None:
    asking = service(8000)
    asking["metadata"]["annotations"] = WANTED

    reviewed = answer(review(asking), SIDECAR)

    after = patched(asking, reviewed.body)
    validate(after)
    assert reviewed.outcome is Outcome.MOVED
    assert after["spec"]["ports"][0]["targetPort"] == 18080


def test_a_service_that_does_not_ask_passes_as_it_is() -> None:
    assert answer(review(service()), SIDECAR).outcome is Outcome.NOT_ASKED


@pytest.mark.parametrize(
    "pod",
    [
        workload("Pod", annotations=WANTED, containers=[{"name": "bot", "image": "bot:1"}]),
        workload("Pod", annotations={"endurance.dev/inject": "yes"}),
    ],
    ids=["no port", "an annotation that cannot be read"],
)
def test_a_pod_that_cannot_have_it_is_let_in_with_a_warning_and_counted(pod: dict[str, Any]) -> None:
    reviewed = answer(review(pod), SIDECAR)

    response = reviewed.body["response"]
    assert reviewed.outcome is Outcome.MISSED
    assert response["allowed"] is True
    assert "patch" not in response
    assert response["warnings"] == [reviewed.warning]


@pytest.mark.parametrize(
    "bad",
    [
        [],
        {"kind": "Pod"},
        review(workload("Pod")) | {"apiVersion": "admission.k8s.io/v1beta1"},
        review(workload("Pod")) | {"request": {"uid": ""}},
        review(workload("Pod")) | {"request": {"uid": "1", "object": None}},
    ],
)
def test_what_is_no_review_is_an_error(bad: Any) -> None:
    with pytest.raises(InvalidInputError):
        answer(bad, SIDECAR)
