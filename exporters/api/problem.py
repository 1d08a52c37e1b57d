"""Errors as `application/problem+json` (RFC 9457): every failure of the admin port has this one shape.

`title` names the status, `detail` says what was expected and what to do, `errors` lists the fields of a bad request.
Nothing internal leaves: an unexpected exception is logged by its type and place, and answered 500 without either.
"""

import traceback
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

import orjson
from aiohttp import web
from pydantic import BaseModel, Field

from config.errors import (
    ConflictError,
    EnduranceError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    ScoringError,
    TooLargeError,
    UnavailableError,
)
from config.logging import get_logger
from exporters.api.base import PROBLEM, Handler

ERRORS_SHOWN: Final = 20
"""Field errors in one answer: ten thousand bad documents need no ten thousand lines."""
_KEPT_HEADERS: Final = ("Allow", "Retry-After", "WWW-Authenticate")
_STATUSES: Final[tuple[tuple[type[EnduranceError], HTTPStatus], ...]] = (
    (InvalidInputError, HTTPStatus.BAD_REQUEST),
    (ForbiddenError, HTTPStatus.FORBIDDEN),
    (NotFoundError, HTTPStatus.NOT_FOUND),
    (ConflictError, HTTPStatus.CONFLICT),
    (TooLargeError, HTTPStatus.REQUEST_ENTITY_TOO_LARGE),
    (UnavailableError, HTTPStatus.SERVICE_UNAVAILABLE),
)


class FieldError(BaseModel):
    """What is wrong with one field."""

    field: str
    """Dotted path, as in `rag_documents.0.content`; empty for the body itself."""
    message: str


class Problem(BaseModel):
    """The body of every error."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[FieldError] = Field(default_factory=list)


class InvalidFieldsError(InvalidInputError):
    """Several fields are wrong; all of them are told at once."""

    def __init__(self, errors: Sequence[FieldError]) -> None:
        self.errors = tuple(errors[:ERRORS_SHOWN])
        first = self.errors[0]
        more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
        super().__init__((f"{first.field}: {first.message}" if first.field else first.message) + more, first.field)


def problem_of(error: EnduranceError) -> Problem:
    """Return the problem that an error of ours is told as."""
    status = next((status for class_, status in _STATUSES if isinstance(error, class_)), None)
    if status is None:
        is_scoring = isinstance(error, ScoringError)
        detail = "the scorer failed on this exchange" if is_scoring else "an unexpected error; see the log"
        return _problem(HTTPStatus.INTERNAL_SERVER_ERROR, detail)
    if isinstance(error, InvalidFieldsError):
        return _problem(status, str(error), error.errors)
    if isinstance(error, InvalidInputError) and error.field is not None:
        told = str(error) if error.field in str(error) else f"{error.field}: {error}"
        return _problem(status, told, (FieldError(field=error.field, message=str(error)),))
    return _problem(status, str(error))


def problem_response(problem: Problem, headers: dict[str, str] | None = None) -> web.Response:
    """Return the problem as an answer."""
    body = orjson.dumps(problem.model_dump())
    return web.Response(status=problem.status, body=body, content_type=PROBLEM, headers=headers)


@web.middleware
async def answer_problems(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn whatever a handler raises into a problem; passes what is no error, and a client that went away."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < HTTPStatus.BAD_REQUEST:
            raise
        return _http_problem(request, error)
    except UnavailableError as error:
        return problem_response(problem_of(error), {"Retry-After": str(error.retry_after_seconds)})
    except ScoringError as error:
        _log_failure(request, error)
        return problem_response(problem_of(error))
    except EnduranceError as error:
        return problem_response(problem_of(error))
    except ConnectionError:
        raise
    except Exception as error:  # noqa: BLE001 - the boundary of one request: logged, answered without internals
        _log_failure(request, error)
        return problem_response(_problem(HTTPStatus.INTERNAL_SERVER_ERROR, "an unexpected error; see the log"))


def _http_problem(request: web.Request, error: web.HTTPException) -> web.Response:
    status = HTTPStatus(error.status)
    headers = {name: error.headers[name] for name in _KEPT_HEADERS if name in error.headers}
    if isinstance(error, web.HTTPNotFound):
        return problem_response(_problem(status, "no such route; /docs lists them"), headers)
    if isinstance(error, web.HTTPMethodNotAllowed):
        allowed = ", ".join(sorted(error.allowed_methods))
        return problem_response(_problem(status, f"{request.method} is not allowed here; expected {allowed}"), headers)
    if isinstance(error, web.HTTPRequestEntityTooLarge):
        detail = f"the body is larger than {request.client_max_size} bytes (api.body_limit_bytes)"
        return problem_response(_problem(status, detail), headers)
    return problem_response(_problem(status, error.text or status.phrase), headers)


def _problem(status: HTTPStatus, detail: str, errors: Sequence[FieldError] = ()) -> Problem:
    return Problem(title=status.phrase, status=status, detail=detail, errors=list(errors))


def _log_failure(request: web.Request, error: Exception) -> None:
    # The error's text may hold what a client sent, so only its type and the way to it are logged.
    frames = traceback.extract_tb(error.__traceback__)
    route = request.match_info.route.resource
    get_logger("exporters.api").error(
        "a request failed",
        method=request.method,
        route=None if route is None else route.canonical,
        error=type(error).__name__,
        frames=[f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames[-6:]],
    )
