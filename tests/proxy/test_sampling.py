"""Which exchanges are copied."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.framing import parse_request_head, parse_response_head
from proxy.sampling import CaptureRules


def takes_request(rules: CaptureRules, method: bytes, target: bytes) -> bool:
    return rules.takes_request(parse_request_head(method + b" " + target + b" HTTP/1.1\r\nHost: b\r\n\r\n"))


def takes_answer(rules: CaptureRules, *lines: bytes) -> bool:
    head = b"HTTP/1.1 200 OK\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n"
    return rules.takes_answer(parse_response_head(head, b"POST").fields)


def test_without_wishes_every_request_is_taken() -> None:
    assert takes_request(CaptureRules(), b"DELETE", b"/any")


@pytest.mark.parametrize(
    ("method", "target", "expected"),
    [(b"POST", b"/chat", True), (b"GET", b"/chat", False), (b"POST", b"/other", False), (b"POST", b"/chat/x", False)],
)
def test_request_is_taken_by_method_and_path(method: bytes, target: bytes, *, expected: bool) -> None:
    rules = CaptureRules(methods=["post"], paths=["/chat"], excluded_paths=["/chat/x"])

    assert takes_request(rules, method, target) is expected


@pytest.mark.parametrize(
    "line",
    [
        b"Content-Type: image/png", b"Content-Type: Text/CSS; x", b"Content-Type: font/woff2",
        b"Content-Type: application/javascript", b"Content-Type: application/pdf",
        b"Content-Disposition: Attachment; filename=x",
    ],
)  # fmt: skip
def test_images_scripts_and_downloads_are_noise(line: bytes) -> None:
    assert not takes_answer(CaptureRules(), line)


@pytest.mark.parametrize("line", [b"Content-Type: text/event-stream", b"Content-Disposition: inline", b"X: y"])
def test_other_answers_are_taken(line: bytes) -> None:
    assert takes_answer(CaptureRules(), line)


def test_wished_content_types_leave_out_all_others() -> None:
    rules = CaptureRules(content_types=["Application/JSON", "image/"])

    assert takes_answer(rules, b"Content-Type: application/json; charset=utf-8")
    assert takes_answer(rules, b"Content-Type: image/png")
    assert not takes_answer(rules, b"Content-Type: text/plain")
    assert not takes_answer(rules)


def test_conversation_is_named_by_its_header() -> None:
    head = parse_request_head(b"GET / HTTP/1.1\r\nHost: b\r\nX-Chat:  c1 \r\n\r\n")

    assert CaptureRules(conversation_header="x-CHAT").conversation_of(head.fields) == b"c1"
    assert CaptureRules().conversation_of(head.fields) is None


@given(st.binary())
def test_share_is_all_nothing_or_always_the_same(key: bytes) -> None:
    assert CaptureRules(1.0).samples(key)
    assert not CaptureRules(0.0).samples(key)
    assert CaptureRules(0.3).samples(key) is CaptureRules(0.3).samples(key)
    assert not CaptureRules(0.3).samples(key) or CaptureRules(0.4).samples(key)


def test_share_is_about_what_was_asked_for() -> None:
    rules = CaptureRules(0.25)

    taken = sum(rules.samples(number.to_bytes(16)) for number in range(4000))

    assert 0.22 < taken / 4000 < 0.28  # four standard deviations
