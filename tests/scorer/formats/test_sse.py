"""Server-sent events, as the standard reads them."""

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.formats.base import UnreadableError
from scorer.formats.sse import EVENTS_LIMIT, LINE_LIMIT_BYTES, LINES_LIMIT, Event, EventDecoder
from scorer.formats.sse import read_events as read_stream
from tests.fakes.copies import cut_anywhere


def read_events(body: bytes) -> list[Event]:
    return read_stream(body).events


def data_of(body: bytes) -> list[str]:
    return [event.data for event in read_events(body)]


# The first three are the examples of the standard, section 9.2.6.
def test_stock_example_of_the_standard() -> None:
    assert data_of(b"data: YHOO\ndata: +2\ndata: 10\n\n") == ["YHOO\n+2\n10"]


def test_example_with_comment_and_ids_of_the_standard() -> None:
    body = b": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event"

    assert read_events(body) == [Event("message", "first event", "1"), Event("message", "second event", "")]


def test_example_with_empty_data_of_the_standard() -> None:
    assert data_of(b"data\n\ndata\ndata\n\ndata:") == ["", "\n"]


@pytest.mark.parametrize("end", [b"\n", b"\r", b"\r\n"])
def test_every_line_end_is_understood(end: bytes) -> None:
    body = end.join([b"event: delta", b"data: a", b"data: b", b"", b"data: c", b"", b""])

    assert read_events(body) == [Event("delta", "a\nb", ""), Event("message", "c", "")]


def test_line_end_cut_between_its_characters_is_one_line_end() -> None:
    decoder = EventDecoder()

    events = [event for piece in (b"data: a\r", b"", b"\ndata: b\r", b"\n\r", b"\n") for event in decoder.feed(piece)]

    assert events == [Event("message", "a\nb", "")]


def test_byte_order_mark_is_skipped_at_the_beginning_alone() -> None:
    assert data_of(b"\xef\xbb\xbfdata: a\n\n\xef\xbb\xbfdata: b\n\n") == ["a"]


def test_only_one_space_after_the_colon_is_dropped() -> None:
    assert data_of(b"data:  a : b\n\n") == [" a : b"]


def test_event_name_without_data_dispatches_nothing_and_is_forgotten() -> None:
    assert read_events(b"event: ping\n\ndata: a\n\n") == [Event("message", "a", "")]


def test_id_lasts_until_it_is_set_again() -> None:
    assert [event.id for event in read_events(b"id: 7\ndata: a\n\ndata: b\n\nid: 8\ndata: c\n\n")] == ["7", "7", "8"]


def test_id_with_a_null_character_is_ignored() -> None:
    assert [event.id for event in read_events(b"id: 7\ndata: a\n\nid: 8\0\ndata: b\n\n")] == ["7", "7"]


@pytest.mark.parametrize(
    ("value", "wanted"), [(b"2000", 2000), (b"2.5", None), (b"", None), (b"-1", None), (b"9" * 400, None)]
)
def test_retry_is_taken_when_it_is_digits(value: bytes, wanted: int | None) -> None:
    decoder = EventDecoder()

    decoder.feed(b"retry: " + value + b"\n\n")

    assert decoder.retry_milliseconds == wanted


def test_unknown_fields_are_ignored() -> None:
    assert data_of(b"dat: x\nDATA: y\n data: z\ndata: a\n\n") == ["a"]


def test_character_cut_between_two_pieces_is_whole() -> None:
    body = "data: शुल्क – ₹10\n\n".encode()
    decoder = EventDecoder()

    events = [event for byte in body for event in decoder.feed(bytes([byte]))]

    assert [event.data for event in events] == ["शुल्क – ₹10"]


def test_invalid_utf_8_becomes_the_replacement_character() -> None:
    assert data_of(b"data: a\xffb\xe0\xa4\n\n") == ["a\ufffdb\ufffd"]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (b"data: a\n\n", False),
        (b"data: a\n\n: ping\n", False),
        (b"data: a\n", True),
        (b"data: a", True),
        (b": pi", True),
    ],
)
def test_stream_that_ends_inside_an_event_is_cut(body: bytes, wanted: bool) -> None:
    assert read_stream(body).is_cut is wanted


def test_line_of_ten_megabytes_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match=str(LINE_LIMIT_BYTES)):
        read_events(b"data: " + b"a" * 10_000_000)


def test_ended_line_of_ten_megabytes_is_unreadable() -> None:
    with pytest.raises(UnreadableError, match=str(LINE_LIMIT_BYTES)):
        read_events(b"data: " + b"a" * 10_000_000 + b"\n\n")


def test_event_of_many_lines_over_the_limit_is_unreadable() -> None:
    line = b"data: " + b"a" * 100_000 + b"\n"

    with pytest.raises(UnreadableError, match=str(LINE_LIMIT_BYTES)):
        read_events(line * 100)


def test_a_million_events_are_unreadable() -> None:
    with pytest.raises(UnreadableError, match=f"{EVENTS_LIMIT} events"):
        read_events(b"data: a\n\n" * 1_000_000)


def test_as_many_events_as_the_limit_are_read() -> None:
    assert len(read_events(b"data: a\n\n" * EVENTS_LIMIT)) == EVENTS_LIMIT


def test_endless_empty_lines_are_unreadable() -> None:
    with pytest.raises(UnreadableError, match=f"{LINES_LIMIT} lines"):
        read_events(b"\n" * (LINES_LIMIT + 1))


def test_long_line_in_small_pieces_takes_linear_time() -> None:
    decoder = EventDecoder()
    pieces = [b"data: ", *[b"abcdefgh"] * 200_000, b"\n\n"]  # quadratic work would copy 160 GB

    (event,) = [event for piece in pieces for event in decoder.feed(piece)]

    assert len(event.data) == 1_600_000


LINES = st.lists(
    st.sampled_from([b"data: a", b"data", b"data:\xe0\xa4\x95", b"event: x", b"id: 1", b": c", b"retry: 5", b"", b""])
)


@given(LINES, st.randoms(use_true_random=False), st.data())
def test_stream_fed_in_any_pieces_gives_the_same_events(
    lines: list[bytes], rng: random.Random, data: st.DataObject
) -> None:
    body = b"".join(line + rng.choice([b"\n", b"\r", b"\r\n"]) for line in lines)
    decoder = EventDecoder()

    events = [event for piece in cut_anywhere(data, body) for event in decoder.feed(piece)]

    assert events == read_events(body)


@given(st.binary(max_size=200), st.integers(0, 200))
def test_any_bytes_are_a_stream_and_a_cut_one_gives_the_first_events(body: bytes, end: int) -> None:
    events = read_events(body)

    cut = read_events(body[:end])

    assert cut == events[: len(cut)]
