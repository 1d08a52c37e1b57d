"""The page's files are all served, ask no other host for anything, and hold no inline code."""

import re

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from exporters.dashboard.assets import load_assets
from exporters.dashboard.routes import PREFIX, dashboard_routes

ASSETS = {asset.name: asset.body.decode() for asset in load_assets("exporters.dashboard", "static")}
SCRIPTS = sorted(name for name in ASSETS if name.endswith(".js"))


def client() -> TestClient:
    app = web.Application()
    app.add_routes(dashboard_routes())
    return TestClient(TestServer(app))


async def test_everything_that_the_page_names_is_served() -> None:
    named = re.findall(r'(?:src|href)="(dashboard/[^"]+)"', ASSETS["index.html"])

    async with client() as http:
        statuses = {name: (await http.get(f"/{name}")).status for name in named}

    assert len(named) >= 4
    assert set(statuses.values()) == {200}


@pytest.mark.parametrize("name", SCRIPTS)
async def test_every_import_of_a_module_is_served(name: str) -> None:
    imported = re.findall(r'^import .* from "\./([^"]+)";$', ASSETS[name], re.MULTILINE)

    async with client() as http:
        statuses = [(await http.get(PREFIX + other)).status for other in imported]

    assert statuses == [200] * len(imported)


@pytest.mark.parametrize("name", sorted(ASSETS))
def test_no_file_names_another_host(name: str) -> None:
    addresses = set(re.findall(r"https?://[^\s\"')]+", ASSETS[name]))

    assert addresses <= {"http://www.w3.org/2000/svg"}  # a namespace, never fetched


@pytest.mark.parametrize("name", SCRIPTS)
def test_no_script_makes_markup_out_of_text(name: str) -> None:
    for risky in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function"):
        assert risky not in ASSETS[name]


def test_the_page_holds_no_inline_script_style_or_handler() -> None:
    page = ASSETS["index.html"]

    assert re.findall(r"<script(?![^>]*\bsrc=)", page) == []
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=", page) == []
