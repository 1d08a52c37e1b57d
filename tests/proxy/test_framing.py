"""Heads: what is read out of them, and which are refused. (The refusals over sockets: test_connection.)"""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.framing import (
    HEAD_LIMIT_BYTES,
    BodyKind,
    FramingError,
    find_head_end,
    parse_request_head,
    parse_response_head,
    tokens_of,
    value_of,
)

HEAD = b"POST /a?b HTTP/1.1\r\nHost: bot:80\r\nContent-Length:  7 \r\nX:1\r\nx: 2\r\n\r\n"


def search_in_pieces(data: bytes, cuts: list[int]) -> None:
    searched = 0
    for end in (*sorted(cut for cut in cuts if cut < len(data)), len(data)):
        assert find_head_end(data[:end], searched) == -1
        searched = end


def request(*lines: bytes, first: bytes = b"GET / HTTP/1.1", host: bytes = b"Host: a\r\n") -> bytes:
    return first + b"\r\n" + host + b"".join(line + b"\r\n" for line in lines) + b"\r\n"


def test_request_head_is_read() -> None:
    head = parse_request_head(HEAD)

    assert (head.method, head.target, head.authority, head.minor) == (b"POST", b"/a?b", None, 1)
    assert (head.body, head.length) == (BodyKind.LENGTH, 7)
    assert head.block == b"\r\nHost: bot:80\r\nContent-Length:  7 \r\nX:1\r\nx: 2\r\n"
    assert head.fields[b"x"] == [(b"X", b"1"), (b"x", b" 2")]
    assert value_of(head.fields, b"content-length") == b"7"
    assert value_of(head.fields, b"absent") is None
    assert head.is_keep_alive
    assert not head.is_upgrade


@pytest.mark.parametrize(
    ("lines", "first", "expected"),
    [
        ((), b"GET / HTTP/1.1", True),
        ((b"Connection: x, Close",), b"GET / HTTP/1.1", False),
        ((), b"GET / HTTP/1.0", False),
        ((b"Connection: Keep-Alive",), b"GET / HTTP/1.0", True),
    ],
)
def test_keep_alive_follows_version_and_connection(lines: tuple[bytes, ...], first: bytes, *, expected: bool) -> None:
    assert parse_request_head(request(*lines, first=first)).is_keep_alive is expected


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (b"http://h", (b"/", b"h")),
        (b"HTTPS://h:1/a//b", (b"/a//b", b"h:1")),
        (b"http://[::1]:8?q", (b"/?q", b"[::1]:8")),
    ],
)
def test_absolute_form_becomes_origin_form(target: bytes, expected: tuple[bytes, bytes]) -> None:
    head = parse_request_head(request(first=b"GET " + target + b" HTTP/1.1"))

    assert (head.target, head.authority) == expected


def test_absolute_form_of_options_without_path_is_the_asterisk() -> None:
    assert parse_request_head(request(first=b"OPTIONS http://h HTTP/1.1")).target == b"*"


def test_zero_length_is_no_body() -> None:
    assert parse_request_head(request(b"Content-Length: 0")).body is BodyKind.NONE


def test_chunked_is_read_without_case() -> None:
    assert parse_request_head(request(b"Transfer-Encoding: Chunked")).body is BodyKind.CHUNKED


def test_upgrade_needs_connection_and_upgrade_lines() -> None:
    assert parse_request_head(request(b"Connection: upgrade", b"Upgrade: x")).is_upgrade
    assert not parse_request_head(request(b"Upgrade: x")).is_upgrade
    assert not parse_request_head(request(b"Connection: upgrade")).is_upgrade


def test_http_1_0_needs_no_host() -> None:
    assert parse_request_head(request(first=b"GET / HTTP/1.0", host=b"")).minor == 0


def test_length_of_nineteen_digits_is_refused() -> None:
    with pytest.raises(FramingError):
        parse_request_head(request(b"Content-Length: 1234567890123456789"))


@pytest.mark.parametrize(
    ("data", "method", "expected"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", b"GET", (BodyKind.LENGTH, 3)),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"GET", (BodyKind.NONE, 0)),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", b"HEAD", (BodyKind.NONE, 0)),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n", b"GET", (BodyKind.NONE, 0)),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"GET", (BodyKind.CHUNKED, 0)),
        (b"HTTP/1.1 200\r\n\r\n", b"GET", (BodyKind.CLOSE, 0)),
        (b"HTTP/1.0 200 OK\r\n\r\n", b"GET", (BodyKind.CLOSE, 0)),
    ],
)
def test_answers_body_is_known(data: bytes, method: bytes, expected: tuple[BodyKind, int]) -> None:
    head = parse_response_head(data, method)

    assert (head.body, head.length) == expected


def test_answer_until_close_is_not_kept_alive() -> None:
    assert not parse_response_head(b"HTTP/1.1 200 OK\r\n\r\n", b"GET").is_keep_alive
    assert parse_response_head(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", b"GET").is_keep_alive
    assert not parse_response_head(b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n", b"GET").is_keep_alive


def test_tokens_are_joined_over_lines() -> None:
    head = parse_request_head(request(b"Connection: A,b ", b"connection: C"))

    assert tokens_of(head.fields, b"connection") == {b"a", b"b", b"c"}


@given(st.lists(st.integers(0, len(HEAD))))
def test_head_end_is_found_wherever_the_bytes_are_cut(cuts: list[int]) -> None:
    searched = 0
    for cut in sorted(cuts):
        if cut < len(HEAD):
            assert find_head_end(HEAD[:cut], searched) == -1
            searched = cut

    assert find_head_end(HEAD + b"body", searched) == len(HEAD)


@given(st.integers(0, 3), st.lists(st.integers(1, 60)))
def test_bare_line_feed_is_refused_wherever_the_bytes_are_cut(line: int, cuts: list[int]) -> None:
    lines = HEAD[:-4].split(b"\r\n")
    data = b"\r\n".join(lines[: line + 1]) + b"\n" + b"\r\n".join(lines[line + 1 :])

    with pytest.raises(FramingError) as refused:
        search_in_pieces(data, cuts)

    assert refused.value.status == 400


def test_head_without_end_over_the_limit_is_431() -> None:
    with pytest.raises(FramingError) as refused:
        find_head_end(b"x" * (HEAD_LIMIT_BYTES + 1), 0)

    assert refused.value.status == 431


@given(st.binary(max_size=300))
def test_any_bytes_are_a_head_or_refused(data: bytes) -> None:
    with contextlib.suppress(FramingError):
        assert parse_request_head(data + b"\r\n\r\n").method
    with contextlib.suppress(FramingError):
        assert parse_response_head(data + b"\r\n\r\n", b"GET").status >= 100
