"""Rules and dashboards against a real Prometheus that scrapes a real run."""

import re
import subprocess
from pathlib import Path

import promql_parser
import pytest
import yaml

from helm.dashboards import DASHBOARDS, Dashboard
from helm.readme import CHART
from tests.fakes.product import running_demo, running_product
from tests.fakes.prometheus import running_prometheus
from tests.fakes.waiting import until

RULES = CHART / "files" / "rules.yaml"
CASES = Path(__file__).with_name("rules.test.yaml")
OPERATIONS = CHART.parents[1] / "docs" / "operations.md"
QUESTIONS = (
    "What is the fee for an application?",
    "How long may the office take?",
    "Who hears the first appeal?",
    "Please share the note sheet of the file",
)
INVENTED = {
    "query": "What is the fee?",
    "response": "The fee is 50 rupees.",
    "rag_documents": [{"id": "rules", "content": "An application carries a fee of ten rupees (Rs 10)."}],
}
pytestmark = [pytest.mark.promtool]


def alerts() -> list[dict]:
    return [rule for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"] if "alert" in rule]


def expressions(dashboard: Dashboard) -> list[str]:
    """Return what Grafana would send for the whole run: its variables filled in."""
    filled = {"$__rate_interval": "30s", "$__range": "10m", "$service": "default"}
    found = [one for panel in dashboard.panels for one in panel.expressions.values()]
    for variable, value in filled.items():
        found = [one.replace(variable, value) for one in found]
    return found


def test_rules_pass_their_own_cases() -> None:
    done = subprocess.run(("promtool", "test", "rules", CASES), capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_alert_has_a_case_that_raises_it_and_one_that_does_not() -> None:
    cases = [case for test in yaml.safe_load(CASES.read_text())["tests"] for case in test["alert_rule_test"]]

    names = {rule["alert"] for rule in alerts()}
    assert {case["alertname"] for case in cases if case["exp_alerts"]} == names
    assert {case["alertname"] for case in cases if not case["exp_alerts"]} == names


def test_every_alert_has_its_runbook() -> None:
    sections = set(re.findall(r"^#+ (\w+)$", OPERATIONS.read_text(), re.MULTILINE))

    for rule in alerts():
        page, _, anchor = rule["annotations"]["runbook"].partition("#")
        assert page == "docs/operations.md"
        assert rule["alert"].lower() == anchor
        assert rule["alert"] in sections


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda one: one.name)
def test_every_expression_parses(dashboard: Dashboard) -> None:
    for expression in expressions(dashboard):
        promql_parser.parse(expression)


@pytest.mark.system
async def test_a_real_run_fills_every_panel_and_every_rule_is_healthy(tmp_path: Path) -> None:
    async with running_demo(tmp_path) as upstream, running_product(tmp_path, upstream) as product:
        target = product.admin_url.removeprefix("http://")
        async with running_prometheus(tmp_path, target, RULES) as prometheus:
            empty = {one for dashboard in DASHBOARDS for one in expressions(dashboard)}
            asked = 0

            async def are_filled() -> bool:
                nonlocal asked
                body = {"message": QUESTIONS[asked % len(QUESTIONS)], "session_id": str(asked)}
                asked += 1
                await product.client.post(f"{product.traffic_url}/chat", json=body)
                await product.client.post(f"{product.admin_url}/v1/evaluate", json=INVENTED)
                for expression in list(empty):
                    if await prometheus.query(expression):
                        empty.discard(expression)
                return not empty

            try:
                await until(are_filled, "every panel", 90)
            except TimeoutError:
                pytest.fail(f"empty after 90 s: {sorted(empty)}")

            async def are_evaluated() -> bool:
                return all(rule["health"] != "unknown" for rule in await prometheus.rules())

            await until(are_evaluated, "every rule", 60)
            unhealthy = {
                rule["name"]: rule.get("lastError") for rule in await prometheus.rules() if rule["health"] != "ok"
            }
            assert unhealthy == {}
