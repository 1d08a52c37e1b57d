"""Requests are read strictly, answers carry what was retrieved, and no token count is made up."""

import contextlib

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import InvalidInputError
from endurance.demo.answering import Answer
from endurance.demo.documents import Passage
from endurance.demo.wire import (
    QUESTION_LIMIT,
    chat_answer,
    completion,
    completion_error,
    completion_events,
    read_chat,
    read_completion,
)

ANSWER = Answer("Two words, and\n  more.", (Passage("a.md", "T", "H", 2, ("One.", "Two.")),))
DOCUMENT = {"id": "a.md#2", "source": "a.md", "content": "One. Two.", "page": 2}


def test_a_chat_request_may_come_without_a_session() -> None:
    request = read_chat(b'{"message": " Fees? ", "session_id": null}')

    assert (request.message, request.session_id) == ("Fees?", None)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        (b"", None),
        (b"[]", None),
        (b"\xff{}", None),
        (b"{}", "message"),
        (b'{"message": 5}', "message"),
        (b'{"message": "  "}', "message"),
        (orjson.dumps({"message": "x" * (QUESTION_LIMIT + 1)}), "message"),
        (b'{"message": "x", "session_id": 7}', "session_id"),
        (b'{"message": "x", "session_id": ""}', "session_id"),
    ],
)
def test_a_bad_chat_request_names_the_field(body: bytes, field: str | None) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_chat(body)

    assert caught.value.field == field


def test_a_completion_request_asks_the_last_user_message() -> None:
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": "First?"},
        {"role": "assistant", "content": "Yes."},
        {"role": "user", "content": [{"type": "text", "text": "Second?"}, {"type": "image_url"}]},
    ]

    request = read_completion(orjson.dumps({"messages": messages, "stream": True}))

    assert (request.question, request.is_streamed) == ("Second?", True)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "messages"),
        ({"messages": []}, "messages"),
        ({"messages": ["x"]}, "messages"),
        ({"messages": [{"role": "assistant", "content": "x"}]}, "messages"),
        ({"messages": [{"role": "user", "content": None}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": []}]}, "messages.0.content"),
        ({"messages": [{"role": "user", "content": "x"}], "stream": "yes"}, "stream"),
    ],
)
def test_a_bad_completion_request_names_the_field(body: object, field: str) -> None:
    with pytest.raises(InvalidInputError) as caught:
        read_completion(orjson.dumps(body))

    assert completion_error(caught.value)["error"]["param"] == field  # type: ignore[index]  # a JSON object


@given(
    st.binary(max_size=300)
    | st.recursive(
        st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(st.sampled_from(["message", "messages", "role", "content", "stream"]), inner, max_size=4)
        ),
        max_leaves=12,
    ).map(orjson.dumps)
)
def test_any_body_is_read_or_refused(body: bytes) -> None:
    for read in (read_chat, read_completion):
        with contextlib.suppress(InvalidInputError):
            assert read(body) is not None


def test_a_chat_answer_names_its_sources() -> None:
    answer = chat_answer("s1", ANSWER)

    assert answer == {
        "session_id": "s1",
        "response": ANSWER.response,
        "sources": [{"source": "a.md", "content": "One. Two.", "page": 2}],
    }


def test_a_completion_holds_documents_and_no_invented_usage() -> None:
    body = completion("c1", 1700000000, ANSWER)

    assert body["documents"] == [DOCUMENT]
    assert "usage" not in body


@given(st.text(max_size=80))
def test_streamed_pieces_join_to_the_answer(text: str) -> None:
    *events, end = completion_events("c1", 0, Answer(text, ANSWER.passages))
    chunks = [orjson.loads(event.removeprefix(b"data: ")) for event in events]

    assert "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks) == text
    assert chunks[0]["documents"] == [DOCUMENT]
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks] == [None] * (len(chunks) - 1) + ["stop"]
    assert end == b"data: [DONE]\n\n"
