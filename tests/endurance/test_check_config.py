"""`check-config` reads the files that settings name, too."""

from pathlib import Path

import pytest

from config.encryption import StoreEncryptionSettings
from config.errors import ConfigurationError
from config.redaction import RedactionSettings
from config.settings import Settings, SpoolSettings
from endurance.check_config import check


def test_the_defaults_are_right_and_make_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    check(Settings(data_dir=tmp_path))

    assert "mode: 'off'" in capsys.readouterr().out
    assert list(tmp_path.iterdir()) == []


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"spool\.key_file"):
        check(Settings(spool=SpoolSettings(key_file=tmp_path / "none")))


def test_a_missing_key_file_of_the_record_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"store_encryption\.key_file"):
        check(Settings(store_encryption=StoreEncryptionSettings(key_file=tmp_path / "none")))


def test_a_missing_salt_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"redaction\.salt_file"):
        check(Settings(redaction=RedactionSettings(salt_file=tmp_path / "none")))
