"""Whatever a client puts in place of a value, no operator of a database is among what a query is made of."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from pydantic import BaseModel

from exporters.api.app import ROUTES
from exporters.api.base import Route
from exporters.api.bodies import Query
from tests.fakes.admin import Admin, running_admin, told
from tests.fakes.evaluations import make_evaluation

OPERATORS: list[Any] = [{"$ne": ""}, {"$gt": ""}, {"$where": "1"}, {"$regex": ".*"}]


def concrete(route: Route) -> str:
    return route.path.replace("{", "").replace("}", "")


def query_parameters() -> Iterator[Any]:
    for route in ROUTES:
        if route.query is not None:
            for name, field in route.query.model_fields.items():
                yield pytest.param(route, field.alias or name, id=f"{route.method} {route.path} {name}")


@pytest.mark.parametrize(("route", "name"), list(query_parameters()))
async def test_a_parameter_with_an_operator_in_its_name_is_unknown(tmp_path: Path, route: Route, name: str) -> None:
    async with running_admin(tmp_path) as admin:
        for operator in ("$ne", "$gt", "$where", "$regex"):
            path = f"{concrete(route)}?{quote(f'{name}[{operator}]')}=1"
            async with admin.client.request(route.method, path) as answer:
                assert (await told(answer, 400))["errors"][0]["message"] == "unknown parameter", path


def test_every_query_is_of_a_model_that_refuses_what_it_does_not_name() -> None:
    queries = [route.query for route in ROUTES if route.query is not None]

    assert len(queries) > 5
    assert all(issubclass(query, Query) and query.model_config["extra"] == "forbid" for query in queries)


def is_free(annotation: Any) -> bool:
    """Say whether a field takes any JSON: `metadata`, which is kept as it is and never asked about."""
    return "Any" in str(annotation) and "dict" in str(annotation)


def fields_of(model: type[BaseModel]) -> list[str]:
    return [field.alias or name for name, field in model.model_fields.items() if not is_free(field.annotation)]


BODIES = [route for route in ROUTES if route.body is not None]


@pytest.mark.parametrize("route", BODIES, ids=lambda route: route.path)
async def test_an_operator_in_place_of_a_body_field_is_400(tmp_path: Path, route: Route) -> None:
    assert route.body is not None
    async with running_admin(tmp_path) as admin:
        await admin.save(make_evaluation(1, session_id="session_id"))
        for name in fields_of(route.body):
            for operator in OPERATORS:
                body = {"query": "q", "response": "r"} | {name: operator}
                async with admin.client.request(route.method, concrete(route), json=body) as answer:
                    assert name in (await told(answer, 400))["detail"], (name, operator)
            # A list of objects may hold fields that nobody knows: they are left out, and reach nothing.
            body = {"query": "q", "response": "r"} | {name: [{"$ne": None}]}
            async with admin.client.request(route.method, concrete(route), json=body) as answer:
                assert "$" not in await answer.text()
        assert "$" not in str(admin.evaluator.exchanges)


@pytest.mark.parametrize("value", ['{"$ne":""}', "[$ne]", "$where", "%00", "a.b", "..%2F"])
async def test_an_operator_as_text_is_text_and_finds_nothing(admin: Admin, value: str) -> None:
    await admin.save(make_evaluation(1, session_id="known"))
    text = value if value.startswith(("%", "..")) else quote(value)

    assert (await admin.get(f"/v1/sessions?service_id={text}"))["sessions"] == []
    assert (await admin.get(f"/v1/sessions?conversation_id={text}"))["sessions"] == []
    await admin.get(f"/v1/sessions/{text}", 404)
    await admin.get(f"/v1/services/{text}/stats", 404)


async def test_no_header_finds_a_session(admin: Admin) -> None:
    await admin.save(make_evaluation(1, session_id="known"))
    for header in ("X-API-Key", "Authorization", "X-Session-Id"):
        assert (await admin.get("/v1/sessions", headers={header: '{"$ne": ""}'}))["total"] == 1
    await admin.get("/v1/stream", 400, headers={"Last-Event-ID": '{"$ne": ""}'})
