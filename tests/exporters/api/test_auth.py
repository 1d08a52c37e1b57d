"""Who may call: keys and their scopes, how often, the name of the port, and pages of other origins."""

import hashlib
import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from config.api import ApiSettings, NamedKey, RateLimitSettings, Scope
from exporters.api.app import ROUTES
from exporters.api.base import Role
from tests.fakes.admin import running_admin, told

KEYS = ApiSettings(
    keys=(SecretStr("first-key"), SecretStr("zweiter-schlüssel")), cors_origins=("https://ours.example",)
)
OPEN_PATHS = {"/health", "/ready", "/docs", "/"}


def concrete(path: str) -> str:
    return re.sub(r"{\w+}", "nobody", path)


async def test_every_route_but_the_open_ones_asks_for_a_key(tmp_path: Path) -> None:
    async with running_admin(tmp_path, KEYS) as admin:
        routes = [
            (route.method, concrete(route.resource.canonical))
            for route in admin.client.app.router.routes()
            if route.resource is not None
        ]
        assert len(routes) > 20
        for method, path in routes:
            async with admin.client.request(method, path) as answer:
                is_open = path in OPEN_PATHS or path.startswith(("/dashboard/", "/docs/"))
                assert (answer.status == 401) is not is_open, f"{method} {path}"


async def test_each_key_opens_each_route_by_either_header(tmp_path: Path) -> None:
    async with running_admin(tmp_path, KEYS) as admin:
        for route in ROUTES:
            if route.path == "/v1/stream":
                continue
            for headers in ({"Authorization": "bearer first-key"}, {"X-API-Key": "zweiter-schlüssel"}):
                async with admin.client.request(route.method, concrete(route.path), headers=headers) as answer:
                    assert answer.status not in (401, 403), route.path


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Authorization": "Bearer"},
        {"Authorization": "Bearer first-ke"},
        {"Authorization": "Bearer first-key2"},
        {"Authorization": "Basic first-key"},
        {"Authorization": "first-key"},
        {"X-API-Key": ""},
        {"X-API-Key": "FIRST-KEY"},
        {"Authorization": "Bearer wrong", "X-API-Key": "first-key"},
    ],
)
async def test_a_wrong_key_is_401_that_says_what_is_expected(tmp_path: Path, headers: dict[str, str]) -> None:
    async with running_admin(tmp_path, KEYS) as admin, admin.client.get("/v1/sessions", headers=headers) as answer:
        problem = await told(answer, 401)

        assert "X-API-Key" in problem["detail"]
        assert answer.headers["WWW-Authenticate"].startswith('Bearer realm="endurance"')


async def test_a_key_in_the_query_string_is_no_key(tmp_path: Path) -> None:
    async with running_admin(tmp_path, KEYS) as admin:
        assert (await admin.get("/v1/stream?key=first-key", 401))["title"] == "Unauthorized"


async def test_an_unknown_path_asks_for_a_key_too(tmp_path: Path) -> None:
    async with running_admin(tmp_path, KEYS) as admin:
        without = await admin.get("/v1/nothing", 401)
        with_key = await admin.get("/v1/nothing", 404, headers={"X-API-Key": "first-key"})

    assert (without["status"], with_key["status"]) == (401, 404)


def scoped(*scopes: Scope, name: str = "small") -> NamedKey:
    """Return a key that is called as its name."""
    return NamedKey(name=name, sha256=hashlib.sha256(name.encode()).hexdigest(), scopes=scopes)


async def test_every_route_asks_for_its_scope_and_for_no_more(tmp_path: Path) -> None:
    keys = tuple(scoped(scope, name=scope.value) for scope in Scope)
    async with running_admin(tmp_path, ApiSettings(named_keys=keys)) as admin:
        roles = {(route.method, route.path): route.role for route in ROUTES} | {("GET", "/openapi.json"): Role.READ}
        for (method, path), role in roles.items():
            if path == "/v1/stream" or role is Role.OPEN:
                continue
            for scope in Scope:
                async with admin.client.request(method, concrete(path), headers={"X-API-Key": scope.value}) as answer:
                    may = scope in (Scope.ADMIN, role.value)
                    assert (answer.status == 403) is not may, f"{method} {path} with {scope}"
                    assert answer.status != 401


async def test_a_stream_asks_for_its_scope_before_it_begins(tmp_path: Path) -> None:
    async with running_admin(tmp_path, ApiSettings(named_keys=(scoped(Scope.INGEST),))) as admin:
        await admin.get("/v1/stream", 403, headers={"X-API-Key": "small"})


async def test_a_small_key_is_told_which_scope_it_lacks(tmp_path: Path) -> None:
    api = ApiSettings(named_keys=(scoped(Scope.READ),))
    async with (
        running_admin(tmp_path, api) as admin,
        admin.client.get("/v1/export", headers={"X-API-Key": "small"}) as answer,
    ):
        problem = await told(answer, 403)

        assert problem["detail"] == "this key has not the scope export"
        assert 'error="insufficient_scope", scope="export"' in answer.headers["WWW-Authenticate"]


async def test_head_asks_for_what_get_asks(tmp_path: Path) -> None:
    api = ApiSettings(named_keys=(scoped(Scope.INGEST),))
    async with (
        running_admin(tmp_path, api) as admin,
        admin.client.head("/v1/sessions", headers={"X-API-Key": "small"}) as answer,
    ):
        assert answer.status == 403


async def test_a_key_that_asks_too_often_waits_and_the_others_do_not(tmp_path: Path) -> None:
    limit = RateLimitSettings(requests_per_second=0.25, burst=2)
    api = ApiSettings(named_keys=(scoped(Scope.READ), scoped(Scope.READ, name="other")), rate_limit=limit)
    async with running_admin(tmp_path, api) as admin:
        mine = {"X-API-Key": "small"}
        for status in (200, 200):
            await admin.get("/v1/services", status, headers=mine)
        async with admin.client.get("/v1/services", headers=mine) as answer:
            assert (await told(answer, 429))["title"] == "Too Many Requests"
            assert answer.headers["Retry-After"] == "4"
        await admin.get("/v1/services", headers={"X-API-Key": "other"})
        await admin.get("/health", headers=mine)
        admin.clock.advance(4)
        await admin.get("/v1/services", headers=mine)


async def test_wrong_keys_use_up_nobodys_requests(tmp_path: Path) -> None:
    limit = RateLimitSettings(requests_per_second=0.25, burst=1)
    api = ApiSettings(named_keys=(scoped(Scope.READ),), rate_limit=limit)
    async with running_admin(tmp_path, api) as admin:
        for _ in range(5):
            await admin.get("/v1/services", 401, headers={"X-API-Key": "guess"})
        await admin.get("/v1/services", headers={"X-API-Key": "small"})


def test_only_health_and_readiness_are_open() -> None:
    assert {route.path for route in ROUTES if route.role is Role.OPEN} == {"/health", "/ready"}


LOCAL_HOSTS = [
    "localhost",
    "LOCALHOST:8081",
    "127.0.0.1:8081",
    "[::1]:8081",
    "10.1.2.3",
    "x.localhost",
    "Admin.Internal",
]


@pytest.mark.parametrize("host", LOCAL_HOSTS)
async def test_without_keys_the_port_answers_by_its_own_names(tmp_path: Path, host: str) -> None:
    async with running_admin(tmp_path) as admin:
        assert (await admin.get("/v1/services", headers={"Host": host}))["services"] == []


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example:80", "localhost.evil.example", "[::1", ""])
async def test_without_keys_a_rebound_name_is_403(tmp_path: Path, host: str) -> None:
    async with running_admin(tmp_path) as admin:
        assert "localhost" in (await admin.get("/v1/services", 403, headers={"Host": host}))["detail"]


@pytest.mark.parametrize("api", [KEYS, ApiSettings(auth="off")], ids=["keys", "auth off"])
async def test_with_keys_or_auth_off_any_name_will_do(tmp_path: Path, api: ApiSettings) -> None:
    async with running_admin(tmp_path, api) as admin:
        headers = {"Host": "endurance.example", "X-API-Key": "first-key"}

        assert (await admin.get("/v1/services", headers=headers))["services"] == []


async def test_without_keys_a_page_elsewhere_may_not_change_anything(tmp_path: Path) -> None:
    api = ApiSettings(cors_origins=("https://ours.example",))
    async with running_admin(tmp_path, api) as admin:
        own = f"http://{admin.client.host}:{admin.client.port}"
        expected = {"https://evil.example": 403, "null": 403, "http://[": 403, own: 404, "https://ours.example": 404}

        for origin, status in expected.items():
            path = "/v1/feedback/nobody?approved=true"
            async with admin.client.post(path, headers={"Origin": origin}) as answer:
                assert answer.status == status, origin
