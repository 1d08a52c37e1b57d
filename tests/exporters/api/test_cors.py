"""Which pages may read answers, and the headers of every answer."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from config.settings import ApiSettings
from tests.fakes.admin import Admin, running_admin

OURS = "https://ours.example"
PREFLIGHT = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}


@pytest.fixture
async def shared(tmp_path: Path) -> AsyncIterator[Admin]:
    async with running_admin(tmp_path, ApiSettings(cors_origins=(OURS,))) as running:
        yield running


async def test_an_allowed_origin_may_read_answers_and_errors(shared: Admin) -> None:
    for path, status in (("/v1/sessions", 200), ("/v1/sessions/nobody", 404), ("/nothing", 404)):
        async with shared.client.get(path, headers={"Origin": OURS}) as answer:
            assert answer.status == status
            assert answer.headers["Access-Control-Allow-Origin"] == OURS
            assert answer.headers["Vary"] == "Origin"
            assert "Access-Control-Allow-Credentials" not in answer.headers


async def test_a_preflight_of_an_allowed_origin_needs_no_key(shared: Admin) -> None:
    async with shared.client.options("/v1/evaluate", headers=PREFLIGHT | {"Origin": OURS}) as answer:
        assert answer.status == 204
        assert answer.headers["Access-Control-Allow-Origin"] == OURS
        assert "POST" in answer.headers["Access-Control-Allow-Methods"]
        assert "X-API-Key" in answer.headers["Access-Control-Allow-Headers"]


async def test_another_origin_gets_no_permission(shared: Admin) -> None:
    async with shared.client.options("/v1/evaluate", headers=PREFLIGHT | {"Origin": "https://evil.example"}) as answer:
        assert answer.status == 405
        assert "Access-Control-Allow-Origin" not in answer.headers
    async with shared.client.get("/v1/sessions", headers={"Origin": "https://evil.example"}) as answer:
        assert "Access-Control-Allow-Origin" not in answer.headers


async def test_a_star_allows_every_origin(tmp_path: Path) -> None:
    async with (
        running_admin(tmp_path, ApiSettings(cors_origins=("*",))) as admin,
        admin.client.get("/v1/sessions", headers={"Origin": "https://any.example"}) as answer,
    ):
        assert answer.headers["Access-Control-Allow-Origin"] == "https://any.example"


async def test_every_answer_has_the_security_headers(admin: Admin) -> None:
    for path in ("/v1/sessions", "/nothing", "/health", "/docs", "/"):
        async with admin.client.get(path) as answer:
            assert answer.headers["X-Content-Type-Options"] == "nosniff", path
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"], path
            assert answer.headers["Referrer-Policy"] == "no-referrer", path
            assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin", path
            assert answer.headers["Server"] == "endurance", path
            assert "Access-Control-Allow-Origin" not in answer.headers, path
