import pytest

from scorer.dimensions.explainability import Explainability, reading_ease
from scorer.model import Status, Verdict
from scorer.protocols import ClaimReport
from scorer.text.reading import Reading
from tests.fakes.exchanges import make_claim, make_context, make_document, signal_of

EXPLAINABILITY = Explainability()
DOCUMENT = make_document("The fee is ten rupees.", source="Fee_Rules_2012.pdf")
PLAIN = "The dog ran to the park. It was a warm day and the sun was out. The boy sat by the tree and ate his lunch. "
HEAVY = (
    "Notwithstanding considerations regarding administrative proportionality, the aforementioned department "
    "systematically communicated comprehensive determinations concerning infrastructural modernisation initiatives. "
)


@pytest.mark.parametrize(("source", "score"), [("Fee Rules 2012", 100), ("Budget.pdf", 0)])
def test_citation_leads_to_a_document_or_not(source: str, score: int) -> None:
    context = make_context(response=f"The fee is ten rupees [Source: {source}].", documents=(DOCUMENT,))

    signal = signal_of(EXPLAINABILITY, "citation_resolution", context)

    assert signal.score == score
    assert bool(signal.evidence) is (score == 0)


def test_citation_without_documents_is_not_assessed() -> None:
    context = make_context(response="The fee is ten rupees [Source: Fee Rules].")

    assert signal_of(EXPLAINABILITY, "citation_resolution", context).status is Status.NOT_ASSESSED
    assert signal_of(EXPLAINABILITY, "citation_resolution", make_context()).status is Status.NOT_APPLICABLE


def test_coverage_counts_cited_statements() -> None:
    text = "The fee is ten rupees [1]."
    claims = ClaimReport((make_claim("The fee is ten rupees", Verdict.VERIFIED),), 0.1, "")

    assert (
        signal_of(
            EXPLAINABILITY, "citation_coverage", make_context(response=text, claims=claims, documents=(DOCUMENT,))
        ).score
        == 100
    )
    bare = make_context(response="The fee is ten rupees.", claims=claims, documents=(DOCUMENT,))
    assert signal_of(EXPLAINABILITY, "citation_coverage", bare).score == 0


def test_plain_words_read_more_easily_than_heavy_ones() -> None:
    assert reading_ease(Reading(PLAIN)) > 80
    assert reading_ease(Reading(HEAVY)) < 10


def test_readability_scores_by_the_preset_band() -> None:
    easy = signal_of(EXPLAINABILITY, "readability", make_context(response=PLAIN * 2))
    hard = signal_of(EXPLAINABILITY, "readability", make_context(response=HEAVY * 3))

    assert easy.score is not None
    assert hard.score is not None
    assert easy.score > 70 > 40 > hard.score


def test_short_answer_has_no_readability() -> None:
    assert signal_of(EXPLAINABILITY, "readability", make_context()).status is Status.NOT_APPLICABLE


def test_plain_statement_without_support_is_badly_calibrated() -> None:
    bold = ClaimReport((make_claim("The fee is ninety rupees", Verdict.HALLUCINATED),), 0.9, "")
    hedged = ClaimReport((make_claim("The fee may be ninety rupees", Verdict.HALLUCINATED),), 0.9, "")

    assert signal_of(EXPLAINABILITY, "calibrated_hedging", make_context(claims=bold)).score == 0
    assert signal_of(EXPLAINABILITY, "calibrated_hedging", make_context(claims=hedged)).score == 100


@pytest.mark.parametrize(
    ("response", "score"),
    [("This cannot be disclosed.", 15), ("This cannot be disclosed because it would harm the inquiry.", 100)],
)
def test_refusal_needs_a_reason(response: str, score: int) -> None:
    assert signal_of(EXPLAINABILITY, "reason_given", make_context(response=response)).score == score


def test_headings_are_no_sentences_and_quoted_ones_each_are() -> None:
    text = "He said that the fee had been paid and that nothing more was due to the office."

    bare, headed = reading_ease(Reading(text)), reading_ease(Reading(f"Fees and dues\n{text}"))
    quoted, apart = (
        reading_ease(Reading(one))
        for one in ('"The fee was paid. Nothing more is due."', "The fee was paid.\nNothing more is due.")
    )

    assert headed < bare
    assert quoted == apart


def test_items_of_a_list_are_sentences_without_a_full_stop() -> None:
    items = "\n".join(f"- the application with copy {n} of the identity card" for n in range(6))

    assert reading_ease(Reading(items)) > reading_ease(Reading(items.replace("\n- ", " and "))) + 20
