"""The caller's trace, read from a header or known from the exchange's id."""

import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.headers import with_trace
from scorer.trace import TraceContext, begun_trace, read_traceparent, traceparent_of

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
GOOD = f"00-{TRACE}-{SPAN}-01"


def test_a_header_is_read_and_written_as_it_was() -> None:
    context = read_traceparent(f"  {GOOD} ")

    assert context == TraceContext(int(TRACE, 16), int(SPAN, 16), 1)
    assert str(context) == GOOD


def test_of_a_later_version_the_known_fields_are_read() -> None:
    assert read_traceparent(f"cc-{TRACE}-{SPAN}-00-what-comes") == TraceContext(int(TRACE, 16), int(SPAN, 16), 0)


@pytest.mark.parametrize(
    "text",
    [
        "", "nonsense", f"ff-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-01-more", f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01", f"00-{TRACE.upper()}-{SPAN}-01", f"00-{TRACE}-{SPAN}", f"cc-{TRACE}-{SPAN}-00x",
    ],
)  # fmt: skip
def test_what_is_to_be_passed_over_is_none(text: str) -> None:
    assert read_traceparent(text) is None


@given(st.text(max_size=80))
def test_any_text_is_a_context_that_reads_again_or_none(text: str) -> None:
    context = read_traceparent(text)

    assert context is None or read_traceparent(str(context)) == context


@given(st.integers(1, 2**128 - 1), st.integers(1, 2**64 - 1), st.integers(0, 255))
def test_every_context_reads_again(trace_id: int, span_id: int, flags: int) -> None:
    context = TraceContext(trace_id, span_id, flags)

    assert read_traceparent(str(context)) == context


@given(st.uuids(version=4))
def test_the_trace_that_the_proxy_began_is_the_one_it_told_the_bot(exchange_id: uuid.UUID) -> None:
    told = with_trace(b"traceparent: 00-", exchange_id.bytes, b"").decode().partition(": ")[2].strip()

    assert str(begun_trace(exchange_id.bytes)) == told
    assert traceparent_of([], exchange_id.bytes) == told


def test_a_named_trace_is_kept_and_an_unreadable_or_doubled_one_is_none() -> None:
    id_ = uuid.uuid4().bytes

    assert traceparent_of([GOOD], id_) == GOOD
    assert traceparent_of(["nonsense"], id_) is None
    assert traceparent_of([GOOD, GOOD], id_) is None
