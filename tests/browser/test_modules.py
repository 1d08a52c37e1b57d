"""The page's pure modules, run in the browser: events cut anywhere, texts cut at Python's offsets."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Page

from exporters.dashboard.routes import dashboard_routes
from tests.fakes.browser import open_page

pytestmark = pytest.mark.browser

PARSE = """async (streams) => {
  const { EventParser } = await import("/dashboard/sse.js");
  return streams.map((pieces) => {
    const parser = new EventParser();
    return pieces.flatMap((piece) => parser.feed(piece));
  });
}"""
CUT = """async (cases) => {
  const { cut } = await import("/dashboard/text.js");
  return cases.map(({ text, spans }) => cut(text, spans).map((piece) => [piece.text, piece.span?.name ?? null]));
}"""
# The fields, comments and line ends of WHATWG HTML, section 9.2.6: a bare field name, a space that belongs to the
# value, an id that stays until the next one, an event without data that is not dispatched.
STREAM = (
    "retry: 2000\n\n"
    ": a comment\r\n\r\n"
    'event: init\nid: w1:1\ndata: {"a":\ndata:  1}\n\n'
    "data\n\n"
    "event: lost\nid: w1:2\n\n"
    "data: 🙂 x\r\r"
    "event: session\r\ndata: y\r\nid\r\n\r\n"
    "data: never finished\n"
)
EVENTS = [
    {"type": "init", "data": '{"a":\n 1}', "id": "w1:1"},
    {"type": "message", "data": "", "id": "w1:1"},
    {"type": "message", "data": "🙂 x", "id": "w1:2"},
    {"type": "session", "data": "y", "id": ""},
]


@asynccontextmanager
async def modules() -> AsyncIterator[Page]:
    app = web.Application()
    app.add_routes(dashboard_routes())
    async with TestServer(app) as server, open_page(str(server.make_url("/dashboard/icon.svg"))) as (page, _):
        yield page


def pieces_of(text: str, rng: random.Random) -> list[str]:
    places = sorted(rng.choices(range(len(text) + 1), k=rng.randrange(12)))
    return [text[start:end] for start, end in zip([0, *places], [*places, len(text)], strict=True)]


async def test_events_are_the_same_wherever_the_stream_is_cut() -> None:
    rng = random.Random(3)
    streams = [[STREAM], list(STREAM), *(pieces_of(STREAM, rng) for _ in range(300))]

    async with modules() as page:
        parsed = await page.evaluate(PARSE, streams)

    assert all(events == EVENTS for events in parsed)


async def test_a_text_is_cut_where_python_would_cut_it() -> None:
    rng = random.Random(5)
    cases, expected = [], []
    for _ in range(300):
        text = "".join(rng.choices("ab 🙂👍🏽é\u0939\u093f\n", k=rng.randrange(1, 40)))
        places = sorted(rng.sample(range(len(text) + 1), k=min(4, len(text) + 1)))
        spans = [
            {"name": f"s{start}", "start": start, "end": end}
            for start, end in zip(places[::2], places[1::2], strict=False)
            if start < end
        ]
        cases.append({"text": text, "spans": rng.sample(spans, k=len(spans))})
        expected.append({span["name"]: text[span["start"] : span["end"]] for span in spans})

    async with modules() as page:
        cuts = await page.evaluate(CUT, cases)

    for case, wanted, pieces in zip(cases, expected, cuts, strict=True):
        assert "".join(text for text, _ in pieces) == case["text"]
        assert {name: text for text, name in pieces if name is not None} == wanted


async def test_spans_that_overlap_or_leave_the_text_lose_nothing_of_it() -> None:
    spans = [
        {"name": "long", "start": 0, "end": 4},
        {"name": "inside", "start": 1, "end": 3},
        {"name": "over", "start": 3, "end": 99},
        {"name": "empty", "start": 2, "end": 2},
    ]

    async with modules() as page:
        [pieces] = await page.evaluate(CUT, [{"text": "a🙂cdef", "spans": spans}])

    assert pieces == [["a🙂cd", "long"], ["ef", "over"]]
