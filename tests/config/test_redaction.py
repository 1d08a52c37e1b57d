"""The settings of redaction as an operator writes them."""

from pathlib import Path

import pytest

from config.errors import ConfigurationError
from config.loader import load_settings


def test_a_bare_off_of_yaml_is_the_word(tmp_path: Path) -> None:
    file = tmp_path / "endurance.yaml"
    file.write_text("redaction: {mode: mask, types: {email: off, phone: hash}}")

    redaction = load_settings({}, {}, file).redaction

    assert (redaction.mode, redaction.types.email, redaction.types.phone) == ("mask", "off", "hash")
    assert redaction.types.pan is None


def test_modes_and_types_are_read_from_the_environment() -> None:
    environment = {"ENDURANCE_REDACTION_MODE": "off", "ENDURANCE_REDACTION_TYPES_EMAIL": "off"}

    redaction = load_settings({}, environment).redaction

    assert (redaction.mode, redaction.types.email) == ("off", "off")


def test_an_unknown_type_is_named(tmp_path: Path) -> None:
    file = tmp_path / "endurance.yaml"
    file.write_text("redaction: {types: {mail: mask}}")

    with pytest.raises(ConfigurationError, match=r"redaction\.types\.mail: unknown setting"):
        load_settings({}, {}, file)


def test_an_unknown_mode_says_what_was_expected() -> None:
    with pytest.raises(ConfigurationError, match=r"redaction\.mode: input should be 'off', 'mask' or 'hash'"):
        load_settings({}, {"ENDURANCE_REDACTION_MODE": "delete"})


def test_a_service_may_have_its_own(tmp_path: Path) -> None:
    file = tmp_path / "endurance.yaml"
    file.write_text("services: [{id: desk, redaction: {mode: hash}}, {id: other}]")

    desk, other = load_settings({}, {}, file).services

    assert desk.redaction is not None
    assert desk.redaction.mode == "hash"
    assert other.redaction is None
