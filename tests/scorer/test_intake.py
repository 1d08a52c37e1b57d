"""`scorer/intake.py` but for the documents header, which `test_intake_documents.py` tests."""

import gzip
import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import ConfigurationError
from config.settings import ServiceMatch, ServiceSettings
from scorer import wire
from scorer.intake import Intake
from scorer.model import CaptureOutcome, Exchange, Unscored
from scorer.policy import PolicyBook
from tests.fakes.copies import ID, STARTED_US, events, head, load_samples, wire_exchange

LIMIT = 1 << 20
BOOK = PolicyBook(
    presets={},
    services=(
        ServiceSettings(id="bank", match=ServiceMatch(host="bank.example")),
        ServiceSettings(id="ask", match=ServiceMatch(path_prefix="/ask"), format="rti_chat"),
    ),
    default_service_id="default",
)
INTAKE = Intake(BOOK, LIMIT)
SAMPLES = load_samples()


def read(**changes: Any) -> Exchange | Unscored:
    return INTAKE.read(wire.encode_exchange(wire_exchange(**changes)))


def exchange(**changes: Any) -> Exchange:
    result = read(**changes)
    assert isinstance(result, Exchange), result
    return result


def unscored(**changes: Any) -> Unscored:
    result = read(**changes)
    assert isinstance(result, Unscored)
    return result


def test_exchange_is_read() -> None:
    result = exchange()

    assert (result.query, result.response, result.conversation_id) == ("What is the fee?", "Ten rupees.", "s-1")


def test_ids_are_the_copys_id_as_a_uuid() -> None:
    result = exchange()

    assert result.session_id == result.submission_id == str(uuid.UUID(bytes=ID))


def test_capture_says_how_the_copy_came_about() -> None:
    capture = exchange().capture

    assert capture.model_dump() == {
        "outcome": CaptureOutcome.SCORED,
        "format": "rti_chat",
        "end": "complete",
        "truncated": False,
        "guessed": False,
        "problems": (),
        "status": 200,
        "duration_seconds": 1.5,
        "first_byte_seconds": 0.25,
        "traceparent": "00-0192f3c47a10700080000000000000ab-80000000000000ab-01",
    }


def test_timestamp_is_the_end_of_the_exchange() -> None:
    assert exchange().timestamp == datetime.fromtimestamp((STARTED_US + 1_500_000) / 1e6, UTC)


def test_times_that_never_happened_are_not_made_up() -> None:
    result = exchange(first_byte_us=0, ended_us=0)

    assert (result.capture.duration_seconds, result.capture.first_byte_seconds) == (None, None)
    assert result.timestamp == datetime.fromtimestamp(STARTED_US / 1e6, UTC)


def test_clock_that_was_set_back_gives_no_duration() -> None:
    assert exchange(ended_us=STARTED_US - 1).capture.duration_seconds is None


@pytest.mark.parametrize("field", ["started_us", "first_byte_us", "ended_us"])
def test_time_beyond_the_calendar_is_unreadable(field: str) -> None:
    assert unscored(**{field: 2**64 - 1}).outcome is CaptureOutcome.UNREADABLE


def test_last_moment_of_the_calendar_is_read() -> None:
    last_us = (datetime.max.replace(tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).days * 86_400_000_000

    assert exchange(ended_us=last_us).timestamp.year == 9999


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, "default"),
        ({"request_head": head("Host: BANK.example:8080")}, "bank"),
        ({"target": b"/ask?x=1"}, "ask"),
        ({"target": b"http://other.example/ask/chat"}, "ask"),
    ],
)
def test_service_is_found_by_host_and_path(changes: dict[str, Any], wanted: str) -> None:
    assert exchange(**changes).service_id == wanted


@pytest.mark.parametrize("target", [b"*", b"http://host.example", b"", b"host:443", b"\xff\xfe://[", b"?message=x"])
def test_odd_targets_have_a_path(target: bytes) -> None:
    assert unscored(target=target).service_id == "default"


def test_system_prompt_and_tool_calls_stand_in_the_metadata() -> None:
    body = {
        "messages": [
            {"role": "system", "content": "Be brief."},
            {"role": "user", "content": "What is the fee?"},
            {"role": "assistant", "tool_calls": [{"function": {"name": "search"}}]},
        ]
    }

    result = exchange(
        target=b"/v1/chat/completions",
        request_body=json.dumps(body).encode(),
        response_body=b'{"choices": [{"message": {"content": "Ten rupees."}}]}',
    )

    assert result.metadata == {"system_prompt": "Be brief.", "tool_calls": [{"name": "search"}]}


def test_metadata_is_empty_where_nothing_was_said() -> None:
    assert exchange().metadata == {}


def test_chunks_and_codings_of_both_sides_are_undone() -> None:
    plain = wire_exchange()
    request, response = gzip.compress(plain.request_body), gzip.compress(plain.response_body)

    result = exchange(
        flags=wire.Flag.REQUEST_CHUNKED | wire.Flag.RESPONSE_CHUNKED,
        request_head=head("Content-Encoding: gzip", "Transfer-Encoding: chunked"),
        response_head=head("content-encoding: identity", "transfer-encoding: gzip, chunked"),
        request_body=b"%x\r\n%s\r\n0\r\n\r\n" % (len(request), request),
        response_body=b"%x\r\n%s\r\n0\r\n\r\n" % (len(response), response),
    )

    assert (result.query, result.response, result.capture.truncated) == ("What is the fee?", "Ten rupees.", False)


STREAM = {"response_head": b"content-type: text/event-stream\r\n", "response_body": events({"delta": "Ten"})}


@pytest.mark.parametrize(
    ("end", "word"),
    [
        (wire.End.CLIENT_GONE, "client_gone"),
        (wire.End.UPSTREAM_RESET, "upstream_reset"),
    ],
)
def test_stream_that_broke_off_is_scored_as_far_as_it_came_and_marked(end: wire.End, word: str) -> None:
    capture = exchange(end=end, **STREAM).capture

    assert (capture.end, capture.truncated) == (word, True)


def test_copy_that_stopped_at_the_cap_is_marked() -> None:
    capture = exchange(end=wire.End.CAPPED, flags=wire.Flag.RESPONSE_TRUNCATED, **STREAM).capture

    assert (capture.end, capture.truncated) == ("capped", True)


def test_chunked_answer_without_its_last_chunk_is_truncated() -> None:
    body = b"%x\r\n%s\r\n" % (len(STREAM["response_body"]), STREAM["response_body"])

    assert exchange(**STREAM | {"flags": wire.Flag.RESPONSE_CHUNKED, "response_body": body}).capture.truncated


def test_answer_shorter_than_its_declared_length_is_truncated() -> None:
    response_head = STREAM["response_head"] + b"content-length: 5000\r\n"

    assert exchange(**STREAM | {"response_head": response_head}).capture.truncated


@pytest.mark.parametrize("length", ["", "20000000000000000000", "x", "3"])
def test_odd_declared_lengths_truncate_nothing(length: str) -> None:
    assert not exchange(response_head=head(f"content-length: {length}")).capture.truncated


def test_error_in_mid_stream_is_truncated() -> None:
    assert exchange(**STREAM | {"response_body": events({"delta": "Ten"}, {"error": "lost"})}).capture.truncated


def test_cut_request_is_unreadable() -> None:
    assert unscored(flags=wire.Flag.REQUEST_TRUNCATED).outcome is CaptureOutcome.UNREADABLE


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({"flags": wire.Flag.META_ONLY}, CaptureOutcome.META_ONLY),
        ({"kind": wire.ExchangeKind.WEBSOCKET_SEGMENT}, CaptureOutcome.UPGRADED),
        ({"status": 101, "method": b"GET"}, CaptureOutcome.UPGRADED),
        ({"method": b"GET"}, CaptureOutcome.NOT_CHAT),
        ({"method": b"\xff"}, CaptureOutcome.NOT_CHAT),
        ({"target": b"/login"}, CaptureOutcome.NOT_CHAT),
        ({"status": 500}, CaptureOutcome.UPSTREAM_ERROR),
        ({"status": 0, "response_body": b""}, CaptureOutcome.NO_TEXT),
        ({"response_body": b""}, CaptureOutcome.EMPTY_ANSWER),
        ({"response_body": b"{"}, CaptureOutcome.UNREADABLE),
        ({"response_head": head("content-encoding: gzip")}, CaptureOutcome.UNREADABLE),
        ({"response_head": head("content-encoding: gzip"), "target": b"/login"}, CaptureOutcome.NOT_CHAT),
        ({"response_head": head("content-encoding: gzip"), "method": b"GET"}, CaptureOutcome.NOT_CHAT),
        ({"request_head": head("content-encoding: gzip")}, CaptureOutcome.UNREADABLE),
        ({"request_head": head("content-encoding: rot13")}, CaptureOutcome.UNREADABLE),
    ],
)
def test_what_is_not_scored_says_what_it_was(changes: dict[str, Any], wanted: CaptureOutcome) -> None:
    assert unscored(**changes).outcome is wanted


def test_bomb_is_unreadable() -> None:
    bomb = gzip.compress(b'{"response": "' + bytes(LIMIT) + b'"}')

    result = unscored(response_head=head("content-encoding: gzip"), response_body=bomb)

    assert (result.outcome, result.reason) == (
        CaptureOutcome.UNREADABLE,
        f"the answer: the decompressed body exceeds {LIMIT} bytes",
    )


@pytest.mark.parametrize("data", [b"", b"\0", b"\0\1", wire.encode_exchange(wire_exchange())[:-1], b"\xff" * 200])
def test_bytes_that_are_no_exchange_are_unreadable(data: bytes) -> None:
    result = INTAKE.read(data)

    assert isinstance(result, Unscored)
    assert (result.outcome, result.service_id) == (CaptureOutcome.UNREADABLE, "default")


def test_cut_exchange_keeps_its_id() -> None:
    result = INTAKE.read(wire.encode_exchange(wire_exchange())[:-1])

    assert result.session_id == str(uuid.UUID(bytes=ID))


def test_service_with_an_unknown_format_is_refused_at_start() -> None:
    book = replace(BOOK, services=(ServiceSettings(id="bot", format="smoke_signals"),))

    with pytest.raises(ConfigurationError, match=r"services\.0\.format"):
        Intake(book, LIMIT)


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: f"{sample.format}-{sample.case}")
def test_samples_are_read_from_the_wire(sample: Any) -> None:
    intake = Intake(replace(BOOK, services=(), default_service_id="desk"), LIMIT)
    if "service" in sample.expected:
        intake = Intake(replace(BOOK, services=(sample.service(),), default_service_id="desk"), LIMIT)

    result = intake.read(wire.encode_exchange(sample.wire_exchange()))

    wanted = sample.expected.get("extract", {})
    assert isinstance(result, Exchange) == bool(wanted)
    assert not isinstance(result, Exchange) or (result.query, result.response) == (wanted["query"], wanted["response"])


@given(st.binary(max_size=300))
def test_any_bytes_end_in_an_outcome(data: bytes) -> None:
    assert isinstance(INTAKE.read(data), Unscored | Exchange)


FLAGS = st.sampled_from([0, 1, 2, 3, 4, 8, 32, 64])
NAMES = st.sampled_from(
    ["content-encoding", "content-length", "content-type", "transfer-encoding", "x-endurance-documents"]
)
WORDS = st.sampled_from(["gzip", "br, zstd", "chunked", "text/plain", "12", '["a"]', "text/event-stream", "é"])
HEADS = st.lists(st.tuples(NAMES, WORDS), max_size=3).map(lambda lines: head(*(f"{n}: {v}" for n, v in lines)))


@given(st.sampled_from(SAMPLES), FLAGS, HEADS, HEADS, st.sampled_from(list(wire.End)), st.binary(max_size=8), st.data())
def test_mutated_samples_end_in_an_outcome(
    sample: Any, flags: int, request: bytes, response: bytes, end: wire.End, noise: bytes, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(sample.response)))
    body = sample.response[:place] + noise + sample.response[place:]
    copied = sample.wire_exchange(
        flags=wire.Flag(flags), request_head=request, response_head=response, response_body=body, end=end
    )

    result = INTAKE.read(wire.encode_exchange(copied))

    assert type(result).model_validate_json(result.model_dump_json()) == result  # it can be queued and stored


@given(st.data())
def test_encoded_exchange_with_flipped_bytes_ends_in_an_outcome(data: st.DataObject) -> None:
    encoded = bytearray(wire.encode_exchange(wire_exchange()))
    for place in data.draw(st.lists(st.integers(0, len(encoded) - 1), min_size=1, max_size=5)):
        encoded[place] = data.draw(st.integers(0, 255))

    assert isinstance(INTAKE.read(bytes(encoded)), Unscored | Exchange)
