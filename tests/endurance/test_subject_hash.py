"""The hash that an operator is told is the one that the record knows a person by."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from config.errors import ConfigurationError
from config.settings import RedactionSettings, Settings
from endurance.__main__ import main
from endurance.subject_hash import subject_hash
from scorer.redact.plan import END_USER, hash_letters
from scorer.redact.salt import load_salt


def test_the_hash_is_that_of_the_engines_salt(tmp_path: Path) -> None:
    salt = load_salt(None, tmp_path)

    told = CliRunner().invoke(main, ["subject-hash", "--data-dir", str(tmp_path)], input="ravi@example.org\n")

    assert (told.exit_code, told.output) == (0, hash_letters(salt, END_USER, "ravi@example.org") + "\n")


def test_the_operators_own_salt_is_used(tmp_path: Path) -> None:
    (tmp_path / "salt").write_text("0123456789abcdef")
    settings = Settings(data_dir=tmp_path / "none", redaction=RedactionSettings(salt_file=tmp_path / "salt"))

    assert subject_hash("ravi", settings) == hash_letters(b"0123456789abcdef", END_USER, "ravi")


def test_a_directory_without_a_salt_is_refused_and_none_is_made(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="redaction-salt"):
        subject_hash("ravi", Settings(data_dir=tmp_path))

    assert list(tmp_path.iterdir()) == []


def test_nothing_in_place_of_an_id_is_refused(tmp_path: Path) -> None:
    load_salt(None, tmp_path)

    told = CliRunner().invoke(main, ["subject-hash", "--data-dir", str(tmp_path)], input="\n")

    assert told.exit_code == 2
