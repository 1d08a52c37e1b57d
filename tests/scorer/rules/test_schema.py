from typing import Any

import pytest
from pydantic import ValidationError

from scorer.rules.schema import Rule, RulePack, check_pattern

RULE: dict[str, Any] = {
    "id": "x.rule",
    "title": "a rule",
    "source": "X s.1",
    "applies_when": {"all": [{"detector": "response_refuses"}]},
    "requires": [{"id": "reason", "says": "no reason", "any_of": [{"detector": "reason_clause"}]}],
    "null_reason": "no refusal",
    "tests": [
        {"query": "q", "response": "r", "expect": "met"},
        {"query": "q", "response": "r", "expect": "not_met"},
    ],
}


@pytest.mark.parametrize("pattern", [r"\bsection ?\d{1,3}\b", r"(?:30|thirty)(?: \(30\))? days", r"a[^.]{0,60}b"])
def test_bounded_pattern_is_taken(pattern: str) -> None:
    assert check_pattern(pattern) == pattern


@pytest.mark.parametrize(
    "pattern", [r"(a+)+", r"a*", r"(a{1,9}){1,9}", r"a{2,}", r"(a)\1", r"(?=a)b", r"(?<!a)b", r"a{1,5000}", r"("]
)
def test_pattern_that_may_run_long_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"pattern|expression"):
        check_pattern(pattern)


@pytest.mark.parametrize(
    "change",
    [
        {"tests": RULE["tests"][:1]},
        {"surprise": 1},
        {"forbids": {"detector": "personal_data"}},
        {"requires": []},
        {"applies_when": {}},
        {"applies_when": {"all": [{"detector": "open_a_shell"}]}},
        {"applies_when": {"all": [{"detector": "high_risk", "query": ["ab"]}]}},
        {"id": "No Spaces"},
    ],
)
def test_rule_that_is_not_whole_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Rule.model_validate(RULE | change)


def test_whole_rule_is_taken() -> None:
    assert Rule.model_validate(RULE).id == "x.rule"


def test_pack_with_the_same_rule_twice_is_refused() -> None:
    pack = {
        "pack": "x",
        "mode": "RTI",
        "version": "1",
        "jurisdiction": "IN",
        "law": [{"title": "X", "checked": "2026-11"}],
    }

    with pytest.raises(ValidationError, match="same id"):
        RulePack.model_validate(pack | {"rules": [RULE, RULE]})
