"""`/openapi.json` (OpenAPI 3.1), made of the route declarations and their models, so that it cannot drift. Pure.

Every operation lists its good answers, the errors that follow from its role, query and body, and a `default`.
"""

import re
from collections.abc import Iterable, Sequence
from http import HTTPStatus
from typing import Any, Final

from pydantic import BaseModel
from pydantic.json_schema import JsonSchemaMode, models_json_schema

from exporters.api.base import JSON, PROBLEM, Answer, Role, Route
from exporters.api.problem import Problem

_REF: Final = "#/components/schemas/{model}"
_PARAMETER: Final = re.compile(r"{(\w+)}")
_ERROR_TEXTS: Final = {
    400: "The request does not fit; `detail` and `errors` name the fields.",
    401: "A key or token is needed, and the one given, if any, is not valid.",
    403: "The key lacks the scope or the service, or the port was called by another name or from another origin.",
    404: "There is no such session or service.",
    409: "The session is in a state that does not allow it.",
    413: "The body or a list in it is larger than the documented limit.",
    415: "The body is not of type application/json.",
    429: "The caller has used up its requests for now (`api.rate_limit`); try again after `Retry-After` seconds.",
    500: "The scorer failed on this exchange.",
    503: "The store, the queue, the feed or the token provider is away or full; try again after `Retry-After` seconds.",
}
_RETRIED: Final = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE})
Json = dict[str, Any]
_Models = dict[tuple[Any, JsonSchemaMode], Json]


def build_openapi(routes: Sequence[Route], version: str) -> Json:
    """Return the document for these routes."""
    schemas, definitions = models_json_schema(_models_of(routes), ref_template=_REF)
    queries = {route.query.__name__ for route in routes if route.query is not None}  # told as parameters
    paths: dict[str, Json] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, schemas)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Endurance",
            "version": version,
            "summary": "Scores of every answer that a chatbot gave.",
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "."}],  # also right below an admin_prefix
        "paths": paths,
        "components": {
            "schemas": {name: schema for name, schema in definitions["$defs"].items() if name not in queries},
            "securitySchemes": {
                "bearer": {"type": "http", "scheme": "bearer"},
                "key": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
            },
        },
    }


def _models_of(routes: Iterable[Route]) -> list[tuple[type[BaseModel], JsonSchemaMode]]:
    models: dict[tuple[type[BaseModel], JsonSchemaMode], None] = {(Problem, "serialization"): None}
    for route in routes:
        for model in (route.query, route.body):
            if model is not None:
                models[model, "validation"] = None
        for answer in route.answers:
            if answer.model is not None:
                models[answer.model, "serialization"] = None
    return list(models)


def _operation(route: Route, schemas: _Models) -> Json:
    operation: Json = {
        "operationId": route.handler.__name__,
        "summary": route.summary,
        "tags": [route.path.removeprefix("/v1").strip("/").partition("/")[0] or "page"],
        "parameters": [*_path_parameters(route), *_query_parameters(route.query)],
        "responses": _responses(route, schemas),
        # `{}` first where keys are an option of the installation, not of the route
        "security": [] if route.role is Role.OPEN else [{"bearer": []}, {"key": []}, {}],
        "x-role": route.role.value,
    }
    if route.body is not None:
        operation["requestBody"] = {
            "required": route.is_body_required,
            "content": {JSON: {"schema": schemas[route.body, "validation"], "examples": _examples(route)}},
        }
    return operation


def _examples(route: Route) -> Json:
    return {name: {"summary": name.replace("_", " "), "value": value} for name, value in route.examples.items()}


def _path_parameters(route: Route) -> list[Json]:
    schemas: dict[str, Json] = {name: {"type": "string", "minLength": 1} for name in _PARAMETER.findall(route.path)}
    for name, pattern in route.path_patterns.items():
        schemas[name]["pattern"] = pattern
    return [{"name": name, "in": "path", "required": True, "schema": schema} for name, schema in schemas.items()]


def _query_parameters(model: type[BaseModel] | None) -> list[Json]:
    if model is None:
        return []
    schema = model.model_json_schema(by_alias=True, ref_template=_REF)
    required = set(schema.get("required", ()))
    return [
        {"name": name, "in": "query", "required": name in required, "schema": _told(property_)}
        for name, property_ in schema["properties"].items()
    ]


def _told(property_: Json) -> Json:
    """Return a parameter's schema without the null of `= None`: a query string cannot say null."""
    if "anyOf" not in property_:
        return property_
    choices = [choice for choice in property_["anyOf"] if choice != {"type": "null"}]
    rest = {key: value for key, value in property_.items() if key not in ("anyOf", "default")}
    return (choices[0] if len(choices) == 1 else {"anyOf": choices}) | rest


def _responses(route: Route, schemas: _Models) -> Json:
    responses: dict[str, Json] = {}
    for answer in route.answers:  # one status may have several types of body
        told = _answer(answer, schemas)
        known = responses.setdefault(str(answer.status), told)
        known.get("content", {}).update(told.get("content", {}))
    for status in sorted(_error_statuses(route)):
        responses[str(status)] = _problem(_ERROR_TEXTS[status], schemas, has_retry=status in _RETRIED)
    responses["default"] = _problem("Any other error.", schemas)
    return responses


def _error_statuses(route: Route) -> set[int]:
    statuses = set(route.errors) | {403}
    if route.role is not Role.OPEN:
        statuses |= {401, 429, 503}
    if route.query is not None or route.body is not None:
        statuses.add(400)
    if route.body is not None:
        statuses |= {413, 415}
    return statuses


def _answer(answer: Answer, schemas: _Models) -> Json:
    told: Json = {"description": answer.description}
    if answer.media_type is None:
        return told
    untyped = {"type": "object" if answer.media_type == JSON else "string"}
    schema = untyped if answer.model is None else schemas[answer.model, "serialization"]
    return told | {"content": {answer.media_type: {"schema": schema}}}


def _problem(description: str, schemas: _Models, has_retry: bool = False) -> Json:
    told: Json = {"description": description, "content": {PROBLEM: {"schema": schemas[Problem, "serialization"]}}}
    if has_retry:
        told["headers"] = {"Retry-After": {"schema": {"type": "integer"}, "description": "Whole seconds."}}
    return told
