"""What comes in and goes out: JSON bodies and query strings read into models, models written as JSON.

Whatever a client sends that does not fit is InvalidInputError naming the field (400), never 422. The messages hold no
value of the input: only a field's path and what was expected there.
"""

from datetime import UTC, datetime
from typing import Annotated, Final, TypeVar

import orjson
from aiohttp import web
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, WithJsonSchema
from pydantic_core import ErrorDetails

from config.errors import InvalidInputError
from exporters.api.base import JSON
from exporters.api.problem import FieldError, InvalidFieldsError
from exporters.store.cursor import Cursor
from scorer.model import DimensionName, Score

Model = TypeVar("Model", bound=BaseModel)
NAME_SHOWN: Final = 64
"""Characters of a field's name that come back in an error; a client may invent names of any length."""
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}


class Body(BaseModel):
    """Base of request bodies: unknown fields are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", use_attribute_docstrings=True)


class Query(BaseModel):
    """Base of query strings: an unknown parameter is an error, since a mistyped filter would answer with everything."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


class Told(BaseModel):
    """Base of answers."""

    model_config = ConfigDict(frozen=True, use_attribute_docstrings=True)


def _boolean(value: object) -> object:
    if isinstance(value, str):
        if value.lower() not in _BOOLEANS:
            raise ValueError("expected true or false")
        return _BOOLEANS[value.lower()]
    return value


def _moment(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        moment = datetime.fromisoformat(value)
        # Without an offset it is UTC, as every moment of this API.
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError("expected RFC 3339 such as 2026-01-31T09:30:00Z, a + written as %2B") from None


def _moment_schema(example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "format": "date-time", "examples": [example]})


QueryBool = Annotated[bool, BeforeValidator(_boolean), Field(examples=[True])]
QueryMoment = Annotated[datetime, BeforeValidator(_moment), _moment_schema("2026-11-01T00:00:00Z")]
QueryEnd = Annotated[datetime, BeforeValidator(_moment), _moment_schema("2026-11-08T00:00:00Z")]
QueryScore = Annotated[Score, Field(examples=[40.0])]
QueryDimension = Annotated[DimensionName, Field(examples=[DimensionName.SECURITY])]
QueryService = Annotated[str, Field(min_length=1, max_length=128, examples=["helpdesk"])]
QueryCursor = Annotated[
    str,
    Field(
        min_length=1, max_length=2000, examples=[str(Cursor(1_793_491_200_000, "019a3c00-7000-7000-8000-0123456789ab"))]
    ),
]
"""A `next_cursor`."""


def read_query(request: web.Request, model: type[Model]) -> Model:
    """Return the query string as a model. Raises InvalidInputError: unknown, repeated or ill-typed parameters."""
    for name in request.query:
        if len(request.query.getall(name)) > 1:
            raise InvalidInputError("given more than once", name[:NAME_SHOWN])
    return validated(model, dict(request.query))


async def read_json(request: web.Request) -> object:
    """Return the body as JSON. Raises InvalidInputError, and HTTP errors 413 and 415."""
    if request.content_type != JSON:
        raise web.HTTPUnsupportedMediaType(text=f"expected a body of type {JSON} (header Content-Type)")
    if request.content_length is not None and request.content_length > request.client_max_size:
        raise web.HTTPRequestEntityTooLarge(request.client_max_size, request.content_length)
    data = await request.read()
    if not data:
        raise InvalidInputError("expected a JSON body, it is empty")
    try:
        parsed: object = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise InvalidInputError(
            f"the body is not JSON: {error.msg} at line {error.lineno}, column {error.colno}"
        ) from None
    return parsed


async def read_body(request: web.Request, model: type[Model]) -> Model:
    """Return the body as a model. Raises as `read_json`."""
    return validated(model, await read_json(request))


def validated(model: type[Model], data: object) -> Model:
    """Return the data as a model. Raises InvalidFieldsError."""
    if not isinstance(data, dict):
        raise InvalidInputError("expected a JSON object")
    try:
        return model.model_validate(data)
    except ValidationError as error:
        details = error.errors(include_url=False, include_context=False, include_input=False)
        raise InvalidFieldsError([_field_error(detail) for detail in details]) from None


def _field_error(detail: ErrorDetails) -> FieldError:
    parts = [str(part)[:NAME_SHOWN] for part in detail["loc"] if part != "[key]"]
    if detail["type"] == "extra_forbidden":
        return FieldError(field=".".join(parts), message="unknown parameter")
    return FieldError(field=".".join(parts), message=detail["msg"].removeprefix("Value error, "))


def json_response(model: BaseModel, status: int = 200) -> web.Response:
    """Return the model as a JSON answer."""
    return web.Response(status=status, body=model.model_dump_json(by_alias=True).encode(), content_type=JSON)
