"""The sidecar container and what its annotations say. Pure: values in, plain manifest objects out.

A native sidecar (Kubernetes 1.29 and later): an init container with `restartPolicy: Always`. It is ready before the
bot's containers start, ends after them, and does not keep a Job from completing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from config.errors import ConfigurationError

Manifest = dict[str, Any]
"""A Kubernetes object, or a part of one, as YAML gives it: its shape is Kubernetes' own."""

NAME: Final = "endurance"
"""Of the container and of its traffic port."""
PROBE_PORT_NAME: Final = "endurance-probe"
"""15 characters: the most that a port's name may have."""
DATA_VOLUME: Final = "endurance-data"
CONFIG_VOLUME: Final = "endurance-config"
CONFIG_FILE: Final = "/etc/endurance/endurance.yaml"

INJECT: Final = "endurance.dev/inject"
"""`true` or `false`; the command line injects what does not say `false`, the admission webhook what says `true`."""
UPSTREAM_PORT: Final = "endurance.dev/upstream-port"
LISTEN_PORT: Final = "endurance.dev/listen-port"
SERVICE_ID: Final = "endurance.dev/service-id"
CONFIG: Final = "endurance.dev/config"
INJECTED: Final = "endurance.dev/injected"
"""Our mark on a pod: the port the sidecar forwards to."""
TARGET_PORTS: Final = "endurance.dev/target-ports"
"""Our mark on a Service: its target ports before, as JSON by the index of the port."""
SETTINGS: Final = (INJECT, UPSTREAM_PORT, LISTEN_PORT, SERVICE_ID, CONFIG)


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What the sidecar is to be; annotations of a workload go before it."""

    image: str
    upstream_port: str | None = None
    """Number or name of the bot's port; None finds it."""
    listen_port: int = 18080
    admin_port: int = 18081
    """On loopback: `kubectl port-forward` reaches it, other pods do not."""
    probe_port: int = 18082
    service_id: str | None = None
    """None takes the workload's name."""
    config: str | None = None
    """A ConfigMap whose key `endurance.yaml` holds the settings."""
    environment: tuple[tuple[str, str], ...] = ()
    secret: str | None = None
    """A Secret whose keys become environment variables: ENDURANCE_STORE, ENDURANCE_API_KEYS, …"""

    def ports(self) -> tuple[int, int, int]:
        """Return every port it listens on."""
        return self.listen_port, self.admin_port, self.probe_port


def from_annotations(sidecar: Sidecar, annotations: Mapping[str, str]) -> Sidecar:
    """Return what the annotations make of it. Raises ConfigurationError for one that cannot be read."""
    for name in annotations:
        if name.startswith("endurance.dev/") and name not in (*SETTINGS, INJECTED, TARGET_PORTS):
            raise ConfigurationError(f"annotation {name}: unknown; expected one of {', '.join(SETTINGS)}")
    is_wanted(annotations, default=True)
    listen = annotations.get(LISTEN_PORT)
    if listen is not None:
        sidecar = replace(sidecar, listen_port=read_port(LISTEN_PORT, listen))
    return replace(
        sidecar,
        upstream_port=annotations.get(UPSTREAM_PORT, sidecar.upstream_port),
        service_id=annotations.get(SERVICE_ID, sidecar.service_id),
        config=annotations.get(CONFIG, sidecar.config),
    )


def is_wanted(annotations: Mapping[str, str], *, default: bool) -> bool:
    """Return what `endurance.dev/inject` says. Raises ConfigurationError unless it is `true` or `false`."""
    said = annotations.get(INJECT)
    if said not in (None, "true", "false"):
        raise ConfigurationError(f"annotation {INJECT}: expected 'true' or 'false', got {said!r}")
    return default if said is None else said == "true"


def read_port(name: str, text: str) -> int:
    """Return a port number. Raises ConfigurationError."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise ConfigurationError(f"{name}: expected a port from 1 to 65535, got {text!r}")
    return int(text)


def container(sidecar: Sidecar, upstream_port: int, service_id: str) -> Manifest:
    """Return the init container that is the sidecar; it meets the Pod Security Standard "restricted"."""
    arguments = [
        "serve",
        f"--upstream=http://127.0.0.1:{upstream_port}",
        "--host=0.0.0.0",
        f"--port={sidecar.listen_port}",
        f"--admin-port={sidecar.admin_port}",
        f"--probe-port={sidecar.probe_port}",
        f"--service-id={service_id}",
        "--data-dir=/data",
    ]
    mounts = [{"name": DATA_VOLUME, "mountPath": "/data"}]
    if sidecar.config is not None:
        arguments.append(f"--config={CONFIG_FILE}")
        mounts.append({"name": CONFIG_VOLUME, "mountPath": CONFIG_FILE.rpartition("/")[0]})
    made: Manifest = {
        "name": NAME,
        "image": sidecar.image,
        "restartPolicy": "Always",
        "args": arguments,
        "ports": [
            {"name": NAME, "containerPort": sidecar.listen_port, "protocol": "TCP"},
            {"name": PROBE_PORT_NAME, "containerPort": sidecar.probe_port, "protocol": "TCP"},
        ],
        **_probes(),
        "resources": {"requests": {"cpu": "200m", "memory": "320Mi"}, "limits": {"memory": "1Gi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
            "runAsNonRoot": True,
            "runAsUser": 1000,
            "runAsGroup": 1000,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "volumeMounts": mounts,
    }
    if sidecar.environment:
        made["env"] = [{"name": name, "value": value} for name, value in sidecar.environment]
    if sidecar.secret is not None:
        # Optional: a pod whose namespace lacks the Secret must start all the same, for the bot's sake.
        made["envFrom"] = [{"secretRef": {"name": sidecar.secret, "optional": True}}]
    return made


def _probes() -> Manifest:
    """The proxy answers for itself: neither a slow bot nor a store that is away restarts the sidecar."""

    def ask(path: str) -> Manifest:
        return {"path": path, "port": PROBE_PORT_NAME}

    return {
        "startupProbe": {"httpGet": ask("/ready"), "periodSeconds": 1, "failureThreshold": 60},
        "readinessProbe": {"httpGet": ask("/ready"), "periodSeconds": 5},
        "livenessProbe": {"httpGet": ask("/health"), "periodSeconds": 10, "failureThreshold": 6},
    }


def volumes(sidecar: Sidecar) -> list[Manifest]:
    """Return the volumes that the container mounts; the data's lives as long as the pod."""
    made: list[Manifest] = [{"name": DATA_VOLUME, "emptyDir": {"sizeLimit": "4Gi"}}]
    if sidecar.config is not None:
        made.append({"name": CONFIG_VOLUME, "configMap": {"name": sidecar.config}})
    return made
