"""A change of the record's key by the command line, from the key file to a record that needs one key alone."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from config.encryption import StoreEncryptionSettings
from config.errors import ConfigurationError
from config.settings import Settings
from endurance.__main__ import main
from endurance.opened_store import opened_store
from endurance.reseal import reseal
from exporters.store.base import SessionFilter
from tests.fakes.evaluations import make_evaluation

OLD, NEW = "11" * 32, "22" * 32
WORD = "xylophone"


def settings(folder: Path, *keys: str) -> Settings:
    """Return settings with these keys; without any, with no key file."""
    if not keys:
        return Settings(data_dir=folder / "data")
    (folder / "keys").write_text("\n".join(keys))
    return Settings(data_dir=folder / "data", store_encryption=StoreEncryptionSettings(key_file=folder / "keys"))


async def fill(with_settings: Settings, number: int) -> None:
    async with opened_store(with_settings, is_made=True) as store:
        await store.save(make_evaluation(number, query=f"What is a {WORD}?"))


async def total(with_settings: Settings) -> int:
    async with opened_store(with_settings) as store:
        return (await store.list_sessions(SessionFilter(q=WORD), 10, None)).total


def command(folder: Path) -> Result:
    environment = {"ENDURANCE_STORE_ENCRYPTION_KEY_FILE": str(folder / "keys")}
    return CliRunner().invoke(main, ["reseal", "--data-dir", str(folder / "data")], env=environment)


@pytest.mark.parametrize("first", [(), (OLD,)])
def test_a_record_is_taken_over_by_the_first_key(tmp_path: Path, first: tuple[str, ...]) -> None:
    for number in range(3):
        asyncio.run(fill(settings(tmp_path, *first), number))
    settings(tmp_path, NEW, *first)

    told = command(tmp_path)

    assert (told.exit_code, told.stdout.splitlines()) == (
        0, ["3 sessions written anew", "the record needs the first key alone now"],
    )  # fmt: skip
    assert asyncio.run(total(settings(tmp_path, NEW))) == 3
    assert [file.name for file in (tmp_path / "data").iterdir() if WORD.encode() in file.read_bytes()] == []


def test_without_a_key_file_nothing_is_done(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"store_encryption\.key_file"):
        reseal(settings(tmp_path))


def test_a_record_whose_key_is_missing_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    asyncio.run(fill(settings(tmp_path, OLD), 1))
    settings(tmp_path, NEW)

    told = command(tmp_path)

    assert told.exit_code == 2
    assert told.stderr.startswith("endurance: store_encryption.key_file: the record holds texts")
    assert told.stderr.count("\n") == 1


def test_a_bad_key_file_is_one_line(tmp_path: Path) -> None:
    settings(tmp_path, "abcd")

    told = command(tmp_path)

    assert (told.exit_code, told.stderr.count("\n")) == (2, 1)
    assert "expected 64 hexadecimal digits on line 1" in told.stderr
