"""`endurance export`: the file, its manifest, and going on after a cut."""

import asyncio
import hashlib
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from endurance.__main__ import main
from endurance.export_parts import PartsExport
from exporters.export import Export, Format, Manifest
from exporters.store.base import SessionFilter
from exporters.store.sqlite import SqliteStore
from scorer.model import format_moment
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


def check(folder: Path, name: str = "out.jsonl", *options: str) -> Result:
    return export(folder, "--check", *options, name=name)


@pytest.mark.parametrize("format_", ["jsonl", "csv", "parquet"])
def test_an_export_is_what_its_manifest_says(folder: Path, format_: str) -> None:
    if format_ == "parquet":
        pytest.importorskip("pyarrow", reason="needs the extra `parquet`")
    export(folder, "--format", format_, name="out")

    checked = check(folder, "out")

    assert (checked.exit_code, checked.output.split(": ")[1]) == (0, f"{SESSIONS} sessions, as its manifest says\n")
    manifest = manifest_of(folder, "out")
    assert (manifest["schema_version"], manifest["sessions"], manifest["next_cursor"]) == (1, SESSIONS, None)
    assert (manifest["first"], manifest["last"]) == tuple(
        {"timestamp": format_moment(one.timestamp), "session_id": one.session_id}
        for one in (make_evaluation(SESSIONS - 1), make_evaluation(0))
    )


def test_a_changed_file_is_found(folder: Path) -> None:
    export(folder)
    file = folder / "out.jsonl"
    text = file.read_bytes()

    file.write_bytes(text.replace(b"case 7?", b"case 8?"))
    changed = check(folder)
    file.write_bytes(text[:-1])
    shorter = check(folder)
    file.unlink()
    missing = check(folder)

    assert [found.exit_code for found in (changed, shorter, missing)] == [1, 1, 1]
    assert "another SHA-256" in changed.output
    assert f"has {len(text) - 1} bytes" in shorter.output
    assert "is missing" in missing.output


def test_an_export_that_was_cut_off_is_not_whole(folder: Path) -> None:
    export(folder)
    cut(folder)
    (folder / "out.jsonl").write_bytes((folder / "out.jsonl").read_bytes()[: manifest_of(folder)["size_bytes"]])

    found = check(folder)

    assert (found.exit_code, "not complete" in found.output) == (1, True)


@pytest.mark.parametrize("format_", list(Format)[:2])
def test_a_file_from_the_api_is_checked_by_its_last_line(folder: Path, format_: Format) -> None:
    async def download() -> bytes:
        store = SqliteStore(folder / "data" / "endurance.db", "UTC")
        await store.open()
        one = Export(store, SessionFilter(), format_)
        text = b"".join([piece async for piece in one.pieces()]) + await one.ending()
        await store.close()
        return text

    text = asyncio.run(download())
    (folder / "got").write_bytes(text)
    whole = check(folder, "got")
    (folder / "got").write_bytes(text.replace(b"case 7?", b"case 8?"))
    changed = check(folder, "got")
    (folder / "got").write_bytes(text[: len(text) // 2])
    half = check(folder, "got")

    assert (whole.exit_code, changed.exit_code, half.exit_code) == (0, 1, 2), (whole.output, changed.output)
    assert "no manifest" in half.output


def test_parquet_is_written_in_parts_and_gone_on_with_behind_them(folder: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra `parquet`")

    async def write(parts: int, before: Manifest | None = None) -> Manifest:
        store = SqliteStore(folder / "data" / "endurance.db", "UTC")
        await store.open()
        (folder / "out").mkdir(exist_ok=True)
        writing = PartsExport(store, SessionFilter(), Format.PARQUET, folder / "out", part_sessions=100)
        for _ in range(parts):
            before = await writing.next(before)
        await store.close()
        assert before is not None
        return before

    begun = asyncio.run(write(2))
    (folder / "out.manifest.json").write_text(begun.model_dump_json())
    (folder / "out" / "part-00003.parquet.tmp").write_bytes(b"half a part")
    unfinished = check(folder, "out", "--format", "parquet")
    resumed = export(folder, "--format", "parquet", "--resume", name="out")

    assert "not complete" in unfinished.output
    assert resumed.exit_code == 0, resumed.output
    assert check(folder, "out").exit_code == 0
    assert [part["sessions"] for part in manifest_of(folder, "out")["parts"]] == [100, 100, 30]  # type: ignore[attr-defined]
    ids = parquet.read_table(folder / "out").column("session_id").to_pylist()
    assert ids == [make_evaluation(n).session_id for n in reversed(range(SESSIONS))]


def test_the_manifest_stands_where_it_is_wanted(folder: Path) -> None:
    export(folder, "--manifest", str(folder / "kept.json"))

    assert not (folder / "out.jsonl.manifest.json").exists()
    assert check(folder, "out.jsonl", "--manifest", str(folder / "kept.json")).exit_code == 0
