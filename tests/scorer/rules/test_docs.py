"""`docs/rulepacks.md`: its example works, and it names every rule and every detector there is."""

import re
from pathlib import Path

import pytest

from scorer.model import Capture, Exchange
from scorer.rules.judge import failed_cases
from scorer.rules.loader import load_rulepacks
from scorer.rules.schema import DetectorName
from tests.fakes.evaluations import START

DOCS = (Path(__file__).parents[3] / "docs" / "rulepacks.md").read_text(encoding="utf-8")
TEMPLATE = Exchange(
    session_id="case",
    submission_id="case",
    service_id="case",
    query="",
    response="",
    capture=Capture(format="case"),
    timestamp=START,
)


def test_its_example_is_a_pack_whose_cases_end_as_they_say(tmp_path: Path) -> None:
    (example,) = re.findall(r"```yaml\n(.*?)```", DOCS, re.DOTALL)
    (tmp_path / "our_office.yaml").write_text(example, encoding="utf-8")

    (own,) = [pack for pack in load_rulepacks(tmp_path)["RTI"] if pack.pack == "our_office"]

    assert failed_cases(own, TEMPLATE) == []


@pytest.mark.parametrize("mode", ["RTI", "UK_GDPR", "EU_AI_ACT"])
def test_it_names_every_rule_with_its_source(mode: str) -> None:
    for pack in load_rulepacks()[mode]:
        for rule in pack.rules:
            assert f"| {mode} | `{rule.id}` | {rule.source} |" in DOCS


def test_it_names_every_detector() -> None:
    assert set(
        re.findall(r"^\| `([a-z_]+)` \| (?!all|.*elements)", DOCS.split("### Detectors")[1], re.MULTILINE)
    ) == set(DetectorName)
