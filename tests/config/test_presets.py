"""Presets are data that is checked when it is read."""

from pathlib import Path

import pytest

from config.errors import ConfigurationError
from config.presets import Weights, load_presets
from scorer.model import DimensionName

NAMES = {
    "standard_rti", "defense_ministry", "public_grievance", "finance_ministry", "health_ministry",
    "uk_govt_standard", "uk_high_security", "eu_strict_compliance", "eu_critical_infrastructure",
}  # fmt: skip


def test_the_nine_presets_are_there_and_their_weights_sum_to_one() -> None:
    presets = load_presets()

    assert presets.keys() == NAMES
    assert {round(sum(preset.weights.model_dump().values()), 6) for preset in presets.values()} == {1.0}


def test_weights_name_the_nine_dimensions_in_order() -> None:
    assert list(Weights.model_fields) == [name.value for name in DimensionName]


def test_a_folder_adds_presets_and_replaces_by_name(tmp_path: Path) -> None:
    text = "{name: Ours, purpose: test, weights: {security: 1}}"
    (tmp_path / "ours.yaml").write_text(text)
    (tmp_path / "standard_rti.yaml").write_text(text)

    presets = load_presets(tmp_path)

    assert presets.keys() == NAMES | {"ours"}
    assert presets["standard_rti"].name == "Ours"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{name: x, purpose: y, weights: {secrecy: 1}}", "weights.secrecy"),
        ("{name: x, purpose: y, weights: {security: -1}}", "weights.security"),
        ("{name: x, purpose: y, weights: {}}", "at least one dimension"),
        ("{name: x", "not valid YAML"),
    ],
)
def test_a_bad_preset_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "bad.yaml").write_text(text)

    with pytest.raises(ConfigurationError, match="preset bad") as caught:
        load_presets(tmp_path)

    assert message in str(caught.value)
