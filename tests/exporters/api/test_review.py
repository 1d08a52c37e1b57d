"""The route of the review queue."""

import hashlib
from pathlib import Path

import pytest

from config.api import ApiSettings, NamedKey, Scope
from config.settings import CompatSettings
from tests.fakes.admin import Admin, running_admin
from tests.fakes.evaluations import make_evaluation, make_id


async def fill(admin: Admin) -> None:
    """Save a flagged session of `desk` and two of `bank`."""
    for number, service_id in enumerate(("desk", "bank", "bank")):
        await admin.save(make_evaluation(number, service_id=service_id, flagged=True, overall_score=20.0))


async def test_what_waits_is_told_with_its_stratum_until_it_is_judged(admin: Admin) -> None:
    await fill(admin)

    before = (await admin.get("/v1/review"))["sessions"]
    await admin.post(f"/v1/feedback/{make_id(2)}?approved=true")
    after = (await admin.get("/v1/review"))["sessions"]

    assert [one["session_id"] for one in before] == [make_id(2), make_id(0), make_id(1)]
    assert [(one["session_id"], one["judged"]) for one in after] == [(make_id(0), 0), (make_id(1), 1)]
    assert (before[0]["stratum"], before[0]["query"]) == ("flagged:low", "What is the fee of case 2?")


async def test_a_service_and_a_limit_narrow_it(admin: Admin) -> None:
    await fill(admin)

    of_bank = (await admin.get("/v1/review?service_id=bank"))["sessions"]
    first = (await admin.get("/v1/review?limit=1"))["sessions"]

    assert [one["session_id"] for one in of_bank] == [make_id(2), make_id(1)]
    assert len(first) == 1
    assert (await admin.get("/v1/review?service_id=nobody"))["sessions"] == []


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=x", "service_id=", "reviewer=asha"])
async def test_a_bad_query_is_400(admin: Admin, query: str) -> None:
    await admin.get(f"/v1/review?{query}", 400)


async def test_a_key_for_some_services_sees_those_alone(tmp_path: Path) -> None:
    digest = hashlib.sha256(b"secret").hexdigest()
    key = NamedKey(name="desk", sha256=digest, scopes=(Scope.READ,), services=("desk",))
    async with running_admin(tmp_path, ApiSettings(named_keys=(key,))) as admin:
        await fill(admin)
        headers = {"X-API-Key": "secret"}

        own = (await admin.get("/v1/review", headers=headers))["sessions"]
        others = (await admin.get("/v1/review?service_id=bank", headers=headers))["sessions"]

    assert ([one["session_id"] for one in own], others) == ([make_id(0)], [])


async def test_null_dimensions_are_filled_where_that_is_wanted(tmp_path: Path) -> None:
    async with running_admin(tmp_path, compat=CompatSettings(null_dimensions="neutral")) as admin:
        await fill(admin)

        (first, *_) = (await admin.get("/v1/review"))["sessions"]

    assert first["dimensions"]["explainability"] == 20.0
