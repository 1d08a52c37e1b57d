"""A pod with the sidecar in it, and without it again. Pure; nothing given is changed."""

from copy import deepcopy
from dataclasses import dataclass
from typing import Final

from config.errors import ConfigurationError
from endurance.inject.sidecar import (
    CONFIG_VOLUME,
    DATA_VOLUME,
    INJECTED,
    NAME,
    UPSTREAM_PORT,
    Manifest,
    Sidecar,
    container,
    from_annotations,
    is_wanted,
    volumes,
)

POD_PATHS: Final[dict[str, tuple[str, ...]]] = {
    "Pod": (),
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
"""Where each kind keeps its pod."""
APPLICATION_LABELS: Final = ("app.kubernetes.io/name", "app")
WEB_PORT_NAMES: Final = ("http", "web", "https", "chat")
"""Of several ports the one with such a name is the bot's, when only one has."""


@dataclass(frozen=True, slots=True)
class InjectedPod:
    """What a Service must know of a pod that holds the sidecar."""

    namespace: str
    labels: dict[str, str]
    port: int
    """The bot's."""
    port_names: frozenset[str]
    """Names under which the bot's port is declared."""
    listen_port: int
    """The sidecar's."""

    def is_target(self, target: object) -> bool:
        """Return whether a Service's target port is the bot's."""
        return target == self.port or target in self.port_names


def pod_of(workload: Manifest) -> Manifest | None:
    """Return the pod (template) in a workload; None for an object that has none."""
    path = POD_PATHS.get(str(workload.get("kind")))
    if path is None:
        return None
    part = workload
    for key in path:
        part = part.get(key) or {}
    return part


def inject(workload: Manifest, sidecar: Sidecar, *, default: bool = True) -> tuple[Manifest, InjectedPod | None]:
    """Return the workload with the sidecar, and its pod for the Services; as it came when it asks for none.

    `default` is what a workload wants that does not say. Raises ConfigurationError: which port is the bot's is not
    clear, a port or a name is taken, an annotation cannot be read.
    """
    workload = deepcopy(workload)
    pod = pod_of(workload)
    if pod is None or not pod.get("spec"):
        return workload, None
    annotations = _annotations(workload) | _annotations(pod)
    if not is_wanted(annotations, default=default):
        return workload, None
    _remove(pod)
    wanted = from_annotations(sidecar, annotations)
    port, names = _upstream_port(pod["spec"], wanted)
    _refuse_taken(pod["spec"], wanted, port)
    name = _name(workload)
    _add(pod, wanted, port, wanted.service_id or name or "default")
    labels = dict((pod.get("metadata") or {}).get("labels") or {})
    namespace = (workload.get("metadata") or {}).get("namespace") or ""
    return workload, InjectedPod(namespace, labels, port, names, wanted.listen_port)


def uninject(workload: Manifest) -> Manifest:
    """Return the workload without the sidecar."""
    workload = deepcopy(workload)
    pod = pod_of(workload)
    if pod is not None:
        _remove(pod)
    return workload


def _annotations(part: Manifest) -> dict[str, str]:
    return dict((part.get("metadata") or {}).get("annotations") or {})


def _name(workload: Manifest) -> str:
    """Return what the exchanges' service is called unless it is said: for a bare pod its application, not its hash."""
    metadata = workload.get("metadata") or {}
    labels = metadata.get("labels") or {}
    if workload.get("kind") == "Pod":
        for label in APPLICATION_LABELS:
            if labels.get(label):
                return str(labels[label])
    name = metadata.get("name") or str(metadata.get("generateName") or "").rstrip("-")
    return str(name).removesuffix(f"-{labels.get('pod-template-hash', '')}")


def _upstream_port(spec: Manifest, wanted: Sidecar) -> tuple[int, frozenset[str]]:
    declared = [
        (port["containerPort"], port.get("name", ""))
        for one in spec.get("containers") or []
        for port in one.get("ports") or []
        if port.get("protocol", "TCP") == "TCP"
    ]
    port = _named_port(declared, wanted.upstream_port) if wanted.upstream_port else _only_port(declared)
    return port, frozenset(name for number, name in declared if number == port and name)


def _named_port(declared: list[tuple[int, str]], wanted: str) -> int:
    if wanted.isascii() and wanted.isdigit() and 1 <= int(wanted) <= 65535:
        return int(wanted)  # a port need not be declared to be open
    found = {number for number, name in declared if name == wanted}
    if len(found) != 1:
        raise ConfigurationError(f"{UPSTREAM_PORT}: expected a port or the name of one, got {wanted!r}")
    return found.pop()


def _only_port(declared: list[tuple[int, str]]) -> int:
    numbers = {number for number, _ in declared}
    named = {number for number, name in declared if name in WEB_PORT_NAMES}
    for candidates in (numbers, named):
        if len(candidates) == 1:
            return candidates.pop()
    found = ", ".join(map(str, sorted(numbers))) or "none"
    raise ConfigurationError(f"which port is the bot's? Declared: {found}; set --upstream-port or {UPSTREAM_PORT}")


def _refuse_taken(spec: Manifest, wanted: Sidecar, upstream_port: int) -> None:
    every = [*(spec.get("containers") or []), *(spec.get("initContainers") or [])]
    if any(one.get("name") == NAME for one in every):
        raise ConfigurationError(f"a container named {NAME!r} that is not ours is in the pod")
    taken = {port["containerPort"] for one in every for port in one.get("ports") or []} | {upstream_port}
    for port in wanted.ports():
        if port in taken:
            raise ConfigurationError(f"port {port} of the sidecar is taken in the pod; set another")


def _add(pod: Manifest, wanted: Sidecar, port: int, service_id: str) -> None:
    spec = pod["spec"]
    # The last of the init containers: those before it do not wait for it, the bot's containers do.
    spec["initContainers"] = [*(spec.get("initContainers") or []), container(wanted, port, service_id)]
    spec["volumes"] = [*(spec.get("volumes") or []), *volumes(wanted)]
    metadata = pod.setdefault("metadata", {})
    metadata["annotations"] = {**(metadata.get("annotations") or {}), INJECTED: str(port)}


def _remove(pod: Manifest) -> None:
    """Take out what an earlier injection put in; a pod without its mark is left alone."""
    if INJECTED not in _annotations(pod):
        return
    spec = pod["spec"]
    _keep(spec, "initContainers", [one for one in spec.get("initContainers") or [] if one.get("name") != NAME])
    ours = (DATA_VOLUME, CONFIG_VOLUME)
    _keep(spec, "volumes", [one for one in spec.get("volumes") or [] if one.get("name") not in ours])
    _keep(pod["metadata"], "annotations", {k: v for k, v in _annotations(pod).items() if k != INJECTED})
    if not pod["metadata"]:
        del pod["metadata"]


def _keep(part: Manifest, key: str, value: list[Manifest] | dict[str, str]) -> None:
    if value:
        part[key] = value
    else:
        part.pop(key, None)
