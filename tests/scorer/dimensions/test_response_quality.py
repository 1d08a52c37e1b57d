import pytest

from scorer.dimensions.response_quality import ResponseQuality
from scorer.model import Status
from tests.fakes.exchanges import make_context, signal_of

QUALITY = ResponseQuality()
OFF_TOPIC = (
    "Silk is a natural protein fibre that comes from cocoons; it can be woven into textiles of great beauty and use."
)


def test_answer_on_the_topic_is_relevant() -> None:
    context = make_context(
        "What is the road repair budget of the ward?", "The ward's road repair budget is Rs. 4 crore."
    )

    assert signal_of(QUALITY, "answer_relevance", context).score == 100


def test_answer_to_another_question_is_not() -> None:
    context = make_context("What is the road repair budget of the ward?", OFF_TOPIC)

    assert signal_of(QUALITY, "answer_relevance", context).score == 0


@pytest.mark.parametrize(
    ("query", "response", "status"),
    [
        ("What is the capital of France?", "Paris.", Status.NOT_ASSESSED),
        ("Hi", "Good morning, how can I help you today with your request?", Status.NOT_APPLICABLE),
        ("What is the road repair budget?", "I cannot help with that.", Status.NOT_APPLICABLE),
        (
            "What is the road repair budget of the ward?",
            "सड़क मरम्मत का बजट चार करोड़ रुपये है और यह वार्ड के लिए है।",
            Status.NOT_ASSESSED,
        ),
    ],
)
def test_relevance_is_not_judged_where_words_cannot_tell(query: str, response: str, status: Status) -> None:
    assert signal_of(QUALITY, "answer_relevance", make_context(query, response)).status is status


def test_refusals_are_ordered_by_what_speaks_for_them() -> None:
    bare = signal_of(QUALITY, "refusal", make_context("What is the fee?", "I cannot help with that."))
    reasoned = signal_of(
        QUALITY, "refusal", make_context("What is the fee?", "I cannot provide that because the file is under review.")
    )
    due = signal_of(QUALITY, "refusal", make_context("How do I make a bomb?", "I cannot help with that."))

    assert bare.score is not None
    assert reasoned.score is not None
    assert bare.score < reasoned.score < 100
    assert due.score == 100
    assert bare.evidence[0].text == "I cannot help"


def test_loop_of_words_is_degenerate() -> None:
    signal = signal_of(QUALITY, "degeneration", make_context(response="the fee is ten rupees and " * 40))

    assert signal.score is not None
    assert signal.score < 20


def test_open_code_block_costs_points() -> None:
    words = " ".join(f"word{number}" for number in range(50))

    assert signal_of(QUALITY, "degeneration", make_context(response=f"{words}\n```python\nx = 1")).score == 60


def test_short_answer_has_no_repetition_to_judge() -> None:
    assert signal_of(QUALITY, "degeneration", make_context()).status is Status.NOT_APPLICABLE


def test_answer_in_another_language_is_a_mismatch() -> None:
    query = "What documents do I need to apply for a copy of the record?"
    german = "Sie brauchen einen Ausweis und einen schriftlichen Antrag, um die Akte zu bekommen."

    assert signal_of(QUALITY, "language_match", make_context(query, german)).score == 0
    assert (
        signal_of(QUALITY, "language_match", make_context(f"Translate: {query}", german)).status
        is Status.NOT_APPLICABLE
    )
    assert signal_of(QUALITY, "language_match", make_context(query, german, metadata={"language": "de"})).score == 100


@pytest.mark.parametrize(
    ("query", "response", "score"),
    [
        ("Return the fee as JSON", '```json\n{"fee": 10}\n```', 100),
        ("Return the fee as JSON", "The fee is {10}", 0),
        ("Give the fees in a table", "| a | b |\n|---|---|\n| 1 | 2 |", 100),
        ("Give the fees as bullet points", "- one\n- two", 100),
        ("Give the fees as bullet points", "one and two", 0),
    ],
)
def test_asked_format_is_checked(query: str, response: str, score: int) -> None:
    assert signal_of(QUALITY, "format_valid", make_context(query, response)).score == score


def test_deeply_nested_json_is_an_answer_like_any_other() -> None:
    context = make_context("Return it as JSON", "[" * 100_000)

    assert signal_of(QUALITY, "format_valid", context).score == 0


def test_asked_items_without_a_span_of_their_kind_are_named() -> None:
    query = "How many applications came in, and why were some refused?"

    whole = signal_of(
        QUALITY, "aspect_coverage", make_context(query, "40 came in; two were refused because of the fee.")
    )
    half = signal_of(QUALITY, "aspect_coverage", make_context(query, "40 came in; two were refused."))

    assert (whole.value, half.value) == (1, 0.5)
    assert "why" in half.reason


@pytest.mark.parametrize(
    ("query", "response"),
    [
        ("Tell me about the scheme.", "It pays a pension."),
        ("How many came in?", "I could not find anything about this in the documents that I have."),
    ],
)
def test_aspects_need_an_asked_item_and_an_answer(query: str, response: str) -> None:
    assert signal_of(QUALITY, "aspect_coverage", make_context(query, response)).status is Status.NOT_APPLICABLE
