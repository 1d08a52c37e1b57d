"""Export over HTTP: filtered, in parts, with a manifest, and never a part that looks whole."""

import hashlib
import io
import json
from typing import Any

import pytest
from aiohttp import ClientError

from config.errors import StoreUnavailableError
from tests.fakes.admin import Admin
from tests.fakes.evaluations import make_evaluation


async def fill(admin: Admin, number: int) -> None:
    for n in range(number):
        await admin.save(make_evaluation(n, session_id=f"s{n}", service_id="bank" if n % 2 else "desk"))


async def lines_of(admin: Admin, query: str = "") -> list[bytes]:
    async with admin.client.get(f"/v1/export?{query}") as answer:
        assert answer.status == 200
        return (await answer.read()).splitlines(keepends=True)


def ids(lines: list[bytes]) -> list[str]:
    return [json.loads(line)["session_id"] for line in lines]


async def test_lines_are_the_sessions_that_fit_then_the_manifest(admin: Admin) -> None:
    await fill(admin, 5)

    *lines, last = await lines_of(admin, "service_id=desk&max_score=100")

    assert ids(lines) == ["s4", "s2", "s0"]
    assert json.loads(lines[0]) == await admin.get("/v1/sessions/s4")
    manifest: dict[str, Any] = json.loads(last)["manifest"]
    assert (manifest["sessions"], manifest["next_cursor"]) == (3, None)
    assert manifest["sha256"] == hashlib.sha256(b"".join(lines)).hexdigest()
    assert manifest["filter"] == {"service_id": "desk", "max_score": "100.0"}


async def test_a_part_ends_with_the_cursor_of_the_next(admin: Admin) -> None:
    await fill(admin, 5)

    *first, last = await lines_of(admin, "limit=3")
    cursor = json.loads(last)["manifest"]["next_cursor"]
    *second, end = await lines_of(admin, f"limit=3&cursor={cursor}")

    assert ids([*first, *second]) == ["s4", "s3", "s2", "s1", "s0"]
    assert json.loads(end)["manifest"]["next_cursor"] is None


async def test_csv_is_a_file_to_keep(admin: Admin) -> None:
    await fill(admin, 2)

    async with admin.client.get("/v1/export?format=csv") as answer:
        lines = (await answer.text()).split("\r\n")

    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == 'attachment; filename="endurance.csv"'
    assert [line.partition(",")[0] for line in lines[:3]] == ["session_id", "s1", "s0"]
    assert json.loads(lines[3].removeprefix("# manifest "))["sessions"] == 2


@pytest.mark.parametrize(
    ("query", "field"),
    [("format=xls", "format"), ("limit=0", "limit"), ("cursor=x", "cursor"), ("verdict=x", "verdict"), ("x=1", "x")],
)
async def test_a_bad_query_is_400_that_names_it(admin: Admin, query: str, field: str) -> None:
    problem = await admin.get(f"/v1/export?{query}", 400)

    assert [error["field"] for error in problem["errors"]] == [field]


async def test_a_store_that_is_away_at_the_start_is_503(admin: Admin) -> None:
    admin.store.is_away = True

    assert "Retry-After" in (await admin.client.get("/v1/export")).headers


async def test_a_store_that_goes_in_the_middle_cuts_the_connection(
    admin: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(admin, 150)
    read, calls = admin.store.read_evaluations, []

    async def failing(*arguments: Any) -> Any:
        calls.append(arguments)
        if len(calls) > 1:
            raise StoreUnavailableError("the store went away")
        return await read(*arguments)

    monkeypatch.setattr(admin.store, "read_evaluations", failing)

    with pytest.raises(ClientError):
        await lines_of(admin)


async def test_parquet_is_a_file_of_its_own_kind(admin: Admin) -> None:
    parquet = pytest.importorskip("pyarrow.parquet", reason="needs the extra `parquet`")
    await fill(admin, 5)

    async with admin.client.get("/v1/export?format=parquet&limit=3") as answer:
        data = await answer.read()

    assert answer.headers["Content-Type"] == "application/vnd.apache.parquet"
    assert parquet.read_table(io.BytesIO(data)).column("session_id").to_pylist() == ["s4", "s3", "s2"]
    manifest = json.loads(parquet.read_metadata(io.BytesIO(data)).metadata[b"endurance"])
    assert (manifest["sessions"], manifest["next_cursor"] is None) == (3, False)
