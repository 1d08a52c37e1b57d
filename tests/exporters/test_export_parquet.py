"""Parquet: a table with types that other programs read, written in bounded pieces."""

import io
import json
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from config.errors import InvalidInputError
from exporters.export import Export, Format, Manifest
from exporters.export_parquet import GROUP, METADATA_KEY, Parquet
from exporters.export_rows import COLUMNS
from exporters.store.base import SessionFilter
from exporters.store.sqlite import SqliteStore
from scorer.model import Evaluation, Feedback
from tests.fakes.evaluations import make_evaluation, make_full_evaluation

parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra `parquet`")


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    store = SqliteStore(tmp_path / "endurance.db", "UTC")
    await store.open()
    yield store
    await store.close()


async def test_a_table_holds_typed_columns_and_the_evaluations_whole(store: SqliteStore) -> None:
    saved = [
        (await store.save(make_full_evaluation(n, flag_codes=("a", "b"), flagged=True))).evaluation for n in range(3)
    ]
    await store.add_feedback(saved[0].session_id, Feedback(approved=True, at=datetime(2026, 3, 1, tzinfo=UTC)))
    export = Export(store, SessionFilter(), Format.PARQUET)

    data = b"".join([piece async for piece in export.pieces()]) + await export.ending()

    table = parquet.read_table(io.BytesIO(data))
    rows = table.to_pylist()
    assert table.column_names == [*COLUMNS, "evaluation"]
    assert [Evaluation.model_validate_json(row["evaluation"]) for row in rows][:2] == saved[:0:-1]
    oldest = rows[-1]
    assert (oldest["timestamp"], oldest["flagged"], oldest["flag_codes"]) == (saved[0].timestamp, True, ["a", "b"])
    assert (oldest["overall_score"], oldest["explainability"]) == (saved[0].overall_score, None)
    assert (oldest["approved"], oldest["rejected"]) == (1, 0)


async def test_the_files_metadata_is_the_manifest_and_the_hash_is_of_all_bytes(store: SqliteStore) -> None:
    for number in range(5):
        await store.save(make_evaluation(number))
    export = Export(store, SessionFilter(service_id="desk"), Format.PARQUET)

    data = b"".join([piece async for piece in export.pieces(3)]) + await export.ending()

    inside = Manifest.model_validate_json(parquet.read_metadata(io.BytesIO(data)).metadata[METADATA_KEY.encode()])
    assert (inside.sessions, inside.filter, inside.sha256) == (3, {"service_id": "desk"}, None)
    assert inside.next_cursor == export.manifest().next_cursor is not None
    assert export.manifest().size_bytes == len(data)


async def test_an_empty_record_is_a_table_without_rows(store: SqliteStore) -> None:
    export = Export(store, SessionFilter(), Format.PARQUET)

    data = b"".join([piece async for piece in export.pieces()]) + await export.ending()

    assert parquet.read_table(io.BytesIO(data)).num_rows == 0


def test_rows_are_written_a_group_at_a_time() -> None:
    encoder, page = Parquet(), [make_evaluation(1)] * (GROUP // 4)

    head = encoder.head()
    sizes = [len(encoder.rows(page)) for _ in range(8)]
    end = encoder.end(json.dumps({"sessions": 2 * GROUP}))

    assert [size > 0 for size in sizes] == [False, False, False, True] * 2
    assert head == end[-4:] == b"PAR1"


def test_without_the_library_the_format_is_refused_by_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    with pytest.raises(InvalidInputError, match=r"endurance\[parquet\]"):
        Parquet()
