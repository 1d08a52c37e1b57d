"""The record as a file: what its lines hold, and that the manifest says exactly what was written."""

import csv
import hashlib
import io
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from config.errors import InvalidInputError
from exporters.export import PAGE, Export, Format, Manifest, Place
from exporters.store.base import SessionFilter
from exporters.store.sqlite import SqliteStore
from scorer.model import Evaluation
from tests.fakes.evaluations import make_evaluation

EVERYTHING = SessionFilter()


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "endurance.db", "UTC")
    await store.open()
    yield store
    await store.close()


async def fill(store: SqliteStore, number: int) -> list[Evaluation]:
    """Save so many; return them as an export tells them, newest first."""
    saved = [(await store.save(make_evaluation(n, service_id=f"s{n % 2}"))).evaluation for n in range(number)]
    return saved[::-1]


def place_of(number: int) -> Place:
    one = make_evaluation(number)
    return Place(timestamp=one.timestamp, session_id=one.session_id)


async def written(export: Export, limit: int | None = None) -> bytes:
    return b"".join([piece async for piece in export.pieces(limit)])


async def test_json_lines_are_the_evaluations_whole(store: SqliteStore) -> None:
    expected = await fill(store, PAGE + 7)

    lines = (await written(Export(store, EVERYTHING, Format.JSONL))).splitlines()

    assert [Evaluation.model_validate_json(line) for line in lines] == expected


@pytest.mark.parametrize("format_", [Format.JSONL, Format.CSV])
async def test_the_manifest_counts_and_hashes_what_was_written(store: SqliteStore, format_: Format) -> None:
    await fill(store, 12)
    export = Export(store, SessionFilter(service_id="s1", min_score=0.0), format_)

    text = await written(export)

    assert export.manifest() == Manifest(
        format=format_,
        filter={"service_id": "s1", "min_score": "0.0"},
        sessions=6,
        first=place_of(11),
        last=place_of(1),
        size_bytes=len(text),
        sha256=hashlib.sha256(text).hexdigest(),
        next_cursor=None,
    )


async def test_parts_join_to_the_whole(store: SqliteStore) -> None:
    await fill(store, 25)
    whole = await written(Export(store, EVERYTHING, Format.JSONL))
    parts, cursor = [], None

    for _ in range(3):
        part = Export(store, EVERYTHING, Format.JSONL, cursor)
        parts.append(await written(part, limit=10))
        cursor = part.manifest().next_cursor

    assert b"".join(parts) == whole
    assert cursor is None


async def test_an_export_that_is_taken_up_ends_with_the_same_manifest(store: SqliteStore) -> None:
    await fill(store, PAGE + 20)
    whole = Export(store, EVERYTHING, Format.CSV)
    text = await written(whole)
    cut = Export(store, EVERYTHING, Format.CSV)
    beginning = await anext(cut.pieces())

    again = Export(store, EVERYTHING, Format.CSV)
    again.take_up(cut.manifest(), beginning[:100])
    again.take_up(cut.manifest(), beginning[100:])
    rest = await written(again)

    assert beginning + rest == text
    assert again.manifest() == whole.manifest()


async def test_csv_has_a_head_and_a_row_for_each_session(store: SqliteStore) -> None:
    await store.save(
        make_evaluation(1, query='say "ten",\nrupees', response="=HYPERLINK(1)", flagged=True, flag_codes=("a", "b"))
    )

    (row,) = csv.DictReader(io.StringIO((await written(Export(store, EVERYTHING, Format.CSV))).decode(), newline=""))

    assert (row["query"], row["response"]) == ('say "ten",\nrupees', "'=HYPERLINK(1)")
    assert (row["flagged"], row["flag_codes"], row["explainability"]) == ("true", "a b", "")
    assert (row["timestamp"], row["verified_claims"]) == ("2026-03-01T09:31:00.000Z", "2")
    assert float(row["overall_score"]) == make_evaluation(1).overall_score


@pytest.mark.parametrize(("format_", "lines"), [(Format.JSONL, 0), (Format.CSV, 1)])
async def test_an_empty_record_is_a_whole_export(store: SqliteStore, format_: Format, lines: int) -> None:
    export = Export(store, EVERYTHING, format_)

    assert len((await written(export)).splitlines()) == lines
    manifest = export.manifest()
    assert (manifest.sessions, manifest.first, manifest.last, manifest.next_cursor) == (0, None, None, None)


async def test_the_last_line_holds_the_manifest(store: SqliteStore) -> None:
    await fill(store, 1)
    export = Export(store, EVERYTHING, Format.JSONL)
    await written(export)

    assert json.loads(await export.ending()) == {
        "manifest": export.manifest().model_dump(mode="json", exclude={"parts"})
    }


async def test_a_bad_cursor_is_bad_input_before_the_first_piece(store: SqliteStore) -> None:
    with pytest.raises(InvalidInputError):
        await anext(Export(store, EVERYTHING, Format.CSV, "x").pieces())
