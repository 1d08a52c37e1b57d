"""Static files come with their type, an ETag that spares a transfer, and a policy that forbids everything else."""

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from exporters.dashboard.assets import CONTENT_SECURITY_POLICY, Asset, asset_routes, load_assets

PAGE = Asset("index.html", "<p>page ✓</p>".encode(), "text/html", "tag-of-page")
SCRIPT = Asset("a.js", b"1;", "text/javascript", "tag-of-script")


def client() -> TestClient:
    app = web.Application()
    app.add_routes(asset_routes([PAGE, SCRIPT], "index.html", "/files/"))
    return TestClient(TestServer(app))


@pytest.mark.parametrize(("path", "asset"), [("/", PAGE), ("/files/a.js", SCRIPT)])
async def test_an_asset_is_sent_with_type_etag_and_policy(path: str, asset: Asset) -> None:
    async with client() as http:
        response = await http.get(path)
        body = await response.read()

    assert body == asset.body
    assert response.headers["Content-Type"] == f"{asset.content_type}; charset=utf-8"
    assert response.headers["ETag"] == f'"{asset.etag}"'
    assert response.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    assert response.headers["Cache-Control"] == "no-cache"


@pytest.mark.parametrize("known", ['"tag-of-page"', 'W/"tag-of-page"', '"other", "tag-of-page"', "*"])
async def test_a_known_asset_is_not_sent_again(known: str) -> None:
    async with client() as http:
        response = await http.get("/", headers={"If-None-Match": known})
        body = await response.read()

    assert (response.status, body) == (304, b"")
    assert response.headers["ETag"] == '"tag-of-page"'
    assert response.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY


async def test_a_changed_asset_is_sent_again() -> None:
    async with client() as http:
        response = await http.get("/", headers={"If-None-Match": '"of-last-week"'})

    assert response.status == 200


async def test_head_tells_the_length_without_the_body() -> None:
    async with client() as http:
        response = await http.head("/files/a.js")
        body = await response.read()

    assert (response.status, response.headers["Content-Length"], body) == (200, "2", b"")


@pytest.mark.parametrize("path", ["/files/index.html", "/files/../a.js", "/files/%2e%2e/assets.py", "/files/"])
async def test_nothing_else_is_served(path: str) -> None:
    async with client() as http:
        assert (await http.get(path)).status == 404


def test_the_policy_names_no_other_host_and_no_inline_code() -> None:
    directives = dict(part.split(" ", 1) for part in CONTENT_SECURITY_POLICY.split("; "))

    assert directives["default-src"] == "'none'"
    assert {directives[name] for name in ("script-src", "style-src", "connect-src")} == {"'self'"}
    assert {directives[name] for name in ("base-uri", "form-action", "frame-ancestors")} == {"'none'"}
    assert "unsafe" not in CONTENT_SECURITY_POLICY


def test_an_etag_follows_the_bytes() -> None:
    once, again = load_assets("exporters.dashboard", "static"), load_assets("exporters.dashboard", "static")

    assert once == again
    assert len({asset.etag for asset in once}) == len(once)


def test_a_file_of_another_type_is_refused() -> None:
    with pytest.raises(ValueError, match="expected a file that ends in"):
        load_assets("endurance.demo", "documents")
