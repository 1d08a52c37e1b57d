"""Which claim engine is built from the settings, and what happens when the model cannot be used."""

from pathlib import Path

import pytest

from config.claims import ClaimsSettings
from config.settings import Settings
from endurance.app import build_claim_engine, why_without_model


def make(engine: str, model_dir: Path | None = None) -> Settings:
    return Settings(claims=ClaimsSettings.model_validate({"engine": engine, "model_dir": model_dir}))


@pytest.mark.parametrize("engine", ["default", "model"])
def test_missing_model_leaves_the_lexical_engine_and_says_why(engine: str, tmp_path: Path) -> None:
    settings = make(engine, tmp_path)

    assert build_claim_engine(settings).name == "lexical"
    assert why_without_model(settings) == f"manifest.json is missing in {tmp_path}"


def test_lexical_engine_asks_for_no_model(tmp_path: Path) -> None:
    settings = make("lexical", tmp_path)

    assert build_claim_engine(settings).name == "lexical"
    assert why_without_model(settings) is None
