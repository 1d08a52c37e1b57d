"""An AdmissionReview (admission.k8s.io/v1) and its answer: the sidecar as a JSON Patch (RFC 6902). Pure.

A pod or Service is never refused: what asks for the sidecar and cannot have it passes as it is, with a warning that
`kubectl` shows, and is counted as missed.
"""

import base64
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from config.errors import ConfigurationError, InvalidInputError
from endurance.inject import service as services
from endurance.inject import workload as workloads
from endurance.inject.sidecar import LISTEN_PORT, Manifest, Sidecar, is_wanted, read_port

API_VERSION: Final = "admission.k8s.io/v1"
_PATCHED: Final = (("metadata", "annotations"), ("spec", "initContainers"), ("spec", "volumes"), ("spec", "ports"))
"""Everything an injection touches."""


class Outcome(StrEnum):
    """What became of a review; the label set of `endurance_webhook_reviews_total`."""

    INJECTED = "injected"
    MOVED = "moved"
    """A Service points to the sidecar now."""
    NOT_ASKED = "not_asked"
    MISSED = "missed"
    """It asked for the sidecar, and runs without it."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer, and what is to be counted."""

    body: dict[str, Any]
    outcome: Outcome
    warning: str | None


def answer(review: Any, sidecar: Sidecar) -> Answer:
    """Return the answer to a review. Raises InvalidInputError for what is no AdmissionReview of version 1."""
    if not isinstance(review, dict) or review.get("kind") != "AdmissionReview":
        raise InvalidInputError("expected an AdmissionReview")
    request = review.get("request")
    if review.get("apiVersion") != API_VERSION or not isinstance(request, dict) or not request.get("uid"):
        raise InvalidInputError(f"expected an AdmissionReview of {API_VERSION} with a request that has a uid")
    before = request.get("object")
    if not isinstance(before, dict):
        raise InvalidInputError("expected a request with an object: creations and updates are reviewed")
    before = {"kind": (request.get("kind") or {}).get("kind"), **before}
    try:
        after, outcome = _rewrite(before, sidecar)
    except ConfigurationError as error:
        warning = f"endurance: the sidecar was not injected: {error}"
        return Answer(_body(request["uid"], [], warning), Outcome.MISSED, warning)
    return Answer(_body(request["uid"], _patch(before, after), None), outcome, None)


def _rewrite(before: Manifest, sidecar: Sidecar) -> tuple[Manifest, Outcome]:
    if before["kind"] == "Service":
        annotations = (before.get("metadata") or {}).get("annotations") or {}
        if not is_wanted(annotations, default=False):
            return before, Outcome.NOT_ASKED
        said = annotations.get(LISTEN_PORT)
        listen_port = sidecar.listen_port if said is None else read_port(LISTEN_PORT, said)
        return services.move_only_port(before, listen_port), Outcome.MOVED
    after, pod = workloads.inject(before, sidecar, default=False)
    return after, Outcome.NOT_ASKED if pod is None else Outcome.INJECTED


def _patch(before: Manifest, after: Manifest) -> list[dict[str, Any]]:
    operations = []
    for part, key in _PATCHED:
        old, new = (before.get(part) or {}).get(key), (after.get(part) or {}).get(key)
        if new is not None and new != old:
            operations.append({"op": "add", "path": f"/{part}/{key}", "value": new})
        elif new is None and old is not None:
            operations.append({"op": "remove", "path": f"/{part}/{key}"})
    return operations


def _body(uid: str, patch: list[dict[str, Any]], warning: str | None) -> dict[str, Any]:
    response: dict[str, Any] = {"uid": uid, "allowed": True}
    if patch:
        response |= {"patchType": "JSONPatch", "patch": base64.b64encode(json.dumps(patch).encode()).decode()}
    if warning:
        response["warnings"] = [warning]
    return {"apiVersion": API_VERSION, "kind": "AdmissionReview", "response": response}
