"""What is asked about a claim, and how a ruling joins; the way through the pipeline is in `test_judged_scorer.py`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.claims.judgement import Judgement, LengthCorrection, decide, logit_of, probability
from scorer.claims.question import Ruling, RulingKind
from scorer.claims.ruling import AROUND_CHARACTERS, QUESTION_CHARACTERS, Asking, ask
from scorer.model import Document, Evidence, Verdict
from scorer.protocols import ClaimReport
from tests.fakes.exchanges import make_exchange

ASKING = Asking(0.3, 0.7, claims_per_answer=2, reliability_ratio=0.8)
CORRECTION = LengthCorrection(slope=0.965, per_log_count=-0.257, shift=0.01)
CONTENT = "a" * 1000 + "The fee is ten rupees." + "b" * 1000
EXCHANGE = make_exchange(documents=(Document(id="d", content=CONTENT),))
PASSAGE = Evidence(field="documents", document_id="d", start=1000, end=1022, text="The fee is ten rupees.")


def judgement(risk: float | None, text: str = "The fee is Rs 10.", **changes: object) -> Judgement:
    logit = None if risk is None else logit_of(risk)
    return Judgement(0, len(text), text, logit, "by words", **({"evidence": (PASSAGE,)} | changes))  # type: ignore[arg-type]  # fields by name


def report(*judgements: Judgement) -> ClaimReport:
    claims, risk = decide(judgements, CORRECTION)
    return ClaimReport(claims, risk, "by words", judgements, CORRECTION)


def asked(*judgements: Judgement) -> list[str]:
    return [question.claim for question in ASKING.questions(EXCHANGE, report(*judgements))]


def ruled(one: Judgement, kind: RulingKind) -> ClaimReport:
    ruling = Ruling(key=ask(EXCHANGE, one).key, kind=kind, explanation="so", judge="m")
    return ASKING.fold(EXCHANGE, report(one), [ruling])


@pytest.mark.parametrize("risk", [0.05, 0.29, 0.71, 0.99])
def test_a_claim_outside_the_band_is_not_asked_about(risk: float) -> None:
    assert asked(judgement(risk)) == []


@pytest.mark.parametrize(
    "settled",
    [
        judgement(None),
        judgement(0.6, is_conflict=True),
        judgement(0.6, evidence=()),
    ],
    ids=["not checked", "settled by an exact fact", "without a passage"],
)
def test_what_is_settled_or_has_nothing_to_read_is_not_asked_about(settled: Judgement) -> None:
    assert asked(settled) == []


def test_the_least_certain_are_asked_about_first_and_no_more_than_allowed() -> None:
    assert asked(judgement(0.65, "a"), judgement(0.5, "b"), judgement(0.45, "c")) == ["b", "c"]


def test_a_passage_goes_with_what_stands_around_it() -> None:
    (passage,) = ask(EXCHANGE, judgement(0.5)).passages

    assert passage == "a" * AROUND_CHARACTERS + PASSAGE.text + "b" * AROUND_CHARACTERS


def test_a_passage_that_stands_nowhere_goes_as_it_is() -> None:
    moved = PASSAGE.model_copy(update={"start": 1, "end": 23})

    assert ask(EXCHANGE, judgement(0.5, evidence=(moved,))).passages == (PASSAGE.text,)


def test_a_question_is_known_by_all_it_holds() -> None:
    one = judgement(0.5)

    keys = {
        ask(EXCHANGE, one).key,
        ask(EXCHANGE, judgement(0.4)).key,  # how sure we are is no part of it
        ask(EXCHANGE, judgement(0.5, "Another.")).key,
        ask(EXCHANGE.model_copy(update={"query": "And then?"}), one).key,
        ask(EXCHANGE, judgement(0.5, evidence=(PASSAGE, PASSAGE))).key,
    }

    assert len(keys) == 4


def test_a_long_query_goes_along_only_as_far_as_it_says() -> None:
    exchange = EXCHANGE.model_copy(update={"query": "q" * 5000})

    assert ask(exchange, judgement(0.5)).query == "q" * QUESTION_CHARACTERS


@given(st.floats(0.3, 0.7))
def test_a_ruling_turns_the_verdict_wherever_in_the_band_the_claim_was(risk: float) -> None:
    one = judgement(risk)

    verdicts = [ruled(one, kind).claims[0].verdict for kind in list(RulingKind)[:3]]

    assert verdicts == [Verdict.VERIFIED, Verdict.HALLUCINATED, Verdict.HALLUCINATED]


def test_a_ruling_weighs_by_the_judges_reliability() -> None:
    folded = ruled(judgement(0.5), RulingKind.NOT_FOUND)

    assert folded.claims[0].confidence == pytest.approx(0.8)
    assert folded.risk == pytest.approx(0.8)


def test_a_ruling_stands_beside_many_supported_claims() -> None:
    others = [judgement(0.05, f"claim {number}") for number in range(30)]
    doubtful = judgement(0.45, "doubtful")
    ruling = Ruling(key=ask(EXCHANGE, doubtful).key, kind=RulingKind.CONTRADICTED, explanation="so", judge="m")

    folded = ASKING.fold(EXCHANGE, report(*others, doubtful), [ruling])

    assert folded.claims[-1].verdict is Verdict.HALLUCINATED
    assert folded.risk == pytest.approx(probability(logit_of(0.45) + logit_of(0.8)))


def test_a_ruling_to_another_question_changes_nothing() -> None:
    before = report(judgement(0.5))

    folded = ASKING.fold(
        EXCHANGE, before, [Ruling(key="another", kind=RulingKind.SUPPORTED, explanation="so", judge="m")]
    )

    assert folded.claims == before.claims


def test_a_ruling_on_what_was_never_open_changes_nothing() -> None:
    sure = judgement(0.95)

    assert ruled(sure, RulingKind.SUPPORTED).claims == report(sure).claims


def test_the_note_stands_behind_the_reason_of_an_uncertain_claim_too() -> None:
    doubtful = judgement(0.55, "doubtful")
    others = [judgement(0.01, f"claim {number}") for number in range(30)]
    ruling = Ruling(key=ask(EXCHANGE, doubtful).key, kind=RulingKind.FAILED, explanation="no answer", judge="m")

    claim = ASKING.fold(EXCHANGE, report(*others, doubtful), [ruling]).claims[-1]

    assert claim.verdict is Verdict.UNVERIFIABLE
    assert claim.reason == "uncertain; the judge failed, so this is the local verdict: no answer"


def test_without_rulings_the_report_is_the_same() -> None:
    before = report(judgement(0.5))

    assert ASKING.fold(EXCHANGE, before, []) is before
