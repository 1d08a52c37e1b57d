from pathlib import Path

import pytest

from config.errors import ConfigurationError
from scorer.rules.loader import load_rulepacks

PACK = """
pack: house
mode: {mode}
version: "1"
jurisdiction: IN
law: [{{title: House rules, checked: "2026-11"}}]
rules:
  - id: {id}
    title: Every refusal says why
    source: House rules 1
    applies_when: {{all: [{{detector: response_refuses}}]}}
    requires: [{{id: reason, says: no reason, any_of: [{{detector: reason_clause}}]}}]
    null_reason: no refusal
    tests:
      - {{query: q, response: It cannot be provided because it is lost., expect: met}}
      - {{query: q, response: It cannot be provided., expect: {second}}}
"""


def _write(
    folder: Path, mode: str = "RTI", id_: str = "house.reason", second: str = "not_met", name: str = "house"
) -> Path:
    (folder / f"{name}.yaml").write_text(PACK.format(mode=mode, id=id_, second=second))
    return folder


def test_pack_of_an_operator_adds_to_its_mode(tmp_path: Path) -> None:
    packs = load_rulepacks(_write(tmp_path))

    assert [pack.pack for pack in packs["RTI"]] == ["house", "rti_in"]


def test_file_of_the_same_name_replaces_the_bundled_one(tmp_path: Path) -> None:
    packs = load_rulepacks(_write(tmp_path, name="rti"))

    assert [pack.pack for pack in packs["RTI"]] == ["house"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"second": "met"}, "not_met"),
        ({"mode": "MARS"}, "mode: expected one of RTI"),
        ({"id_": "rti.transfer"}, "rti.transfer stands in two packs"),
    ],
)
def test_pack_that_is_not_whole_is_refused_by_name(tmp_path: Path, change: dict[str, str], words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        load_rulepacks(_write(tmp_path, **change))


@pytest.mark.parametrize("data", [b"pack: [", b"\xff\xfe", b"- 1", b""])
def test_file_that_is_no_pack_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "odd.yaml").write_bytes(data)

    with pytest.raises(ConfigurationError, match="rule pack"):
        load_rulepacks(tmp_path)
