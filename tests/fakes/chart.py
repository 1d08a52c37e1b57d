"""The chart, rendered by the real Helm library, as plain objects."""

from pathlib import Path
from typing import Any

import yaml
from helm_python.chart import Chart

ROOT = Path(__file__).parents[2]
CHART = ROOT / "helm" / "endurance"
GATEWAY = {"upstream": {"url": "http://bot.default.svc:8000"}}
MONGO = {"store": {"url": "mongodb://mongo/endurance"}}
APART = GATEWAY | MONGO | {"roles": "apart", "queue": {"url": "nats://nats:4222"}}
Objects = list[dict[str, Any]]


def render(values: dict[str, Any]) -> Objects:
    """Return every object of a release named `desk` in the namespace `rti`."""
    with Chart.load(CHART) as chart:
        files = chart.render(values=values, name="desk", namespace="rti")
    return [
        document
        for name, text in sorted(files.items())
        if not name.endswith("NOTES.txt")
        for document in yaml.safe_load_all(text)
        if document
    ]


def notes(values: dict[str, Any]) -> str:
    """Return what Helm prints after an install."""
    with Chart.load(CHART) as chart:
        return chart.render(values=values, name="desk", namespace="rti")["endurance/templates/NOTES.txt"]


def of_kind(objects: Objects, kind: str) -> dict[str, dict[str, Any]]:
    """Return the objects of one kind by name."""
    return {one["metadata"]["name"]: one for one in objects if one["kind"] == kind}


def pods_of(objects: Objects) -> dict[str, dict[str, Any]]:
    """Return the pod specifications by the name of what makes them."""
    kinds = ("Deployment", "StatefulSet", "Pod")
    found = [one for one in objects if one["kind"] in kinds]
    return {
        one["metadata"]["name"]: one["spec"] if one["kind"] == "Pod" else one["spec"]["template"]["spec"]
        for one in found
    }


def environment(pod: dict[str, Any]) -> dict[str, Any]:
    """Return the variables of a pod's only container: a text, or where it comes from."""
    (container,) = pod["containers"]
    return {one["name"]: one.get("value", one.get("valueFrom")) for one in container.get("env", [])}
