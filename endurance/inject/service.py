"""A Service that sends its traffic to the sidecar instead of the bot, and back again. Pure.

The target is the sidecar's port by number: before Kubernetes 1.32 no Service found a native sidecar's port by name
(kubernetes/kubernetes pull request 127976).
"""

import json
from collections.abc import Mapping, Sequence
from copy import deepcopy

from config.errors import ConfigurationError
from endurance.inject.sidecar import TARGET_PORTS, Manifest
from endurance.inject.workload import InjectedPod


def move(service: Manifest, pods: Sequence[InjectedPod]) -> Manifest:
    """Return the Service with the sidecar's port as target wherever the bot's port of one of the pods was.

    Raises ConfigurationError when it selects pods whose sidecars listen on different ports.
    """
    service = restore(service)
    chosen = [pod for pod in pods if _selects(service, pod)]
    found: dict[int, int] = {}
    for index, port in enumerate((service.get("spec") or {}).get("ports") or []):
        listening = {pod.listen_port for pod in chosen if pod.is_target(port.get("targetPort", port.get("port")))}
        if len(listening) > 1:
            raise ConfigurationError(f"its pods' sidecars listen on different ports: {sorted(listening)}")
        if listening:
            found[index] = listening.pop()
    return _retarget(service, found)


def move_only_port(service: Manifest, listen_port: int) -> Manifest:
    """Return the Service with its only port moved, whatever pods it selects. Raises ConfigurationError for several."""
    service = restore(service)
    ports = (service.get("spec") or {}).get("ports") or []
    if len(ports) != 1:
        raise ConfigurationError(f"expected a Service with one port, got {len(ports)}")
    return _retarget(service, {0: listen_port})


def _retarget(service: Manifest, found: Mapping[int, int]) -> Manifest:
    """Return the Service with new targets by the index of its ports, the old ones kept in our mark."""
    if not found:
        return service
    service = deepcopy(service)
    before: dict[str, object] = {}
    for index, target in found.items():
        port = service["spec"]["ports"][index]
        before[str(index)] = port.get("targetPort")
        port["targetPort"] = target
    metadata = service.setdefault("metadata", {})
    metadata["annotations"] = {**(metadata.get("annotations") or {}), TARGET_PORTS: json.dumps(before)}
    return service


def restore(service: Manifest) -> Manifest:
    """Return the Service with the target ports it had. Raises ConfigurationError when our mark was damaged."""
    mark = ((service.get("metadata") or {}).get("annotations") or {}).get(TARGET_PORTS)
    if mark is None:
        return service
    service = deepcopy(service)
    metadata = service["metadata"]
    annotations = {name: value for name, value in metadata["annotations"].items() if name != TARGET_PORTS}
    try:
        before = {int(index): target for index, target in json.loads(mark).items()}
        for index, target in before.items():
            port = service["spec"]["ports"][index]
            if target is None:
                port.pop("targetPort", None)
            else:
                port["targetPort"] = target
    except (ValueError, AttributeError, KeyError, IndexError, TypeError) as error:
        raise ConfigurationError(f"annotation {TARGET_PORTS}: does not fit the Service's ports: {mark}") from error
    if annotations:
        metadata["annotations"] = annotations
    else:
        del metadata["annotations"]
    return service


def has_cluster_address(service: Manifest) -> bool:
    """Return whether target ports count: without one, clients reach the pods' own ports."""
    return (service.get("spec") or {}).get("clusterIP") != "None"


def _selects(service: Manifest, pod: InjectedPod) -> bool:
    selector = (service.get("spec") or {}).get("selector") or {}
    namespace = (service.get("metadata") or {}).get("namespace") or ""
    return bool(selector) and namespace == pod.namespace and selector.items() <= pod.labels.items()
