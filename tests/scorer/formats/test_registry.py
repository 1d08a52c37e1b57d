"""Which format reads an exchange, and what becomes of one that none reads."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import ConfigurationError
from config.settings import JsonMapping, ServiceSettings
from scorer.formats.base import Extract, HttpCopy, NotText
from scorer.formats.registry import FALLBACK, FORMATS, check_services, is_recognised, may_carry_query, read_copy
from scorer.model import CaptureOutcome
from tests.fakes.copies import http_copy, json_copy, load_samples

DEFAULT = ServiceSettings(id="default")
RTI = json_copy({"message": "What is the fee?"}, {"response": "Ten rupees."})
GOOD_MAPPING = {"query": "$.q", "response": "$.a"}
NAMED_OPENAI = ServiceSettings(id="bot", format="openai_chat")


def outcome(copy: HttpCopy, service: ServiceSettings = DEFAULT) -> tuple[str, CaptureOutcome]:
    name, result = read_copy(copy, service)
    assert isinstance(result, NotText)
    return name, result.outcome


def test_names_are_unique_and_the_fallback_is_last() -> None:
    names = [format_.name for format_ in FORMATS]

    assert len(set(names)) == len(names)
    assert FORMATS[-1] is FALLBACK


def test_first_format_that_recognises_reads() -> None:
    name, result = read_copy(RTI, DEFAULT)

    assert (name, isinstance(result, Extract)) == ("rti_chat", True)


def test_mappings_come_before_the_formats_that_would_recognise_too() -> None:
    service = ServiceSettings(id="bot", mappings=(JsonMapping(query="$.message", response="$.response"),))

    assert read_copy(RTI, service)[0] == "json_mapping"


def test_named_format_wins() -> None:
    service = ServiceSettings(id="bot", format="rti_chat", mappings=(JsonMapping(query="$.message", response="$.x"),))

    assert read_copy(RTI, service)[0] == "rti_chat"


def test_named_format_reads_on_a_path_that_it_would_not_recognise() -> None:
    copy = json_copy({"message": "What is the fee?"}, {"response": "Ten rupees."}, path="/bot")

    assert isinstance(read_copy(copy, ServiceSettings(id="bot", format="rti_chat"))[1], Extract)


def test_named_format_that_does_not_fit_is_reported() -> None:
    name, result = read_copy(RTI, NAMED_OPENAI)

    assert isinstance(result, NotText)
    assert (name, result.outcome) == ("openai_chat", CaptureOutcome.UNREADABLE)
    assert result.reason.startswith(
        "the service names the format openai_chat, which does not fit: the request: expected"
    )


def test_named_format_says_nothing_of_requests_that_ask_nothing() -> None:
    assert outcome(http_copy(method="GET"), NAMED_OPENAI)[1] is CaptureOutcome.NOT_CHAT
    assert outcome(http_copy(request_body=b""), NAMED_OPENAI)[1] is CaptureOutcome.NOT_CHAT


def test_named_format_that_does_not_exist_is_unreadable() -> None:
    assert outcome(RTI, ServiceSettings(id="bot", format="none"))[1] is CaptureOutcome.UNREADABLE


def test_recognised_and_unreadable_gives_way_to_the_next() -> None:
    copy = json_copy(
        {"message": "What is the fee?"}, None, response_body=b"Ten.", response_headers=[("content-type", "text/plain")]
    )

    name, result = read_copy(copy, DEFAULT)

    assert (name, isinstance(result, Extract)) == ("plain_text", True)


def test_unreadable_by_all_is_told_with_the_first_reason() -> None:
    name, result = read_copy(json_copy({"message": "?"}, None, response_body=b"{"), DEFAULT)

    assert isinstance(result, NotText)
    assert (name, result.outcome) == ("rti_chat", CaptureOutcome.UNREADABLE)
    assert result.reason.startswith("the answer: expected JSON")


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "GET", "path": "/index.html", "response_headers": [("content-type", "text/html")]},
        {"method": "GET", "path": "/chat", "query_string": "message=x"},
        {"method": "OPTIONS", "path": "/v1/chat/completions"},
        {"path": "/login", "request_body": b'{"password": "x"}'},
        {"path": "/login", "request_body": b'{"password": "x"}', "status": 500},
        {"path": "/search", "request_body": b'{"query": "x"}'},
        {"path": "/upload", "request_body": bytes(range(256))},
    ],
)
def test_what_is_no_chat_is_not_chat(changes: dict[str, Any]) -> None:
    assert outcome(http_copy(**changes)) == ("plain_text", CaptureOutcome.NOT_CHAT)


@pytest.mark.parametrize("status", [400, 429, 500])
def test_error_is_the_upstreams_when_something_was_asked(status: int) -> None:
    copy = json_copy({"question": "What is the fee?"}, {"detail": "x"}, path="/ask", status=status)

    assert outcome(copy)[1] is CaptureOutcome.UPSTREAM_ERROR


@pytest.mark.parametrize(("method", "wanted"), [("POST", True), ("PUT", True), ("GET", False), ("", False)])
def test_only_requests_with_a_body_can_ask(method: str, wanted: bool) -> None:
    assert may_carry_query(method) is wanted


def test_chat_is_recognised_without_its_answer() -> None:
    assert is_recognised(json_copy({"message": "?"}, None, response_body=b""), DEFAULT)
    assert not is_recognised(http_copy(path="/login"), DEFAULT)
    assert is_recognised(http_copy(path="/login"), NAMED_OPENAI)


@pytest.mark.parametrize(
    ("service", "message"),
    [
        ({"format": "smoke_signals"}, r"services.1.format: expected one of json_mapping, .*, got 'smoke_signals'"),
        ({"format": "json_mapping"}, r"services.1.mappings: format json_mapping expects at least one"),
        ({"mappings": [GOOD_MAPPING, {"query": "q", "response": "$.a"}]}, r"services.1.mappings.1.query: expected"),
    ],
)  # fmt: skip
def test_service_that_can_never_be_honoured_is_refused(service: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        check_services([DEFAULT, ServiceSettings.model_validate({"id": "bot"} | service)])


def test_right_services_are_accepted() -> None:
    mapping = JsonMapping(**GOOD_MAPPING)

    services = [NAMED_OPENAI, ServiceSettings(id="desk", format="json_mapping", mappings=(mapping,))]

    assert check_services(services) is None


SAMPLES = load_samples()


@given(st.sampled_from(SAMPLES), st.data())
def test_mutated_sample_is_read_or_told_apart_and_never_raises(sample: Any, data: st.DataObject) -> None:
    bodies = {"request_body": bytearray(sample.request), "response_body": bytearray(sample.response)}
    for body in bodies.values():
        for place in data.draw(st.lists(st.integers(0, max(0, len(body) - 1)), max_size=4)):
            body[place : place + 1] = data.draw(st.binary(max_size=3))
    copy = sample.copy(**{name: bytes(body) for name, body in bodies.items()})

    name, result = read_copy(copy, sample.service())

    assert name in {format_.name for format_ in FORMATS}
    assert isinstance(result, NotText) or (result.query.strip() and result.response.strip())


@given(
    st.sampled_from(["/chat", "/v1/chat/completions", "/v1/embeddings", "/x"]),
    st.sampled_from(["application/json", "text/event-stream", "text/plain; charset=utf-16", ""]),
    st.binary(max_size=80),
    st.binary(max_size=80),
)
def test_any_bytes_are_told_apart_and_never_raise(path: str, type_: str, request: bytes, response: bytes) -> None:
    headers = [("content-type", type_)]

    _, result = read_copy(
        http_copy(path=path, request_body=request, response_body=response, response_headers=headers), DEFAULT
    )

    assert isinstance(result, NotText | Extract)
