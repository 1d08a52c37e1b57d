"""`endurance export`: the file, its manifest, and going on after a cut."""

import asyncio
import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from endurance.__main__ import main
from exporters.store.base import SessionFilter
from exporters.store.sqlite import SqliteStore
from tests.fakes.evaluations import make_evaluation

SESSIONS = 230
"""Three pages of an export."""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    async def fill() -> None:
        store = SqliteStore(tmp_path / "data" / "endurance.db", "UTC")
        await store.open()
        await asyncio.gather(*(store.save(make_evaluation(n, service_id=f"s{n % 2}")) for n in range(SESSIONS)))
        await store.close()

    asyncio.run(fill())
    return tmp_path


def export(folder: Path, *options: str, name: str = "out.jsonl") -> Result:
    return CliRunner().invoke(main, ["export", str(folder / name), "--data-dir", str(folder / "data"), *options])


def manifest_of(folder: Path, name: str = "out.jsonl") -> dict[str, object]:
    read: dict[str, object] = json.loads((folder / f"{name}.manifest.json").read_text())
    return read


def cut(folder: Path) -> None:
    """Leave the file as an export leaves it that died in its second page."""
    text = (folder / "out.jsonl").read_bytes()
    first = b"".join(text.splitlines(keepends=True)[:100])
    (folder / "out.jsonl").write_bytes(first + b'{"session_id": "half a li')
    manifest = manifest_of(folder)
    cursor = cursor_after(folder, 100)
    manifest |= {
        "sessions": 100,
        "size_bytes": len(first),
        "sha256": hashlib.sha256(first).hexdigest(),
        "next_cursor": cursor,
    }
    (folder / "out.jsonl.manifest.json").write_text(json.dumps(manifest))


def cursor_after(folder: Path, number: int) -> str | None:
    async def read() -> str | None:
        store = SqliteStore(folder / "data" / "endurance.db", "UTC")
        await store.open()
        page = await store.read_evaluations(SessionFilter(), number, None)
        await store.close()
        return page.next_cursor

    return asyncio.run(read())


def test_the_file_holds_every_session_and_its_manifest_its_hash(folder: Path) -> None:
    result = export(folder)

    assert result.exit_code == 0, result.output
    text = (folder / "out.jsonl").read_bytes()
    assert len(text.splitlines()) == SESSIONS
    manifest = manifest_of(folder)
    assert (manifest["sessions"], manifest["next_cursor"]) == (SESSIONS, None)
    assert manifest["sha256"] == hashlib.sha256(text).hexdigest()
    assert f"{SESSIONS} sessions" in result.output


def test_conditions_are_those_of_the_list(folder: Path) -> None:
    export(folder, "--where", "service_id=s1", "--format", "csv", name="out.csv")

    assert manifest_of(folder, "out.csv")["sessions"] == SESSIONS / 2
    assert manifest_of(folder, "out.csv")["filter"] == {"service_id": "s1"}


def test_a_cut_off_export_is_gone_on_with_to_the_same_file(folder: Path) -> None:
    export(folder)
    whole, manifest = (folder / "out.jsonl").read_bytes(), manifest_of(folder)
    cut(folder)

    result = export(folder, "--resume")

    assert result.exit_code == 0, result.output
    assert (folder / "out.jsonl").read_bytes() == whole
    assert manifest_of(folder) == manifest
    assert "is complete" in export(folder, "--resume").output


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "exists; give another name, or --resume"),
        (("--resume", "--format", "csv"), "was begun as jsonl, not as csv"),
        (("--resume", "--where", "service_id=s1"), "was begun with other conditions"),
        (("--where", "service=s1"), "--where: service: unknown parameter"),
        (("--where", "nonsense"), "--where: "),
    ],
)
def test_what_would_spoil_a_file_is_refused_in_one_line(folder: Path, options: tuple[str, ...], message: str) -> None:
    export(folder)
    before = (folder / "out.jsonl").read_bytes()

    result = export(folder, *options)

    assert result.exit_code == 2
    assert message in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1
    assert (folder / "out.jsonl").read_bytes() == before


def test_a_file_that_was_changed_is_not_gone_on_with(folder: Path) -> None:
    export(folder)
    cut(folder)
    text = (folder / "out.jsonl").read_bytes()
    (folder / "out.jsonl").write_bytes(b"x" + text[1:])

    result = export(folder, "--resume")

    assert result.exit_code == 2
    assert "is not what its manifest says" in result.stderr
