"""Presets and modes as they are told."""

import pytest

from tests.fakes.admin import Admin


async def test_presets_are_told_with_weights_thresholds_and_budgets(admin: Admin) -> None:
    told = await admin.get("/v1/presets")

    assert {preset["name"] for preset in told["presets"]} == {
        "standard_rti", "defense_ministry", "public_grievance", "finance_ministry", "health_ministry",
        "uk_govt_standard", "uk_high_security", "eu_strict_compliance", "eu_critical_infrastructure",
    }  # fmt: skip
    for preset in told["presets"]:
        assert len(preset["weights"]) == 9
        assert sum(preset["weights"].values()) == pytest.approx(1.0)
        assert preset["thresholds"].keys() == preset["weights"].keys() | {"overall"}
        assert preset["budgets"]["energy_wh"] > 0
    assert told["default"] == "standard_rti"


async def test_modes_are_told_with_the_default(admin: Admin) -> None:
    assert await admin.get("/v1/compliance-modes") == {"modes": ["RTI", "UK_GDPR", "EU_AI_ACT"], "default": "RTI"}
