"""A key that is for some services: for it the others do not exist, whatever route it takes."""

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from config.api import ApiSettings, NamedKey, Scope
from exporters.api.app import ROUTES
from exporters.api.base import Role
from exporters.api.principal import roles_of
from scorer.model import Evaluation, Feedback
from tests.fakes.admin import Admin, running_admin, told
from tests.fakes.evaluations import make_evaluation

THEIRS = {"X-API-Key": "desk-key"}
ALL = {"X-API-Key": "all-key"}
SECRET = "quixotic"
"""A word that stands in sessions of another service alone."""


def key_of(name: str, services: tuple[str, ...] | None) -> NamedKey:
    digest = hashlib.sha256(f"{name}-key".encode()).hexdigest()
    return NamedKey(name=name, sha256=digest, scopes=(Scope.ADMIN,), services=services)


API = ApiSettings(named_keys=(key_of("desk", ("desk", "bank")), key_of("all", None)))


def hidden(number: int) -> Evaluation:
    return make_evaluation(
        number, session_id=f"hidden{number}", service_id=SECRET, query=f"a {SECRET} question", response=SECRET,
        metadata={"note": SECRET}, conversation_id=SECRET,
    )  # fmt: skip


@pytest.fixture
async def admin(tmp_path: Path) -> AsyncIterator[Admin]:
    async with running_admin(tmp_path, API) as running:
        for number in range(12):
            service = ("desk", "bank", SECRET)[number % 3]
            shown = make_evaluation(number, session_id=f"shown{number}", service_id=service)
            await running.save(hidden(number) if service == SECRET else shown)
        await running.store.add_feedback("hidden2", Feedback(approved=True, comment=SECRET, at=datetime.now(UTC)))
        yield running


async def test_nothing_of_another_service_is_told_by_any_route(admin: Admin) -> None:
    for route in ROUTES:
        if route.method != "GET" or route.path == "/v1/stream":
            continue
        path = route.path.replace("{session_id}", "hidden2").replace("{service_id}", SECRET)
        async with admin.client.get(path, headers=THEIRS) as answer:
            assert SECRET not in await answer.text(), path
            assert answer.status in ((403, 404) if path != route.path else (200, 403)), path


async def test_a_route_that_tells_of_all_is_not_for_a_restricted_key(admin: Admin) -> None:
    await admin.get("/metrics", 403, headers=THEIRS)
    async with admin.client.get("/metrics", headers=ALL) as answer:
        assert SECRET in await answer.text()


async def test_lists_counts_and_pages_are_those_of_the_keys_services(admin: Admin) -> None:
    found, cursor = [], ""
    while cursor is not None:
        page = await admin.get(f"/v1/sessions?limit=3{cursor and '&cursor='}{cursor}", headers=THEIRS)
        assert (page["total"], page["total_is"]) == (8, "exact")
        found += [row["session_id"] for row in page["sessions"]]
        cursor = page["next_cursor"]

    assert found == [f"shown{number}" for number in (10, 9, 7, 6, 4, 3, 1, 0)]


async def test_a_filter_for_another_service_finds_nothing(admin: Admin) -> None:
    for query in (f"service_id={SECRET}", f"q={SECRET}", f"conversation_id={SECRET}"):
        page = await admin.get(f"/v1/sessions?{query}", headers=THEIRS)
        assert (page["sessions"], page["total"]) == ([], 0), query
        assert (await admin.get(f"/v1/sessions?{query}", headers=ALL))["total"] == 4, query


async def test_aggregates_are_those_of_the_keys_services(admin: Admin) -> None:
    span = "since=2026-03-01T00:00:00Z&until=2026-03-02T00:00:00Z"

    assert (await admin.get("/v1/services", headers=THEIRS))["services"] == ["bank", "desk"]
    assert (await admin.get("/v1/metrics/summary", headers=THEIRS))["total_sessions"] == 8
    buckets = (await admin.get(f"/v1/timeseries?{span}", headers=THEIRS))["buckets"]
    assert {bucket["service_id"] for bucket in buckets} == {"bank", "desk"}
    assert (await admin.get(f"/v1/timeseries?{span}&service_id={SECRET}", headers=THEIRS))["buckets"] == []


async def test_an_export_holds_the_keys_services(admin: Admin) -> None:
    async with admin.client.get("/v1/export", headers=THEIRS) as answer:
        lines = [json.loads(line) for line in (await answer.text()).splitlines()]

    assert {line["service_id"] for line in lines if "service_id" in line} == {"bank", "desk"}
    assert sum("session_id" in line for line in lines) == 8


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/v1/feedback/hidden2?approved=false", None),
        ("DELETE", "/v1/sessions/hidden2", None),
        ("POST", "/v1/sessions/hidden2/documents", {"rag_documents": [{"content": "x"}]}),
    ],
)
async def test_another_services_session_cannot_be_touched(admin: Admin, method: str, path: str, body: Any) -> None:
    async with admin.client.request(method, path, headers=THEIRS, json=body) as answer:
        await told(answer, 404)

    stored = await admin.store.get("hidden2")
    assert stored is not None
    assert (len(stored.feedback), stored.revision) == (1, 1)


@pytest.mark.parametrize("body", [{"service_id": SECRET}, {}, {"service_id": "desk", "session_id": "hidden2"}], ids=str)
async def test_a_push_for_another_service_or_over_its_session_is_403(admin: Admin, body: dict[str, Any]) -> None:
    item = {"query": "q", "response": "r"} | body
    for path in ("/v1/evaluate", "/v1/evaluate?async=true"):
        async with admin.client.post(path, headers=THEIRS, json=item) as answer:
            await told(answer, 403)
    async with admin.client.post("/v1/evaluate/batch", headers=THEIRS, json={"items": [item]}) as answer:
        assert (await answer.json())["results"][0]["status"] == 403

    assert (admin.evaluator.exchanges, admin.evaluator.queued) == ([], [])


async def test_a_push_for_a_service_of_the_key_is_taken(admin: Admin) -> None:
    item = {"query": "q", "response": "r", "service_id": "desk", "session_id": "shown0"}
    async with admin.client.post("/v1/evaluate", headers=THEIRS, json=item) as answer:
        assert (await told(answer, 200))["revision"] == 2


async def test_the_feed_tells_of_the_keys_services_from_init_to_live(admin: Admin) -> None:
    for query in ("", f"?service_id={SECRET}", "?last_event_id=w1:1"):
        async with admin.client.get(f"/v1/stream{query}", headers=THEIRS) as stream:
            await admin.save(hidden(99), make_evaluation(100, session_id="last", service_id="desk"))
            seen = b""
            async with asyncio.timeout(30):
                while b'"last"' not in seen and SECRET not in query:
                    seen += await stream.content.readany()
                if SECRET in query:
                    seen += await stream.content.readuntil(b"init") + await stream.content.readany()

        assert SECRET.encode() not in seen


def test_admin_is_every_role_and_no_scope_is_open() -> None:
    assert roles_of([Scope.ADMIN]) == frozenset(Role)
    assert roles_of([Scope.READ, Scope.EXPORT]) == {Role.READ, Role.EXPORT}
    assert roles_of([]) == frozenset()
