"""The copy that formats read."""

import pytest

from tests.fakes.copies import http_copy


@pytest.mark.parametrize(
    ("headers", "wanted"),
    [
        ([], ""),
        ([("accept", "x")], ""),
        ([("accept", "x"), ("content-type", " Text/HTML ; charset=utf-8")], "text/html"),
        ([("content-type", "")], ""),
    ],
)
def test_media_type_is_lower_case_without_parameters(headers: list[tuple[str, str]], wanted: str) -> None:
    copy = http_copy(request_headers=headers, response_headers=headers)

    assert (copy.request_type(), copy.response_type()) == (wanted, wanted)
