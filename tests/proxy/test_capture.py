"""The life of one exchange's copy."""

import uuid

import pytest

from proxy.capture import AnswerFacts, Capture, IdSource, RequestFacts, encode_whole
from proxy.framing import parse_request_head, parse_response_head
from scorer.model import new_session_id
from scorer.wire import End, Exchange, Flag, decode_exchange


def begun(*lines: bytes, is_trusted: bool = False, limit: int = 100) -> Capture:
    head = b"POST /chat?q=1 HTTP/1.1\r\nHost: b\r\nContent-Length: 3\r\n" + b"".join(line + b"\r\n" for line in lines)
    facts = RequestFacts(parse_request_head(head + b"\r\n"), is_trusted=is_trusted)
    capture = Capture(b"i" * 16, facts, 1000, limit)
    capture.request.write(b"ask")
    return capture


def finished(
    capture: Capture, *lines: bytes, end: End = End.COMPLETE, body: bytes = b"answer", is_noise: bool = False
) -> Exchange | None:
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n"
    capture.answer(AnswerFacts(parse_response_head(head, b"POST"), is_noise=is_noise), 2000)
    capture.response.write(body)
    return read(capture.finish(end, 3000))


def read(data: bytes | None) -> Exchange | None:
    return None if data is None else decode_exchange(data)


def test_copy_holds_what_passed() -> None:
    copy = finished(begun(b"Authorization: s", b"X-Endurance-Documents: []"), b"Content-Type: text/plain")

    assert copy is not None
    assert (copy.id, copy.method, copy.target, copy.status) == (b"i" * 16, b"POST", b"/chat?q=1", 200)
    assert (copy.started_us, copy.first_byte_us, copy.ended_us) == (1000, 2000, 3000)
    assert (copy.request_head, copy.response_head) == (b"Host: b\r\n", b"Content-Type: text/plain\r\n")
    assert (copy.request_body, copy.response_body) == (b"ask", b"answer")
    assert (copy.request_body_bytes, copy.response_body_bytes) == (3, 6)
    assert (copy.flags, copy.end) == (Flag.NONE, End.COMPLETE)


def test_copy_without_an_answer_has_no_status() -> None:
    copy = read(begun().finish(End.CLIENT_GONE, 3000))

    assert copy is not None
    assert (copy.status, copy.first_byte_us, copy.end) == (0, 0, End.CLIENT_GONE)


@pytest.mark.parametrize(("end", "expected"), [(End.COMPLETE, End.CAPPED), (End.UPSTREAM_RESET, End.UPSTREAM_RESET)])
def test_copy_over_the_cap_is_capped_unless_it_broke_off(end: End, expected: End) -> None:
    copy = finished(begun(limit=4), end=end)

    assert copy is not None
    assert (copy.request_body, copy.response_body) == (b"ask", b"answ")
    assert (copy.flags, copy.end) == (Flag.RESPONSE_TRUNCATED, expected)


def test_answers_wish_is_always_honoured() -> None:
    assert finished(begun(), b"X-Endurance-Capture: OFF") is None


def test_requests_wish_is_honoured_of_trusted_peers_only() -> None:
    assert finished(begun(b"X-Endurance-Capture: off", is_trusted=True)) is None
    assert finished(begun(b"X-Endurance-Capture: off")) is not None


def test_answer_cannot_weaken_the_requests_wish() -> None:
    assert finished(begun(b"X-Endurance-Capture: off", is_trusted=True), b"X-Endurance-Capture: meta") is None


def test_meta_keeps_sizes_and_drops_text() -> None:
    capture = begun(b"X-Endurance-Documents: [1]", is_trusted=True)

    copy = finished(capture, b"X-Endurance-Capture: meta", b"X-Endurance-Documents: [2]")

    assert copy is not None
    assert copy.flags == Flag.META_ONLY
    assert (copy.request_body, copy.response_body, copy.target) == (b"", b"", b"/chat")
    assert (copy.request_body_bytes, copy.response_body_bytes) == (3, 6)
    assert b"[" not in copy.request_head + copy.response_head


def test_documents_of_a_trusted_peer_and_of_the_answer_are_kept() -> None:
    copy = finished(begun(b"X-Endurance-Documents: [1]", is_trusted=True), b"X-Endurance-Documents: [2]")

    assert copy is not None
    assert copy.flags == Flag.DOCUMENTS_TRUSTED
    assert b"X-Endurance-Documents: [1]\r\n" in copy.request_head
    assert b"X-Endurance-Documents: [2]\r\n" in copy.response_head


def test_noise_is_not_copied() -> None:
    assert finished(begun(), is_noise=True) is None


def test_id_is_a_uuid_of_version_7_as_the_scorer_makes_it() -> None:
    random = bytes(range(200, 256)) * 100
    ids = IdSource(lambda: 1_700_000_000_123_456_789, lambda size: random[:size])

    first, second = ids.next(ids.clock_ns()), ids.next(ids.clock_ns())

    assert str(uuid.UUID(bytes=first)) == new_session_id(1_700_000_000_123, random[:10])
    assert str(uuid.UUID(bytes=second)) == new_session_id(1_700_000_000_123, random[10:20])
    assert ids.now_us() == 1_700_000_000_123_456


def test_whole_exchange_is_encoded_as_its_copy_is() -> None:
    request = RequestFacts(
        parse_request_head(b"POST /a HTTP/1.1\r\nHost: b\r\nContent-Length: 3\r\n\r\n"), is_trusted=False
    )
    head = parse_response_head(b"HTTP/1.1 201 Yes\r\nContent-Type: text/plain\r\nContent-Length: 6\r\n\r\n", b"POST")
    answer = AnswerFacts(head, is_noise=False)
    capture = Capture(b"i" * 16, request, 1000, 100)
    capture.request.write(b"ask")
    capture.answer(answer, 2000)
    capture.response.write(b"answer")

    assert encode_whole(b"i" * 16, request, answer, (1000, 2000), b"ask", b"answer") == capture.finish(
        End.COMPLETE, 2000
    )
