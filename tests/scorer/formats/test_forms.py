"""A form's fields, of either way to write one."""

import pytest

from scorer.formats.base import HttpCopy, UnreadableError
from scorer.formats.forms import FIELDS_LIMIT, is_form, query_fields, read_form
from tests.fakes.copies import http_copy

URL_ENCODED = "application/x-www-form-urlencoded"
PARTS = b'--b\r\nContent-Disposition: form-data; name="q"\r\n\r\na\r\n--b\r\nContent-Disposition: form-data; name="q"'
CLOSED = PARTS + b"\r\n\r\nb\r\n--b--\r\n"


def form_copy(type_: str, body: bytes, *, is_whole: bool = True) -> HttpCopy:
    return http_copy(request_headers=[("content-type", type_)], request_body=body, is_request_whole=is_whole)


@pytest.mark.parametrize(
    ("type_", "wanted"),
    [
        (URL_ENCODED, True),
        ("Multipart/Form-Data; boundary=b", True),
        ("multipart/mixed; boundary=b", False),
        ("application/json", False),
    ],
)
def test_form_is_told_by_its_media_type(type_: str, wanted: bool) -> None:
    assert is_form(form_copy(type_, b"")) is wanted


@pytest.mark.parametrize(
    ("type_", "body"), [(URL_ENCODED, b"q=a&q=b"), ("multipart/form-data; boundary=b", CLOSED)], ids=["url", "parts"]
)
def test_last_field_of_a_name_counts(type_: str, body: bytes) -> None:
    assert read_form(form_copy(type_, body)) == {"q": "b"}


def test_form_that_is_not_closed_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match="expected a form that its boundary closes"):
        read_form(form_copy("multipart/form-data; boundary=b", PARTS))


def test_form_that_was_cut_gives_its_whole_fields() -> None:
    assert read_form(form_copy("multipart/form-data; boundary=b", PARTS, is_whole=False)) == {"q": "a"}


def test_form_of_parts_without_a_boundary_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match="expected a boundary"):
        read_form(form_copy("multipart/form-data", CLOSED))


def test_query_string_of_too_many_fields_has_none() -> None:
    assert query_fields("q=x" + "&a=b" * FIELDS_LIMIT) == {}
