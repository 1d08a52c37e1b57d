"""Kubernetes objects in the shape that common charts give them, and their strict validation."""

from collections.abc import Sequence
from typing import Any

import kubernetes_validate
import yaml

KUBERNETES_VERSIONS = ("1.33", "1.35", "1.37")
WEB_PORTS = [{"name": "http", "containerPort": 8000}]


def validate(document: dict[str, Any], versions: Sequence[str] = KUBERNETES_VERSIONS) -> None:
    """Check an object against the schemas of the versions; unknown fields are errors. Raises AssertionError."""
    for version in versions:
        try:
            kubernetes_validate.validate(document, version, strict=True)
        except kubernetes_validate.ValidationError as error:
            raise AssertionError(f"{document['kind']} for Kubernetes {version}: {error.message}") from error


def pod_template(**spec: Any) -> dict[str, Any]:
    bot = {"name": "bot", "image": "bot:1", "ports": WEB_PORTS}
    return {"metadata": {"labels": {"app": "bot", "tier": "web"}}, "spec": {"containers": [bot], **spec}}


def workload(kind: str = "Deployment", annotations: dict[str, str] | None = None, **spec: Any) -> dict[str, Any]:
    """Return a workload of any kind that has a pod; `spec` goes into the pod's."""
    template = pod_template(**spec)
    metadata: dict[str, Any] = {"name": "helpdesk", "namespace": "rti"}
    if annotations is not None:
        metadata["annotations"] = annotations
    selector = {"matchLabels": {"app": "bot"}}
    match kind:
        case "Pod":
            return {"apiVersion": "v1", "kind": kind, "metadata": metadata | template["metadata"],
                    "spec": template["spec"]}  # fmt: skip
        case "Job" | "CronJob":
            template["spec"]["restartPolicy"] = "Never"
            job = {"template": template}
            body = job if kind == "Job" else {"schedule": "0 * * * *", "jobTemplate": {"spec": job}}
            return {"apiVersion": "batch/v1", "kind": kind, "metadata": metadata, "spec": body}
        case "StatefulSet":
            body = {"selector": selector, "serviceName": "bot", "template": template}
            return {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": body}
        case _:
            body = {"selector": selector, "template": template}
            return {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": body}


def service(target: int | str | None = "http", **spec: Any) -> dict[str, Any]:
    port: dict[str, Any] = {"name": "web", "port": 80}
    if target is not None:
        port["targetPort"] = target
    body = {"selector": {"app": "bot"}, "ports": [port], **spec}
    return {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "bot", "namespace": "rti"}, "spec": body}


def stream(*documents: dict[str, Any]) -> str:
    """Return the documents as one YAML stream."""
    return yaml.safe_dump_all(documents, sort_keys=False)


def read(text: str) -> list[dict[str, Any]]:
    """Return the documents of a stream."""
    return list(yaml.safe_load_all(text))
