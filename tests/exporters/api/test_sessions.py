"""The list of sessions with each of its filters, one session whole, and erasure."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from config.settings import CompatSettings
from scorer.model import DimensionName, Verification
from tests.fakes.admin import Admin, running_admin
from tests.fakes.evaluations import START, make_evaluation


async def fill(admin: Admin) -> None:
    """Save ten sessions, numbers 0 to 9: scores 0, 10, …, 90; even ones of `desk`, odd ones of `bank`."""
    for number in range(10):
        await admin.save(
            make_evaluation(
                number,
                session_id=f"s{number}",
                service_id="bank" if number % 2 else "desk",
                query=f"Question about Gebühr {number}",
                overall_score=10.0 * number,
                dimensions=dict.fromkeys(DimensionName, 90.0 - 10 * number) | {DimensionName.EXPLAINABILITY: None},
                flagged=number < 4,
                flag_codes=("low_overall", "gate_pii") if number == 2 else (),
                language="hi" if number == 5 else "en",
                model=f"m-{number % 3}",
                conversation_id="c 1" if number > 7 else None,
                verification=Verification(total_claims=1, unverifiable_claims=number % 4 == 1),
            )
        )


async def ids(admin: Admin, query: str) -> list[str]:
    return [row["session_id"] for row in (await admin.get(f"/v1/sessions?{query}"))["sessions"]]


async def test_an_empty_record_is_an_empty_list(admin: Admin) -> None:
    assert await admin.get("/v1/sessions") == {
        "sessions": [], "total": 0, "total_is": "exact", "next_cursor": None, "source": "sqlite",
    }  # fmt: skip


async def test_rows_come_newest_first_with_their_fields(admin: Admin) -> None:
    await fill(admin)

    rows = (await admin.get("/v1/sessions"))["sessions"]

    assert [row["session_id"] for row in rows] == [f"s{number}" for number in range(9, -1, -1)]
    assert rows[0]["timestamp"] == "2026-03-01T09:39:00.000Z"
    assert {"service_id", "query", "overall_score", "dimensions", "flagged", "flag_reasons"} <= rows[0].keys()
    assert len(rows[0]["dimensions"]) == 9


FILTERS = [
    ("service_id=bank", "s9 s7 s5 s3 s1"),
    ("flagged_only=true", "s3 s2 s1 s0"),
    ("flagged_only=0&limit=2", "s9 s8"),
    ("since=2026-03-01T09:37:00Z", "s9 s8 s7"),
    ("until=2026-03-01T09:32:00Z", "s1 s0"),
    ("since=2026-03-01T15:05:00%2B05:30&until=2026-03-01T09:37:00", "s6 s5"),
    ("min_score=80", "s9 s8"),
    ("max_score=10", "s1 s0"),
    ("min_score=40&max_score=50", "s5 s4"),
    ("dimension=security&min_score=80", "s1 s0"),
    ("dimension=security&max_score=10", "s9 s8"),
    ("dimension=explainability&max_score=100", ""),
    ("q=gebühr+7", "s7"),
    ("q=nobody", ""),
    ("q=&limit=1", "s9"),
    ("service_id=desk&flagged_only=true&min_score=10", "s2"),
    ("flag_reason=gate_pii", "s2"),
    ("flag_reason=low_security", ""),
    ("verdict=unverifiable", "s9 s5 s1"),
    ("verdict=verified", ""),
    ("language=hi", "s5"),
    ("model=m-1&max_score=50", "s4 s1"),
    ("conversation_id=c%201", "s9 s8"),
]


@pytest.mark.parametrize(("query", "expected"), FILTERS)
async def test_a_filter_leaves_what_fits(admin: Admin, query: str, expected: str) -> None:
    await fill(admin)

    assert await ids(admin, query) == expected.split()


BAD_QUERIES = [
    ("limit=0", "limit"),
    ("limit=1001", "limit"),
    ("limit=ten", "limit"),
    ("limit=1.5", "limit"),
    ("limit=", "limit"),
    ("limit=1&limit=2", "limit"),
    ("service_id=", "service_id"),
    ("flag_reason=low", "flag_reason"),
    ("verdict=wrong", "verdict"),
    ("language=", "language"),
    ("model=", "model"),
    ("flagged_only=maybe", "flagged_only"),
    ("since=yesterday", "since"),
    ("since=1700000000", "since"),
    ("until=2026-13-01T00:00:00Z", "until"),
    ("since=2026-03-02T00:00:00Z&until=2026-03-01T00:00:00Z", "since"),
    ("since=0001-01-01T00:00:00%2B10:00", "since"),
    ("min_score=-1", "min_score"),
    ("max_score=101", "max_score"),
    ("max_score=nan", "max_score"),
    ("min_score=60&max_score=50", "min_score"),
    ("dimension=beauty", "dimension"),
    ("cursor=nonsense", "cursor"),
    ("flagged=true", "flagged"),
    ("q=" + "x" * 501, "q"),
]


@pytest.mark.parametrize(("query", "field"), BAD_QUERIES)
async def test_a_bad_filter_is_400_that_names_it(admin: Admin, query: str, field: str) -> None:
    problem = await admin.get(f"/v1/sessions?{query}", 400)

    assert [error["field"] for error in problem["errors"]] == [field]


async def test_pages_join_to_the_whole_list_while_rows_arrive(admin: Admin) -> None:
    await fill(admin)
    seen: list[str] = []
    cursor, number = "", 100

    while cursor is not None:
        page = await admin.get(f"/v1/sessions?limit=3{cursor and '&cursor=' + cursor}")
        seen += [row["session_id"] for row in page["sessions"]]
        cursor, number = page["next_cursor"], number + 1
        await admin.save(make_evaluation(number, session_id=f"late-{number}"))

    assert seen == [f"s{number}" for number in range(9, -1, -1)]


async def test_one_session_is_told_whole_and_an_unknown_one_is_404(admin: Admin) -> None:
    await admin.save(make_evaluation(1, session_id="s1"))

    evaluation = await admin.get("/v1/sessions/s1")
    problem = await admin.get("/v1/sessions/nobody", 404)

    assert evaluation["response"] == "The fee of case 1 is ten rupees."
    assert evaluation["verification"]["hallucinated_claims"] == 1
    assert problem["title"] == "Not Found"


@pytest.mark.parametrize("path", ["%00", "%ED%A0%80", "a%2Fb", "%7Bx%7D", "x" * 3000])
async def test_a_strange_id_is_404_and_not_a_failure(admin: Admin, path: str) -> None:
    assert (await admin.get(f"/v1/sessions/{path}", 404))["status"] == 404


async def test_an_erased_session_is_404_and_stays_in_the_counts(admin: Admin) -> None:
    await admin.save(make_evaluation(1, session_id="s1"))

    async with admin.client.delete("/v1/sessions/s1") as answer:
        assert answer.status == 204
        assert await answer.read() == b""

    await admin.get("/v1/sessions/s1", 404)
    assert (await admin.get("/v1/services/desk/stats"))["total_sessions"] == 1
    async with admin.client.delete("/v1/sessions/s1") as answer:
        assert answer.status == 404


async def test_a_store_that_is_away_is_503(admin: Admin) -> None:
    admin.store.is_away = True

    for path in ("/v1/sessions", "/v1/sessions/s1", "/v1/services", "/v1/services/x/stats", "/v1/timeseries"):
        async with admin.client.get(path) as answer:
            assert (answer.status, answer.headers["Retry-After"]) == (503, "3"), path


async def test_compat_fills_null_dimensions_on_the_wire_only(tmp_path: Path) -> None:
    def explainability(value: dict[str, Any]) -> tuple[float, list[str]]:
        return value["dimensions"]["explainability"], value["not_assessed"]

    async with running_admin(tmp_path, compat=CompatSettings(null_dimensions="neutral")) as admin:
        posted = await admin.post("/v1/evaluate", {"query": "q", "response": "r", "session_id": "s1"})
        await admin.save(make_evaluation(2, session_id="s2", overall_score=None, timestamp=START - timedelta(days=1)))
        stored = await admin.store.get("s1")

        listed, unscored = (await admin.get("/v1/sessions"))["sessions"]
        whole = await admin.get("/v1/sessions/s1")

    assert explainability(posted) == explainability(whole) == explainability(listed) == (80.0, ["explainability"])
    assert unscored["dimensions"]["explainability"] is None
    assert stored is not None
    assert stored.dimensions[DimensionName.EXPLAINABILITY] is None
