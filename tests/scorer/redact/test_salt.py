"""The salt: the operator's, or one that is made once."""

from pathlib import Path

import pytest

from config.errors import ConfigurationError
from scorer.redact.salt import GENERATED_NAME, load_salt


def test_a_salt_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    first = load_salt(None, tmp_path)

    assert load_salt(None, tmp_path) == first
    assert len(first) >= 32
    assert [path.name for path in tmp_path.iterdir()] == [GENERATED_NAME]
    assert (tmp_path / GENERATED_NAME).stat().st_mode & 0o777 == 0o600


def test_two_installations_have_two_salts(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()

    assert load_salt(None, tmp_path / "one") != load_salt(None, tmp_path / "two")


def test_the_operators_file_is_read_without_its_line_end_and_nothing_is_made(tmp_path: Path) -> None:
    file = tmp_path / "salt"
    file.write_bytes(b"sixteen bytes or more\n")

    assert load_salt(file, tmp_path) == b"sixteen bytes or more"
    assert list(tmp_path.iterdir()) == [file]


def test_a_missing_or_short_file_names_the_setting(tmp_path: Path) -> None:
    (tmp_path / "short").write_bytes(b"too short")

    with pytest.raises(ConfigurationError, match=r"redaction\.salt_file: cannot read"):
        load_salt(tmp_path / "missing", tmp_path)
    with pytest.raises(ConfigurationError, match=r"redaction\.salt_file: expected at least 16 bytes.*got 9"):
        load_salt(tmp_path / "short", tmp_path)


def test_a_data_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="data_dir: cannot write"):
        load_salt(None, tmp_path / "missing")
