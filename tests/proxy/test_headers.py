"""Which lines pass, which are added, which are copied."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.framing import parse_request_head, parse_response_head
from proxy.headers import (
    Peer,
    TrustedPeers,
    asks_for_upgrade,
    copied_lines,
    forwarded_request,
    forwarded_response,
    peer_of,
    with_trace,
)

ID = bytes(range(1, 17))
ANYONE = Peer("10.0.0.9", is_trusted=False, keeps_forwarded=True)
STRANGER = Peer("10.0.0.9", is_trusted=False, keeps_forwarded=False)
TRACE = b"traceparent: 00-0102030405060708090a0b0c0d0e0f10-090a0b0c0d0e0f10-01"


def lines_sent(
    *lines: bytes, peer: Peer = ANYONE, first: bytes = b"GET / HTTP/1.1", upgrade: bool = False
) -> list[bytes]:
    """Return the header lines that go upstream for these."""
    head = parse_request_head(first + b"\r\n" + b"".join(line + b"\r\n" for line in lines) + b"\r\n")
    sent = forwarded_request(head, head.target, peer, b"upstream:9", asks_upgrade=upgrade)
    sent = sent if b"traceparent" in head.fields else with_trace(sent, ID, b"")
    assert sent.endswith(b"\r\n\r\n")
    return sent[:-4].split(b"\r\n")[1:]


def test_request_gets_forwarded_via_and_trace_lines() -> None:
    assert lines_sent(b"Host: bot") == [
        b"Host: bot",
        b"X-Forwarded-For: 10.0.0.9",
        b"X-Forwarded-Proto: http",
        b"X-Forwarded-Host: bot",
        b"Via: 1.1 endurance",
        TRACE,
    ]


def test_traceparent_of_the_client_stays_alone() -> None:
    sent = lines_sent(b"Host: bot", b"Traceparent: 00-x")

    assert [line for line in sent if line.lower().startswith(b"traceparent")] == [b"Traceparent: 00-x"]


def test_forwarded_lines_are_appended_in_place() -> None:
    sent = lines_sent(
        b"Host: bot", b"x-forwarded-for: 1.1.1.1", b"X-Forwarded-For: 2.2.2.2 ", b"X-Forwarded-Proto:https", b"X-Z: 1"
    )

    assert sent[1:5] == [
        b"x-forwarded-for: 1.1.1.1",
        b"X-Forwarded-For: 2.2.2.2, 10.0.0.9",
        b"X-Forwarded-Proto:https, http",
        b"X-Z: 1",
    ]


def test_forwarded_lines_of_a_stranger_are_replaced() -> None:
    sent = lines_sent(b"Host: bot", b"X-Forwarded-For: 1.1.1.1", b"X-Forwarded-Port: 1", peer=STRANGER)

    assert sent[1:4] == [b"X-Forwarded-For: 10.0.0.9", b"X-Forwarded-Proto: http", b"X-Forwarded-Host: bot"]


def test_hop_by_hop_and_named_lines_are_removed() -> None:
    sent = lines_sent(
        b"Host: bot", b"Connection: close, X-Mine", b"Keep-Alive: 1", b"X-Mine: 1", b"x-mine: 2", b"X-Mine: 1",
        b"X-Mine: 1", b"TE: trailers", b"Proxy-Connection: x", b"Upgrade: h", b"Proxy-Authorization: s", b"X-Kept: 1",
    )  # fmt: skip

    assert sent[:3] == [b"Host: bot", b"X-Kept: 1", b"X-Forwarded-For: 10.0.0.9"]


def test_connection_cannot_name_away_what_frames_or_tells_the_sender() -> None:
    sent = lines_sent(
        b"Host: bot", b"Content-Length: 3", b"X-Forwarded-For: 1.1.1.1",
        b"Connection: Content-Length, Host, X-Forwarded-For, traceparent",
    )  # fmt: skip

    assert sent[:3] == [b"Host: bot", b"Content-Length: 3", b"X-Forwarded-For: 1.1.1.1, 10.0.0.9"]
    assert sent[-1] == TRACE


def test_our_own_lines_are_removed_both_ways() -> None:
    response = parse_response_head(b"HTTP/1.1 200 OK\r\nX-Endurance-Documents: []\r\nA: 1\r\n\r\n", b"GET")

    assert not [line for line in lines_sent(b"Host: b", b"x-endurance-capture: off") if b"endurance-" in line]
    assert forwarded_response(response, keeps_alive=True, client_minor=1) == b"HTTP/1.1 200 OK\r\nA: 1\r\n\r\n"


def test_upgrade_lines_stay_only_when_the_upgrade_is_passed_on() -> None:
    lines = (b"Host: b", b"Connection: Upgrade", b"Upgrade: x")

    assert lines_sent(*lines, upgrade=True)[:3] == list(lines)
    assert lines_sent(*lines)[1].startswith(b"X-Forwarded-For")


def test_upgrade_to_cleartext_http_2_is_not_asked_for() -> None:
    template = b"GET / HTTP/1.1\r\nHost: b\r\nConnection: Upgrade\r\nUpgrade: %s\r\n\r\n"

    assert asks_for_upgrade(parse_request_head(template % b"websocket"))
    assert not asks_for_upgrade(parse_request_head(template % b"foo, H2C"))


def test_http_1_0_request_without_host_gets_the_upstreams() -> None:
    sent = lines_sent(first=b"GET / HTTP/1.0")

    assert sent[0] == b"Host: upstream:9"
    assert b"Via: 1.0 endurance" in sent


def test_authority_of_the_absolute_form_replaces_host() -> None:
    sent = lines_sent(b"A: 1", b"hOST: bot", first=b"GET http://other:1/x HTTP/1.1")

    assert sent[:2] == [b"A: 1", b"hOST: other:1"]


@pytest.mark.parametrize(
    ("keeps_alive", "minor", "expected"),
    [(True, 1, b""), (False, 1, b"Connection: close\r\n"), (True, 0, b"Connection: keep-alive\r\n")],
)
def test_answer_tells_what_becomes_of_our_connection(*, keeps_alive: bool, minor: int, expected: bytes) -> None:
    head = parse_response_head(b"HTTP/1.1 200 Fine\r\nConnection: close\r\nKeep-Alive: x\r\nA: 1\r\n\r\n", b"HEAD")

    sent = forwarded_response(head, keeps_alive=keeps_alive, client_minor=minor)

    assert sent == b"HTTP/1.1 200 Fine\r\nA: 1\r\n" + expected + b"\r\n"


def test_upgrade_required_keeps_its_upgrade_line() -> None:
    head = parse_response_head(
        b"HTTP/1.1 426 U\r\nUpgrade: w\r\nConnection: Upgrade\r\nContent-Length: 0\r\n\r\n", b"GET"
    )

    assert b"\r\nUpgrade: w\r\n" in forwarded_response(head, keeps_alive=True, client_minor=1)


def test_line_that_names_the_format_of_a_stream_is_copied() -> None:
    head = parse_response_head(b"HTTP/1.1 200 OK\r\nX-Vercel-AI-UI-Message-Stream: v1\r\nX-Other: 1\r\n\r\n", b"POST")

    assert copied_lines(head.fields, with_documents=False) == b"X-Vercel-AI-UI-Message-Stream: v1\r\n"


def test_copied_lines_hold_no_credentials() -> None:
    head = parse_request_head(
        b"GET / HTTP/1.1\r\nHost: b\r\nAuthorization: s\r\nCookie: s\r\nX-API-Key: s\r\nContent-type:  a/b \r\n"
        b"X-Endurance-Documents: []\r\n\r\n"
    )

    assert copied_lines(head.fields, with_documents=False) == b"Content-type: a/b\r\nHost: b\r\n"
    assert copied_lines(head.fields, with_documents=True).endswith(b"X-Endurance-Documents: []\r\n")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.1.2.3", True),
        ("::ffff:10.1.2.3", True),
        ("11.0.0.1", False),
        ("::1", True),
        ("fe80::1%eth0", False),
        (None, False),
    ],
)
def test_peer_is_trusted_by_its_network(address: str | None, *, expected: bool) -> None:
    assert peer_of(address, TrustedPeers(["10.0.0.0/8", "::1"])).is_trusted is expected


def test_nobody_is_trusted_and_nobody_replaced_when_no_peer_is_named() -> None:
    assert peer_of("10.0.0.1", TrustedPeers([])) == Peer("10.0.0.1", is_trusted=False, keeps_forwarded=True)


names = st.sampled_from([b"X-A", b"x-a", b"Keep-Alive", b"X-Mine", b"Cookie", b"X-Endurance-A", b"TE"])


@given(st.lists(st.tuples(names, st.sampled_from([b"", b" ", b" 1", b"X-A: 1"]))))
def test_only_removable_lines_are_removed_whatever_repeats(pairs: list[tuple[bytes, bytes]]) -> None:
    lines = [name + b":" + value for name, value in pairs]

    sent = lines_sent(b"Host: b", b"Connection: x-mine", *lines)

    gone = (b"keep-alive", b"x-mine", b"te", b"x-endurance-a")
    kept = [line for line in lines if line.partition(b":")[0].lower() not in gone]
    assert sent[: len(kept) + 1] == [b"Host: b", *kept]
    assert sent[len(kept) + 1].startswith(b"X-Forwarded-For")
