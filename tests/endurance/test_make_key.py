"""`endurance key`: a key that opens what its entry says, shown on one stream while the entry is on the other."""

import hashlib

import pytest
import yaml
from click.testing import CliRunner

from config.api import ApiSettings, NamedKey
from endurance.__main__ import main
from exporters.api.base import Role
from exporters.api.keys import KeyRing


def test_the_entry_makes_the_key_known_and_does_not_hold_it() -> None:
    result = CliRunner().invoke(main, ["key", "desk-bot", "--scope", "ingest", "--scope", "read", "--service", "desk"])

    key = result.stderr.strip().rpartition(" ")[2]
    entries = [NamedKey.model_validate(entry) for entry in yaml.safe_load(result.stdout)]
    owner = KeyRing(ApiSettings(), entries).owner_of(key)
    assert result.exit_code == 0
    assert owner is not None
    assert (owner.name, owner.scopes, owner.services) == ("desk-bot", {Role.INGEST, Role.READ}, {"desk"})
    assert key not in result.stdout
    assert hashlib.sha256(key.encode()).hexdigest() in result.stdout


def test_every_key_is_another_one() -> None:
    keys = {CliRunner().invoke(main, ["key", "a", "--scope", "read"]).stderr for _ in range(5)}

    assert len(keys) == 5


@pytest.mark.parametrize(
    ("arguments", "said"),
    [(["a b", "--scope", "read"], "name: "), (["a"], "--scope"), (["a", "--scope", "root"], "'root' is not one of")],
)
def test_a_wrong_order_is_refused(arguments: list[str], said: str) -> None:
    result = CliRunner().invoke(main, ["key", *arguments])

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.stderr
