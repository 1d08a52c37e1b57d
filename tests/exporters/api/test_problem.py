"""Every failure has one shape, and tells nothing of the inside."""

import json

import pytest
import structlog

from config.errors import ConfigurationError, ConflictError, InvalidInputError, NotFoundError, TooLargeError
from exporters.api.problem import FieldError, InvalidFieldsError, problem_of
from tests.fakes.admin import Admin


async def test_an_unknown_path_is_404_and_a_wrong_method_405_with_allow(admin: Admin) -> None:
    await admin.get("/v1/nothing", 404)

    async with admin.client.put("/v1/sessions") as answer:
        assert answer.status == 405
        assert answer.headers["Allow"] == "GET,HEAD"
        assert (await answer.json(content_type=None))["detail"] == "PUT is not allowed here; expected GET, HEAD"


async def test_an_unexpected_exception_is_500_without_internals_and_logged_without_its_text(
    admin: Admin, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail() -> list[str]:
        raise RuntimeError("the text of somebody's answer")

    monkeypatch.setattr(admin.store, "service_ids", fail)
    with structlog.testing.capture_logs() as logs:
        problem = await admin.get("/v1/services", 500)

    assert problem == {
        "type": "about:blank", "title": "Internal Server Error", "status": 500,
        "detail": "an unexpected error; see the log", "errors": [],
    }  # fmt: skip
    (line,) = [log for log in logs if log["event"] == "a request failed"]
    assert (line["error"], line["route"]) == ("RuntimeError", "/v1/services")
    assert "somebody" not in json.dumps(line)


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (InvalidInputError("bad"), 400),
        (NotFoundError("none"), 404),
        (ConflictError("not now"), 409),
        (TooLargeError("too large"), 413),
        (ConfigurationError("secret path"), 500),
    ],
)
def test_each_class_of_error_has_its_status(error: Exception, status: int) -> None:
    problem = problem_of(error)

    assert problem.status == status
    assert (problem.detail == str(error)) is (status != 500)


def test_the_detail_names_the_field_once() -> None:
    told = problem_of(InvalidInputError("expected true or false", "approved"))
    named = problem_of(InvalidInputError("unknown preset 'x'", "preset"))

    assert told.detail == "approved: expected true or false"
    assert named.detail == "unknown preset 'x'"
    assert [error.field for error in (*told.errors, *named.errors)] == ["approved", "preset"]


def test_many_wrong_fields_are_counted_and_some_told() -> None:
    problem = problem_of(InvalidFieldsError([FieldError(field=f"f{n}", message="bad") for n in range(500)]))

    assert problem.detail == "f0: bad (and 499 more)"
    assert len(problem.errors) == 20
