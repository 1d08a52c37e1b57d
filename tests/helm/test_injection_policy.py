"""The sidecar that the policy makes in the API server is the one that `endurance inject` makes.

The policy's object is CEL; of CEL it uses no more than literals, sums and variables, which read as Python once the
types' names are gone.
"""

import ast
import re
from typing import Any

import pytest

from endurance.inject.sidecar import INJECTED, Sidecar
from endurance.inject.workload import inject
from tests.fakes.chart import of_kind, render

POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "bot", "annotations": {"endurance.dev/inject": "true", "endurance.dev/service-id": "desk"}},
    "spec": {"containers": [{"name": "bot", "image": "bot", "ports": [{"containerPort": 8000}]}]},
}
VARIABLES = {"upstreamPort": "'8000'", "listenPort": "18080", "serviceId": "'desk'"}
"""What the policy's variables are for that pod."""


def evaluate(expression: str) -> dict[str, Any]:
    """Return the object that the expression makes."""
    text = re.sub(r"Object[\w.]*\{", "{", expression)
    text = re.sub(r"string\(variables\.(\w+)\)", lambda found: f"'{VARIABLES[found[1]]}'", text)
    text = re.sub(r"variables\.(\w+)", lambda found: VARIABLES[found[1]], text)
    text = re.sub(r"(?<=[{,\s])(\w+):(?=\s)", r"'\1':", text)
    text = re.sub(r"\b(true|false)\b", lambda found: found[1].capitalize(), text)
    text = re.sub(r"'\s*\+\s*'", "", text)  # two texts side by side are one
    made: dict[str, Any] = ast.literal_eval(text.strip())
    return made


def image_of(policy: str) -> str:
    (found,) = re.findall(r"image: '([^']+)'", policy)
    return str(found)


@pytest.mark.parametrize(("config", "secret"), [(None, None), ("settings", "keys")])
def test_the_policy_makes_the_sidecar_that_the_command_makes(config: str | None, secret: str | None) -> None:
    injection = {"kind": "policy", "configMap": config, "secret": secret}
    values = {"mode": "sidecar", "injection": {name: value for name, value in injection.items() if value is not None}}
    (policy,) = of_kind(render(values), "MutatingAdmissionPolicy").values()
    expression = policy["spec"]["mutations"][0]["applyConfiguration"]["expression"]

    by_policy = evaluate(expression)
    by_command, _ = inject(POD, Sidecar(image_of(expression), config=config, secret=secret))

    (container,) = by_policy["spec"]["initContainers"]
    (expected,) = by_command["spec"]["initContainers"]
    for one in (container, expected):
        one["volumeMounts"].sort(key=lambda mount: mount["name"])
    assert container == expected
    volumes = [
        sorted(spec["volumes"], key=lambda volume: volume["name"]) for spec in (by_policy["spec"], by_command["spec"])
    ]
    assert volumes[0] == volumes[1]
    assert by_policy["metadata"]["annotations"] == {INJECTED: by_command["metadata"]["annotations"][INJECTED]}
