"""A browser's own EventSource on the live feed, cut off at random bytes: it misses and doubles nothing."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from config.settings import ApiSettings
from tests.fakes.admin import running_admin
from tests.fakes.browser import open_page
from tests.fakes.cutting_gate import CuttingGate
from tests.fakes.evaluations import make_evaluation
from tests.fakes.waiting import until

pytestmark = pytest.mark.browser
SAVES = 60
LISTEN = """(url) => {
  window.told = [];
  window.begun = 0;
  const source = new EventSource(url);
  source.addEventListener("init", () => { window.begun += 1; });
  source.addEventListener("session", (event) => window.told.push(JSON.parse(event.data).session_id));
}"""


async def blank(request: web.Request) -> web.Response:
    """A page of another origin, without a policy that would forbid it the feed."""
    return web.Response(text="<!doctype html><title>blank</title>", content_type="text/html")


@pytest.fixture
async def page_url() -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_get("/", blank)
    async with TestServer(app) as server:
        yield str(server.make_url("/"))


async def test_a_browsers_event_source_is_told_each_save_once_however_it_is_cut(tmp_path: Path, page_url: str) -> None:
    rng = random.Random(11)
    async with running_admin(tmp_path, ApiSettings(cors_origins=("*",))) as admin:
        # The first connection lives until well into the events; each coming back takes the two seconds of `retry`.
        gate = CuttingGate(admin.client.port or 0, [rng.randrange(3000, 9000), rng.randrange(200, 12_000), 500])
        async with gate.running(), open_page(page_url) as (page, _), asyncio.timeout(120):
            await page.evaluate(LISTEN, f"http://127.0.0.1:{gate.port}/v1/stream")
            await page.wait_for_function("window.begun === 1")
            for number in range(SAVES):
                await admin.save(make_evaluation(number, session_id=f"s{number}"))

            async def is_told() -> bool:
                return len(await page.evaluate("window.told")) >= SAVES

            await until(is_told, f"{SAVES} events", 90)

            assert await page.evaluate("window.told") == [f"s{number}" for number in range(SAVES)]
            assert await page.evaluate("window.begun") == 1
            assert gate.connections == 4
