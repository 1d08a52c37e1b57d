"""Every bundled pack is run on its own test cases, as `endurance check-config` does."""

import pytest

from scorer.policy import COMPLIANCE_MODES
from scorer.rules.judge import failed_cases
from scorer.rules.schema import Expected, RulePack
from tests.fakes.exchanges import PACKS, make_exchange

ALL = [pack for packs in PACKS.values() for pack in packs]


@pytest.mark.parametrize("pack", ALL, ids=lambda pack: pack.pack)
def test_pack_judges_its_own_cases_as_it_says(pack: RulePack) -> None:
    assert failed_cases(pack, make_exchange()) == []


@pytest.mark.parametrize("pack", ALL, ids=lambda pack: pack.pack)
def test_pack_shows_for_every_rule_when_it_does_not_apply(pack: RulePack) -> None:
    assert all(any(case.expect is Expected.NULL for case in rule.tests) for rule in pack.rules)


def test_every_mode_has_a_pack() -> None:
    assert tuple(PACKS) == COMPLIANCE_MODES
    assert all(PACKS.values())


def test_wrong_expectation_is_reported_with_its_rule() -> None:
    pack = ALL[0]
    rule = pack.rules[0]
    wrong = rule.tests[0].model_copy(update={"expect": Expected.NULL})
    broken = pack.model_copy(update={"rules": (rule.model_copy(update={"tests": (wrong,)}),)})

    (line,) = failed_cases(broken, make_exchange())

    assert rule.id in line
    assert "expected null" in line
