"""What the audit tells of calls: who, what, how it ended; denials too, and never a key or a word."""

import hashlib
from pathlib import Path
from typing import Any

import pytest

from config.api import ApiSettings, NamedKey, Scope
from exporters.api.app import ROUTES
from exporters.api.base import Role
from exporters.store.audit import Action
from tests.fakes.admin import Admin, running_admin, told
from tests.fakes.evaluations import make_evaluation

SESSION = make_evaluation(1).session_id
ABOUT_PEOPLE = ("/v1/sessions", "/v1/export", "/v1/stream", "/v1/review", "/v1/audit", "/v1/subjects", "/v1/feedback")


def key(name: str, *scopes: Scope) -> NamedKey:
    return NamedKey(name=name, sha256=hashlib.sha256(f"secret of {name}".encode()).hexdigest(), scopes=scopes)


def bearer(name: str) -> dict[str, str]:
    return {"Authorization": f"Bearer secret of {name}"}


async def entries(admin: Admin, query: str = "", **options: Any) -> list[dict[str, Any]]:
    """Return what was written before this call, oldest first, without the calls that ask for it."""
    await admin.audit.flush()
    page = await admin.get(f"/v1/audit?limit=1000{query}", **options)
    return [one for one in reversed(page["entries"]) if one["operation"] != "GET /v1/audit"]


def short(entry: dict[str, Any]) -> tuple[Any, ...]:
    return entry["actor"], entry["action"], entry["outcome"], entry["target"], entry["status"]


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.method} {route.path}")
def test_a_route_that_changes_anything_or_tells_of_people_says_what_it_does(route: Any) -> None:
    if route.role is not Role.OPEN and (route.method != "GET" or route.path.startswith(ABOUT_PEOPLE)):
        assert route.action is not None


async def test_reads_changes_exports_and_erasures_are_written_with_caller_target_and_end(admin: Admin) -> None:
    await admin.save(make_evaluation(1))
    await admin.get("/v1/sessions?service_id=desk&q=secretword")
    await admin.get(f"/v1/sessions/{SESSION}")
    await admin.post(f"/v1/feedback/{SESSION}?approved=true&comment=secretword")
    async with admin.client.get("/v1/export?service_id=desk") as answer:
        await answer.read()
    async with admin.client.delete(f"/v1/sessions/{SESSION}") as answer:
        assert answer.status == 204

    written = await entries(admin)

    assert [short(entry) for entry in written] == [
        ("local", "read", "done", None, 200),
        ("local", "read", "done", SESSION, 200),
        ("local", "change", "done", SESSION, 200),
        ("local", "export", "begun", None, None),
        ("local", "export", "done", None, 200),
        ("local", "erase", "begun", SESSION, None),
        ("local", "erase", "done", SESSION, 204),
    ]
    assert written[0]["details"] == {"service_id": "desk"}
    assert written[1]["operation"] == "GET /v1/sessions/{session_id}"
    assert "secretword" not in str(written)


async def test_what_failed_is_written_with_its_status(admin: Admin) -> None:
    await admin.get("/v1/sessions/nobody", 404)
    await admin.post("/v1/feedback/nobody?approved=true", status=404)
    await admin.get("/v1/sessions?min_score=x", 400)

    ends = {(one["action"], one["outcome"], one["target"], one["status"]) for one in await entries(admin)}

    assert ends == {
        ("read", "failed", "nobody", 404), ("change", "failed", "nobody", 404), ("read", "failed", None, 400),
    }  # fmt: skip


async def test_denials_are_written_without_what_the_caller_made_up(tmp_path: Path) -> None:
    keys = (key("small", Scope.READ), key("boss", Scope.ADMIN))
    async with running_admin(tmp_path, ApiSettings(named_keys=keys)) as admin:
        for path in ("/v1/sessions/made-up", "/v1/sessions/another", "/v1/nothing"):
            await admin.get(path, 401, headers=bearer("nobody"))
        await admin.get("/v1/services", 401)
        async with admin.client.delete(f"/v1/sessions/{SESSION}", headers=bearer("small")) as answer:
            await told(answer, 403)

        written = await entries(admin, headers=bearer("boss"))

    assert [(*short(entry), entry["operation"], entry["count"]) for entry in written] == [
        ("anonymous", "read", "denied", None, 401, "GET /v1/sessions/{session_id}", 2),
        ("anonymous", "read", "denied", None, 401, "GET unknown", 1),
        ("anonymous", "read", "denied", None, 401, "GET /v1/services", 1),
        ("small", "erase", "denied", None, 403, "DELETE /v1/sessions/{session_id}", 1),
    ]
    assert "secret of" not in str(written)


async def test_pushed_answers_are_counted_by_caller(admin: Admin) -> None:
    for _ in range(3):
        await admin.post("/v1/evaluate", {"query": "What is it?", "response": "Ten rupees."})

    (entry,) = await entries(admin)

    assert (entry["action"], entry["outcome"], entry["count"]) == ("ingest", "done", 3)


async def test_what_tells_of_no_person_is_not_written(admin: Admin) -> None:
    for path in ("/health", "/metrics", "/v1/presets", "/v1/metrics/summary", "/"):
        async with admin.client.get(path) as answer:
            assert answer.status == 200

    assert await entries(admin) == []


async def test_the_feed_is_written_when_it_begins_and_when_it_ends(admin: Admin) -> None:
    async with admin.client.get("/v1/stream") as answer:
        await answer.content.readline()
        begun = await entries(admin)
    await admin.get("/v1/services")

    assert [short(entry) for entry in begun] == [("local", "follow", "begun", None, None)]


async def test_a_receipt_names_its_entry_in_the_chain(admin: Admin) -> None:
    async with admin.client.delete("/v1/subjects/bcdfghjkmnpq") as answer:
        receipt = await told(answer, 200)

    begun, done = await entries(admin)

    assert (begun["outcome"], done["outcome"], done["target"]) == ("begun", "done", "bcdfghjkmnpq")
    assert receipt["audit"] == {"writer": done["writer"], "number": done["number"], "hash": done["hash"]}
    assert done["details"] == {
        "receipt": receipt["id"], "sessions": 0, "feedback": 0, "dead_letters": 1, "waiting_jobs": 3, "traces": "gone",
    }  # fmt: skip
    assert done["previous"] == begun["hash"]


async def test_nothing_is_erased_that_cannot_be_written_down(admin: Admin) -> None:
    await admin.save(make_evaluation(1))
    admin.store.is_away = True

    async with admin.client.delete(f"/v1/sessions/{SESSION}") as answer:
        await told(answer, 503)
    admin.store.is_away = False

    assert await admin.store.get(SESSION) is not None


@pytest.mark.parametrize(
    ("query", "number"),
    [
        ("&action=change", 2), ("&outcome=failed", 1), ("&actor=local", 3), ("&actor=other", 0),
        (f"&target={SESSION}", 2), ("&since=2100-01-01T00:00:00Z", 0), ("&until=2100-01-01T00:00:00Z", 3),
    ],
)  # fmt: skip
async def test_the_audit_is_filtered(admin: Admin, query: str, number: int) -> None:
    await admin.save(make_evaluation(1))
    await admin.get(f"/v1/sessions/{SESSION}")
    await admin.post(f"/v1/feedback/{SESSION}?approved=true")
    await admin.post("/v1/feedback/nobody?approved=true", status=404)

    assert len(await entries(admin, query)) == number


async def test_the_audit_is_read_page_by_page(admin: Admin) -> None:
    for number in range(5):
        await admin.post(f"/v1/feedback/nobody{number}?approved=true", status=404)
    seen, cursor = [], ""

    while cursor is not None:
        page = await admin.get(f"/v1/audit?action={Action.CHANGE}&limit=2" + (f"&cursor={cursor}" if cursor else ""))
        seen += [entry["target"] for entry in page["entries"]]
        cursor = page["next_cursor"]

    assert seen == [f"nobody{number}" for number in (4, 3, 2, 1, 0)]
