import pytest

from scorer.dimensions.data_grounding import DataGrounding
from scorer.model import Document, Status, Verdict
from scorer.protocols import ClaimReport
from tests.fakes.exchanges import make_claim, make_context, make_document, signal_of

GROUNDING = DataGrounding()
GOOD = make_claim("The fee is 10 rupees", Verdict.VERIFIED)
WRONG = make_claim("The fee is 90 rupees", Verdict.HALLUCINATED, "contradicted: the claim says '90', the passage '10'")
ABSENT = make_claim("The office has a garden", Verdict.HALLUCINATED, "not found: the best passage covers 10%")


def test_groundedness_is_the_share_of_supported_claims() -> None:
    signal = signal_of(GROUNDING, "groundedness", make_context(claims=ClaimReport((GOOD, WRONG), 0.9, "")))

    assert (signal.score, signal.value) == (50, 0.5)
    assert len(signal.evidence) == 1


def test_contradiction_counts_only_what_a_passage_speaks_against() -> None:
    absent = signal_of(GROUNDING, "contradiction", make_context(claims=ClaimReport((GOOD, ABSENT), 0.9, "")))
    wrong = signal_of(GROUNDING, "contradiction", make_context(claims=ClaimReport((GOOD, WRONG), 0.9, "")))

    assert (absent.score, absent.value) == (100, 0)
    assert (wrong.score, wrong.value) == (40, 1)


def test_figures_are_counted_apart() -> None:
    signal = signal_of(
        GROUNDING, "numeric_consistency", make_context(claims=ClaimReport((WRONG, ABSENT, GOOD), 0.9, ""))
    )

    assert signal.value == 0.5


def test_claims_without_figures_have_no_numeric_consistency() -> None:
    context = make_context(claims=ClaimReport((ABSENT,), 0.9, ""))

    assert signal_of(GROUNDING, "numeric_consistency", context).status is Status.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("documents", "reason"),
    [
        (None, "the bot gave no documents"),
        ((), "the bot retrieved no documents"),
        ((Document(id="1"),), "the documents have no text"),
    ],
)
def test_without_documents_nothing_is_assessed(documents: tuple[Document, ...] | None, reason: str) -> None:
    signals = GROUNDING.signals(make_context(documents=documents))

    assert {(signal.status, signal.reason) for signal in signals} == {(Status.NOT_ASSESSED, reason)}


def test_documents_about_something_else_are_not_relevant() -> None:
    query = "What is the fee for an inspection of records?"
    near = make_context(query, documents=(make_document("The fee for the inspection of records is five rupees."),))
    far = make_context(query, documents=(make_document("Silk comes from cocoons."),))

    assert signal_of(GROUNDING, "context_relevance", near).score == 100
    assert signal_of(GROUNDING, "context_relevance", far).score == 0
