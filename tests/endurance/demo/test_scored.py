"""The first run waits for all its questions, tells what is missing, and prints hostile text as text."""

import io
from datetime import UTC, datetime
from itertools import count

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from rich.console import Console

from endurance.demo.scored import ScoredQuestion, ScoringResult, print_table, wait_until_scored

SINCE = datetime(2026, 1, 2, 3, 4, 5, 678000, UTC)


def row(query: str, overall: float | None = 80.0, *reasons: str) -> dict[str, object]:
    return {
        "session_id": f"id-{query}",
        "service_id": "example-bot",
        "query": query,
        "overall_score": overall,
        "flag_reasons": list(reasons),
    }


async def wait_with(answers: list[list[dict[str, object]]], questions: list[str], seconds: float) -> ScoringResult:
    """Wait against an API that gives these lists one after the other, the last one for ever."""
    asked: list[str] = []

    async def sessions(request: web.Request) -> web.Response:
        asked.append(request.query["since"])
        return web.json_response({"sessions": answers[min(len(asked), len(answers)) - 1]})

    app = web.Application()
    app.router.add_get("/v1/sessions", sessions)
    ticks = count(1.0)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        url = f"http://127.0.0.1:{server.port}"
        result = await wait_until_scored(session, url, questions, SINCE, seconds, lambda: next(ticks))
    assert set(asked) == {"2026-01-02T03:04:05.678Z"}
    return result


async def test_it_waits_until_every_question_has_a_session() -> None:
    result = await wait_with([[], [row("b")], [row("b"), row("a")]], ["a", "b"], 30)

    assert [scored.query for scored in result.rows] == ["a", "b"]
    assert result.missing == ()
    assert result.first_seen_at == 1.0


async def test_a_question_that_is_asked_twice_needs_two_sessions() -> None:
    result = await wait_with([[row("a")], [row("a"), row("a")]], ["a", "a"], 30)

    assert len(result.rows) == 2


async def test_what_is_not_scored_in_time_is_missing() -> None:
    result = await wait_with([[row("a")]], ["a", "b"], 0.3)

    assert [scored.query for scored in result.rows] == ["a"]
    assert result.missing == ("b",)


async def test_nothing_scored_has_no_first_moment() -> None:
    result = await wait_with([[]], ["a"], 0.3)

    assert (result.rows, result.first_seen_at) == ((), None)


async def test_an_api_that_refuses_is_an_error() -> None:
    async with TestServer(web.Application()) as server, aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientResponseError):
            await wait_until_scored(session, f"http://127.0.0.1:{server.port}", ["a"], SINCE, 5, lambda: 0.0)


def test_the_table_shows_markup_as_text_and_null_as_not_assessed() -> None:
    output = io.StringIO()
    rows = [
        ScoredQuestion("1", "example-bot", "[bold]loud[/bold]?", None, ()),
        ScoredQuestion("2", "example-bot", "fees?", 31.25, ("Hallucinations detected: 1",)),
    ]

    print_table(Console(file=output, width=120), rows)

    text = output.getvalue()
    assert "[bold]loud[/bold]?" in text
    assert "not assessed" in text
    assert "31.2" in text
    assert "Hallucinations detected: 1" in text
