"""How an answer is gathered, and what it is called when it has no words."""

import pytest

from scorer.formats.answer import Answer, answer_to
from scorer.formats.base import Extract, HttpCopy, NotText, UnreadableError
from scorer.formats.conversation import Asked
from scorer.formats.fields import first_text
from scorer.formats.json_body import JsonObject
from scorer.model import CaptureOutcome, Document
from tests.fakes.copies import events, http_copy, json_copy

ASKED = Asked("What is the fee?")


class Words(Answer):
    """The simplest format: one word a body."""

    expected = "an object with a word"

    def take_body(self, body: JsonObject) -> None:
        self.fits = self.fits or "word" in body
        self.has_error = self.has_error or "error" in body
        self.add_text(first_text(body, ("word",)) or "")
        if "tool" in body:
            self.tool_calls.append("tool")
            self.interrupt_text()


def result_of(copy: HttpCopy, asked: Asked = ASKED) -> Extract | NotText:
    return answer_to(asked, copy, Words())


def extract_of(body: bytes) -> Extract:
    result = result_of(http_copy(response_body=body))
    assert isinstance(result, Extract)
    return result


def test_whole_body_is_not_cut() -> None:
    result = result_of(json_copy({}, {"word": "Ten"}))

    assert result == Extract(query="What is the fee?", response="Ten")


def test_stream_without_an_end_mark_is_cut() -> None:
    assert extract_of(events({"word": "Ten"})).is_cut
    assert not extract_of(events({"word": "Ten"}) + b"data: [DONE]\n\n").is_cut


def test_nothing_after_the_end_mark_is_read() -> None:
    assert extract_of(events({"word": "Ten"}) + b"data: [DONE]\n\n" + events({"word": "!"})).response == "Ten"


def test_keep_alives_are_skipped() -> None:
    assert extract_of(b"data: ping\n\n" + events({"word": "Ten"})).response == "Ten"


def test_text_after_an_interruption_begins_a_line() -> None:
    body = events({"tool": 1}, {"word": "a"}, {"word": "b"}, {"tool": 1}, {"tool": 1}, {"word": "c"})

    assert extract_of(body).response == "ab\nc"


def test_replaced_text_is_gone() -> None:
    answer = Words()
    answer.add_text("a")

    answer.replace_text("b")
    answer.add_text("c")

    assert answer.text() == "bc"


def test_error_after_some_text_cuts_the_answer() -> None:
    assert extract_of(events({"word": "Ten"}, {"error": "x"}) + b"data: [DONE]\n\n").is_cut


@pytest.mark.parametrize(
    ("body", "outcome", "reason"),
    [
        (b"", CaptureOutcome.EMPTY_ANSWER, "the answer is empty"),
        (b": connected\n\n", CaptureOutcome.EMPTY_ANSWER, "the answer is empty"),
        (b"data: [DONE]\n\n", CaptureOutcome.EMPTY_ANSWER, "the answer is empty"),
        (b'{"word": " "}', CaptureOutcome.EMPTY_ANSWER, "the answer is empty"),
        (b'{"error": "x"}', CaptureOutcome.UPSTREAM_ERROR, "the answer is an error body"),
        (b'{"word": "", "tool": 1}', CaptureOutcome.TOOL_CALL, "the answer calls tools and says nothing"),
    ],
)
def test_answer_without_words_is_told_by_its_cause(body: bytes, outcome: CaptureOutcome, reason: str) -> None:
    assert result_of(http_copy(response_body=body)) == NotText(outcome, reason)


def test_cause_that_the_answer_gives_is_told() -> None:
    answer = Words()
    answer.wordless_reason = "the prompt was blocked"

    assert answer.extract(ASKED) == NotText(CaptureOutcome.NO_TEXT, "the prompt was blocked")


@pytest.mark.parametrize("body", [b"{}", b'data: {"other": 1}\n\n', b"data: hello\n\n"])
def test_answer_of_another_shape_is_unreadable(body: bytes) -> None:
    with pytest.raises(UnreadableError, match=r"^the answer: expected an object with a word$"):
        result_of(http_copy(response_body=body))


def test_nothing_asked_is_no_text_whatever_the_answer() -> None:
    assert result_of(http_copy(response_body=b"x"), Asked("")) == NotText(
        CaptureOutcome.NO_TEXT, "no user message has text"
    )


def test_error_status_is_told_before_the_body_is_read() -> None:
    assert result_of(http_copy(status=500, response_body=b"x")) == NotText(
        CaptureOutcome.UPSTREAM_ERROR, "the answer's status is 500"
    )


def test_what_the_answer_says_of_itself_comes_before_the_request() -> None:
    answer = Words()
    answer.model, answer.conversation_id = "of the answer", "of the answer"
    answer.add_text("Ten")

    result = answer.extract(Asked("?", model="of the request", conversation_id="of the request"))

    assert isinstance(result, Extract)
    assert (result.model, result.conversation_id) == ("of the answer", "of the request")


def test_documents_of_request_and_answer_are_joined_in_this_order() -> None:
    answer = Words()
    answer.documents.add([Document(id="b"), Document(id="a")])

    result = answer.all_documents(Asked("?", documents=(Document(id="a"),)))

    assert result == (Document(id="a"), Document(id="b"))


@pytest.mark.parametrize(
    ("given", "is_told"),
    [(None, True), ((Document(id="a"),), True), ((Document(id="a", content="x"),), False), ((), False)],
)
def test_quoted_passage_counts_where_the_request_gave_no_text(
    given: tuple[Document, ...] | None, is_told: bool
) -> None:
    answer, quoted = Words(), Document(id="q", content="Ten rupees")
    answer.cited.add([quoted])

    result = answer.all_documents(Asked("?", documents=given))

    assert (quoted in (result or ())) is is_told
