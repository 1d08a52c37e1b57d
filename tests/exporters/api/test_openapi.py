"""The document tells of every route, and everything that it refers to is there."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from exporters.api.app import ROUTES
from exporters.api.base import Route
from exporters.api.openapi import build_openapi
from tests.fakes.admin import Admin
from tests.fakes.evaluations import make_evaluation


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return build_openapi(ROUTES, "1.2.3")


def operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield path, method, operation


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        yield from (inner for key, inner in value.items() if key == "$ref")
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


async def test_every_route_of_the_application_is_documented(admin: Admin) -> None:
    document = await admin.get("/openapi.json")
    routes = {
        (route.method, route.resource.canonical)
        for route in admin.client.app.router.routes()
        if route.resource is not None and route.method != "HEAD"
    }

    documented = {(method.upper(), path) for path, method, _ in operations(document)}

    pages = {("GET", path) for method, path in routes if path == "/" or path.startswith(("/dashboard/", "/docs/"))}
    assert documented == routes - pages
    assert {("GET", "/health"), ("GET", "/metrics"), ("GET", "/v1/stream"), ("GET", "/openapi.json")} <= documented


def test_every_operation_lists_its_answers_and_a_default(document: dict[str, Any]) -> None:
    for path, method, operation in operations(document):
        told = operation["responses"]
        assert any(status.startswith("2") for status in told), path
        assert told["default"]["content"].keys() == {"application/problem+json"}, path
        assert ("requestBody" in operation) == ({"400", "413", "415"} <= told.keys()), (path, method)
        assert ("401" in told) is (operation["security"] != []), path
        if "503" in told:
            assert told["503"]["headers"]["Retry-After"]["schema"] == {"type": "integer"}


def test_every_reference_resolves_and_every_schema_is_used(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    used = {reference.removeprefix("#/components/schemas/") for reference in references(document)}

    assert used == schemas.keys()


def test_path_parameters_are_those_of_the_path(document: dict[str, Any]) -> None:
    for path, _, operation in operations(document):
        named = [parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"]
        assert named == re.findall(r"{(\w+)}", path)


def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, _, operation in operations(document)]

    assert len(set(ids)) == len(ids)


def test_query_parameters_carry_type_limits_and_meaning(document: dict[str, Any]) -> None:
    parameters = {p["name"]: p for p in document["paths"]["/v1/sessions"]["get"]["parameters"]}

    assert parameters["limit"]["schema"] | {"title": ""} == {
        "type": "integer", "minimum": 1, "maximum": 1000, "default": 50, "title": "", "examples": [200],
    }  # fmt: skip
    assert parameters["since"]["schema"]["format"] == "date-time"
    assert "null" not in str(parameters)
    assert document["paths"]["/v1/evaluate"]["post"]["parameters"][0]["name"] == "async"


def test_the_evaluate_body_is_told_with_its_required_fields(document: dict[str, Any]) -> None:
    schema = document["components"]["schemas"]["EvaluateBody"]

    assert schema["required"] == ["query", "response"]
    assert "UUIDv7" in schema["properties"]["session_id"]["description"]


def bodies_shown() -> list[Any]:
    return [
        pytest.param(route, body, id=f"{route.path} {name}")
        for route in ROUTES
        for name, body in route.examples.items()
    ]


@pytest.mark.parametrize(("route", "body"), bodies_shown())
async def test_an_example_works_as_it_stands(admin: Admin, route: Route, body: object) -> None:
    await admin.save(make_evaluation(1, session_id="known"))
    path = re.sub(r"{\w+}", "known", route.path)

    async with admin.client.request(route.method, path, json=body) as answer:
        assert answer.status in {told.status for told in route.answers}, await answer.text()
        told = await answer.json()
    assert all("detail" not in result for result in told.get("results", ()))


def queries_shown() -> list[Any]:
    """Each query parameter alone, and all of an operation together."""
    shown = []
    for path, method, operation in operations(build_openapi(ROUTES, "1")):
        named = {
            parameter["name"]: str(example).lower() if isinstance(example, bool) else example
            for parameter in operation["parameters"]
            if parameter["in"] == "query"
            for example in parameter["schema"]["examples"]
        }
        alone = [{name: example} for name, example in named.items() if method == "get"]
        wholes = [named] if named else []
        shown += [pytest.param(path, method, query, id=f"{path} {' '.join(query)}") for query in (*alone, *wholes)]
    return shown


@pytest.mark.parametrize(("path", "method", "query"), queries_shown())
async def test_an_example_of_a_query_works_as_it_stands(
    admin: Admin, path: str, method: str, query: dict[str, Any]
) -> None:
    await admin.save(make_evaluation(1, session_id="known"))
    told = build_openapi(ROUTES, "1")["paths"][path][method]
    body = next(iter(told.get("requestBody", {}).get("content", {}).values()), {"examples": {}})["examples"]
    example = next((one["value"] for one in body.values()), None)

    # The head alone: the live feed has no end.
    async with admin.client.request(method, path.format(session_id="known"), params=query, json=example) as answer:
        status = answer.status

    assert status < 300
    assert str(status) in told["responses"]


def test_every_query_parameter_has_an_example(document: dict[str, Any]) -> None:
    for path, _, operation in operations(document):
        for parameter in operation["parameters"]:
            if parameter["in"] == "query":
                assert parameter["schema"]["examples"], (path, parameter["name"])


def test_every_body_that_is_read_has_an_example(document: dict[str, Any]) -> None:
    for path, _, operation in operations(document):
        if "requestBody" in operation:
            examples = operation["requestBody"]["content"]["application/json"]["examples"]
            assert examples, path
            assert all(example.keys() == {"summary", "value"} for example in examples.values())


def test_what_asks_for_a_key_can_be_refused_for_it_and_for_its_rate(document: dict[str, Any]) -> None:
    for path, _, operation in operations(document):
        is_open = operation["x-role"] == "open"
        assert ({"401", "429", "503"} <= operation["responses"].keys()) is not is_open, path
        assert "403" in operation["responses"], path
        if not is_open:
            assert operation["responses"]["429"]["headers"].keys() == {"Retry-After"}


def test_one_status_tells_every_type_of_its_body(document: dict[str, Any]) -> None:
    told = document["paths"]["/v1/export"]["get"]["responses"]["200"]["content"]

    assert {"application/x-ndjson", "text/csv"} <= told.keys()


def test_a_path_parameter_tells_its_pattern_where_it_has_one() -> None:
    route = Route("GET", "/x/{id}/{name}", ROUTES[0].handler, ROUTES[0].role, "", (), path_patterns={"id": "^a$"})

    told = build_openapi([route], "1")["paths"]["/x/{id}/{name}"]["get"]["parameters"]

    assert [parameter["schema"] for parameter in told] == [
        {"type": "string", "minLength": 1, "pattern": "^a$"},
        {"type": "string", "minLength": 1},
    ]
