"""What pool and child say to each other, cut at any place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.pool_messages import (
    HEAD,
    MESSAGE_LIMIT_BYTES,
    Message,
    MessageError,
    MessageKind,
    MessageReader,
    decode_job,
    encode_job,
    encode_message,
)
from scorer.protocols import Job, JobKind

MESSAGES = st.lists(st.builds(Message, st.sampled_from(MessageKind), st.binary(max_size=60)), max_size=6)


@given(MESSAGES, st.lists(st.integers(1, 40)))
def test_the_same_messages_come_out_wherever_the_stream_is_cut(messages: list[Message], sizes: list[int]) -> None:
    stream = b"".join(encode_message(message.kind, message.body) for message in messages)
    reader = MessageReader()
    read: list[Message] = []

    for size in sizes:
        piece, stream = stream[:size], stream[size:]
        read += reader.feed(piece)
    read += reader.feed(stream)

    assert read == messages


@given(st.binary(max_size=200))
def test_any_bytes_give_messages_or_a_message_error(data: bytes) -> None:
    reader = MessageReader()
    try:
        messages = list(reader.feed(data))
    except MessageError:
        return

    assert sum(HEAD.size + len(message.body) for message in messages) <= len(data)


@pytest.mark.parametrize("head", [HEAD.pack(0, 1), HEAD.pack(MESSAGE_LIMIT_BYTES + 1, 1), HEAD.pack(5, 99)])
def test_a_head_outside_the_layout_is_refused(head: bytes) -> None:
    with pytest.raises(MessageError):
        list(MessageReader().feed(head))


@given(st.builds(Job, st.text(), st.sampled_from(JobKind), st.binary()))
def test_a_job_comes_out_as_it_went_in(job: Job) -> None:
    assert decode_job(encode_job(job)) == job


@pytest.mark.parametrize("body", [b"", b"{}\n", b"[]\n", b'{"id": "a", "kind": "unknown"}\n', b"\xff\n"])
def test_a_body_that_is_no_job_is_refused(body: bytes) -> None:
    with pytest.raises(MessageError):
        decode_job(body)
