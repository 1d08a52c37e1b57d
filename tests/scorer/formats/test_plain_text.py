"""What the samples under `tests/samples/plain_text/` do not show."""

from typing import Any

import pytest

from config.settings import ServiceSettings
from scorer.formats.base import Extract, HttpCopy, NotText, UnreadableError
from scorer.formats.forms import FIELDS_LIMIT
from scorer.formats.plain_text import QUERY_NAMES, PlainText
from tests.fakes.copies import http_copy

FORMAT = PlainText()
SERVICE = ServiceSettings(id="default")
FORM = [("content-type", "application/x-www-form-urlencoded")]


def text_copy(
    request: bytes = b'{"question": "?"}', response: bytes = b"Ten.", type_: str = "text/plain", **more: Any
) -> HttpCopy:
    given = {"request_body": request, "response_body": response, "response_headers": [("content-type", type_)]}
    return http_copy(**given | more)


def extract(copy: HttpCopy) -> Extract:
    result = FORMAT.read(copy, SERVICE)
    assert isinstance(result, Extract)
    return result


@pytest.mark.parametrize(
    ("copy", "wanted"),
    [
        (text_copy(), True),
        (text_copy(type_="text/markdown; charset=utf-8"), True),
        (text_copy(type_="text/html"), False),
        (text_copy(type_="application/json"), False),
        (text_copy(type_="text/html", status=500), True),
        (text_copy(method="GET"), False),
        (text_copy(b'{"rating": 5}'), False),
        (text_copy(b'{"question": 7}'), False),
        (text_copy(b'{"question": '), False),
        (text_copy(b"question=x"), False),
        (text_copy(b"question=x", request_headers=FORM), True),
        (text_copy(b"", query_string="question=x"), True),
        (text_copy(b"", query_string="question="), False),
    ],
)
def test_recognises_a_question_answered_in_text(copy: HttpCopy, wanted: bool) -> None:
    assert FORMAT.recognise(copy, SERVICE) is wanted


@pytest.mark.parametrize("name", QUERY_NAMES)
def test_question_stands_under_each_usual_name(name: str) -> None:
    assert extract(text_copy(f'{{"{name}": " What? "}}'.encode())).query == "What?"


def test_most_telling_name_comes_first() -> None:
    assert extract(text_copy(b'{"text": "b", "message": "a"}')).query == "a"


def test_body_comes_before_the_query_string() -> None:
    assert extract(text_copy(b'{"question": "body"}', query_string="question=url")).query == "body"


def test_form_is_decoded() -> None:
    copy = text_copy("q=1&question=₹10+%E2%82%B9".encode(), request_headers=FORM)

    assert extract(copy).query == "₹10 ₹"


def test_form_of_too_many_fields_asks_nothing() -> None:
    copy = text_copy(b"question=x" + b"&a=b" * FIELDS_LIMIT, request_headers=FORM)

    assert not FORMAT.recognise(copy, SERVICE)


@pytest.mark.parametrize(
    ("charset", "body", "wanted"),
    [
        ("", "₹10".encode(), "₹10"),
        ("; charset=UTF-8", "\ufeff₹10".encode(), "₹10"),
        ("; charset=utf-16", "₹10".encode("utf-16"), "₹10"),
        ('; charset="iso-8859-1"', b"\xa310", "£10"),
        ("; charset=windows-1252", b"\x8010", "€10"),
        ("; charset=zip", "₹10".encode(), "₹10"),
        ("; charset=no-such-charset", "₹10".encode(), "₹10"),
        ("; charset=unicode_escape", b"\\d", "\\d"),
        ("; charset=utf-8", b"a\xffb", "a\ufffdb"),
    ],
)
def test_answer_is_decoded_by_its_charset(charset: str, body: bytes, wanted: str) -> None:
    assert extract(text_copy(response=body, type_=f"text/plain{charset}")).response == wanted


@pytest.mark.parametrize(
    ("copy", "reason"),
    [
        (text_copy(is_request_whole=False), "cut"),
        (text_copy(b"{}"), "expected one of message"),
        (text_copy(b"{"), "expected JSON"),
        (text_copy(type_="text/html"), "expected text/plain"),
        (http_copy(request_body=b'{"text": "?"}', response_headers=[]), "expected text/plain"),
    ],
)
def test_other_shapes_are_unreadable(copy: HttpCopy, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        FORMAT.read(copy, SERVICE)


def test_redirect_is_no_answer() -> None:
    assert isinstance(FORMAT.read(text_copy(status=302), SERVICE), NotText)
