"""A stream of manifests with the sidecar in every workload of it, and the Services moved. Pure.

Objects that are neither workload nor Service pass as they came, in their order.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import yaml

from config.errors import ConfigurationError
from endurance.inject import service as services
from endurance.inject import workload as workloads
from endurance.inject.sidecar import TARGET_PORTS, Manifest, Sidecar
from endurance.inject.workload import InjectedPod


@dataclass(frozen=True, slots=True)
class Rewritten:
    """The stream, and what a person should know of it."""

    text: str
    notes: tuple[str, ...]


def inject_stream(text: str, sidecar: Sidecar) -> Rewritten:
    """Return the stream with the sidecar injected; injecting twice is as injecting once.

    Raises ConfigurationError for what is no manifest, and naming the object that cannot be injected.
    """
    documents = _read(text)
    pods: list[InjectedPod] = []

    def into_workload(document: Manifest) -> Manifest:
        rewritten, pod = workloads.inject(document, sidecar)
        if pod is not None:
            pods.append(pod)
        return rewritten

    documents = [_each(document, workloads.POD_PATHS, into_workload) for document in documents]
    documents = [_each(document, ("Service",), lambda one: services.move(one, pods)) for document in documents]
    return Rewritten(_write(documents), tuple(_notes(documents, pods)))


def uninject_stream(text: str) -> Rewritten:
    """Return the stream as it was before. Raises ConfigurationError."""
    documents = [_each(one, workloads.POD_PATHS, workloads.uninject) for one in _read(text)]
    return Rewritten(_write([_each(one, ("Service",), services.restore) for one in documents]), ())


def _read(text: str) -> list[Manifest]:
    try:
        documents = [document for document in yaml.safe_load_all(text) if document is not None]
    except yaml.YAMLError as error:
        raise ConfigurationError(f"the input is not valid YAML: {' '.join(str(error).split())}") from error
    if not documents:
        raise ConfigurationError("expected manifests on standard input, got nothing")
    for number, document in enumerate(documents, start=1):
        if not isinstance(document, dict) or "kind" not in document:
            raise ConfigurationError(f"document {number}: expected a Kubernetes object with a kind")
    return documents


def _write(documents: list[Manifest]) -> str:
    return yaml.safe_dump_all(documents, sort_keys=False, allow_unicode=True, width=120)


def _each(document: Manifest, kinds: Iterable[str], rewrite: Callable[[Manifest], Manifest]) -> Manifest:
    """Rewrite an object of one of the kinds, and those inside a List."""
    if document["kind"] == "List":
        return document | {"items": [_each(item, kinds, rewrite) for item in document.get("items") or []]}
    if document["kind"] not in kinds:
        return document
    try:
        return rewrite(document)
    except ConfigurationError as error:
        raise ConfigurationError(f"{_title(document)}: {error}") from error


def _title(document: Manifest) -> str:
    return f"{document['kind']} {(document.get('metadata') or {}).get('name', 'without a name')}"


def _flat(documents: list[Manifest]) -> Iterable[Manifest]:
    for document in documents:
        if document["kind"] == "List":
            yield from _flat(document.get("items") or [])
        else:
            yield document


def _notes(documents: list[Manifest], pods: list[InjectedPod]) -> Iterable[str]:
    if not pods:
        yield "no workload was injected"
    moved = False
    ports = ", ".join(str(port) for port in sorted({pod.listen_port for pod in pods}))
    for document in _flat(documents):
        kind, spec = document["kind"], document.get("spec") or {}
        pod = workloads.pod_of(document)
        if kind == "Service" and TARGET_PORTS in ((document.get("metadata") or {}).get("annotations") or {}):
            moved = True
            if not services.has_cluster_address(document):
                yield f"{_title(document)} has no cluster address: its clients reach the bot's port, past the sidecar"
        if kind == "NetworkPolicy" and any(rule.get("ports") for rule in spec.get("ingress") or []):
            yield f"{_title(document)} lists ports: let the sidecar's port {ports} be reached"
        if pod is not None and (pod.get("spec") or {}).get("hostNetwork"):
            yield f"{_title(document)} uses the host's network: the sidecar's ports are the host's"
    if pods and not moved:
        yield f"no Service was moved: set the targetPort of yours to {ports}"
