"""Reading an upstream's answer."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.answer import AnswerReader
from proxy.framing import FramingError, RequestHead, parse_request_head
from tests.proxy.pieces import cut

REQUEST = b"%s / HTTP/1.%d\r\nHost: b\r\n\r\n"
ANSWER = (
    b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"3\r\nabc\r\n0\r\n\r\n"
)


def request(method: bytes = b"GET", minor: int = 1) -> RequestHead:
    return parse_request_head(REQUEST % (method, minor))


@given(st.lists(st.integers(0, len(ANSWER))))
def test_answer_is_read_wherever_it_is_cut(cuts: list[int]) -> None:
    reader = AnswerReader(request(), is_upgrade_asked=False)
    statuses, body = [], b""

    for piece in cut(ANSWER, cuts):
        if reader.head is not None:
            body += reader.read_body(piece)
            continue
        interim, head, rest = reader.read_heads(piece)
        statuses += [early.status for early in interim]
        if head is not None:
            body += reader.begin_body(head, rest)

    assert statuses == [103]
    assert body == b"3\r\nabc\r\n0\r\n\r\n"
    assert reader.is_done
    assert reader.is_reusable()


def test_bytes_after_the_end_make_the_connection_unusable() -> None:
    reader = AnswerReader(request(), is_upgrade_asked=False)
    _, head, rest = reader.read_heads(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab")
    assert head is not None

    assert reader.begin_body(head, rest) == b"a"
    assert reader.is_done
    assert not reader.is_reusable()


def test_switching_protocols_must_have_been_asked_for() -> None:
    data = b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\nrest"

    _, head, rest = AnswerReader(request(), is_upgrade_asked=True).read_heads(data)

    assert head is not None
    assert (head.status, rest) == (101, b"rest")
    with pytest.raises(FramingError):
        AnswerReader(request(), is_upgrade_asked=False).read_heads(data)


def test_bad_first_chunk_is_refused_before_the_head_counts() -> None:
    reader = AnswerReader(request(), is_upgrade_asked=False)
    _, head, rest = reader.read_heads(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n")
    assert head is not None

    with pytest.raises(FramingError):
        reader.begin_body(head, rest)

    assert reader.head is None
