"""What is kept of an evaluation."""

from datetime import UTC, datetime

import pytest

from config.errors import InvalidInputError
from exporters.store.base import SessionFilter
from exporters.store.record import (
    SUBMISSION_LIMIT,
    clean_filter,
    remember,
    succeed,
    to_record,
    with_feedback,
    without_text,
)
from scorer.model import Evaluation, Feedback
from tests.fakes.evaluations import make_evaluation, make_full_evaluation

VERDICT = Feedback(approved=True, comment="half \udc00", at=datetime(2026, 1, 1, 0, 0, 0, 1999, tzinfo=UTC))


def test_the_document_is_the_evaluation() -> None:
    record = to_record(make_evaluation(1, revision=7))

    assert record.evaluation.revision == 1
    assert Evaluation.model_validate_json(record.document) == record.evaluation


def test_metadata_that_is_no_json_is_bad_input() -> None:
    with pytest.raises(InvalidInputError) as caught:
        to_record(make_evaluation(1, metadata={"x": object()}))

    assert caught.value.field == "metadata"


def test_a_successor_has_the_next_revision_and_the_earlier_feedback() -> None:
    record = succeed(to_record(make_evaluation(1)), 3, [VERDICT.model_copy(update={"comment": None})])

    assert (record.evaluation.revision, len(record.evaluation.feedback)) == (4, 1)
    assert Evaluation.model_validate_json(record.document).revision == 4


def test_feedback_is_kept_to_the_millisecond_in_clean_text() -> None:
    record = with_feedback(to_record(make_evaluation(1)).document, VERDICT)

    (kept,) = record.evaluation.feedback
    assert (kept.comment, kept.at.microsecond) == ("half \ufffd", 1000)


def test_only_the_newest_submissions_are_remembered() -> None:
    submissions: list[str] = []
    for number in range(SUBMISSION_LIMIT + 3):
        submissions = remember(submissions, str(number))

    assert submissions == [str(number) for number in range(3, SUBMISSION_LIMIT + 3)]


def test_a_filter_looks_for_a_service_as_it_was_kept() -> None:
    assert clean_filter(SessionFilter(service_id="a\ud800")).service_id == "a\ufffd"
    assert clean_filter(SessionFilter()) == SessionFilter()


def test_what_may_be_told_of_an_erased_person_holds_scores_and_counts_alone() -> None:
    full = make_full_evaluation(
        1, end_user="bcdfghjkmnpq", conversation_id="c", flag_reasons=("Low overall: 1",), flag_codes=("low_overall",)
    )

    told = without_text(full)

    kept = ("session_id", "service_id", "overall_score", "dimensions", "verification", "flagged", "flag_codes", "usage")
    assert all(getattr(told, name) == getattr(full, name) for name in kept)
    texts = (full.query, full.response, full.claims[0].text, full.rag_documents[0].content, "bcdfghjkmnpq", "north")
    written = told.model_dump_json()
    assert [text for text in texts if text and text in written] == []
