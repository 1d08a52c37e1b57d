from collections.abc import Iterator, Sequence

import pytest

from scorer.claims.evidence import DocumentIndex
from scorer.claims.extract import Statement
from scorer.claims.judgement import Judgement, LengthCorrection
from scorer.claims.lexical import LexicalEngine
from scorer.claims.verify import CHECKED_CLAIMS, TIME_LIMIT_SECONDS, Check, verify
from scorer.model import Claim, Document, Exchange, Verdict
from scorer.protocols import ClaimReport
from tests.scorer.claims.conftest import DOCUMENTS, make_exchange


def clock(*times: float) -> Iterator[float]:
    yield from times
    while True:
        yield times[-1]


def checker(*times: float, logit: float = -2.0) -> Check:
    def assess(statement: Statement, index: DocumentIndex) -> Judgement:
        return Judgement(statement.start, statement.end, statement.text, logit, "by words")

    ticks = clock(*times)
    return Check(assess, LengthCorrection(1.0, 0.0, 0.0), lambda: next(ticks))


def run(check: Check, response: str, documents: Sequence[Document] | None = DOCUMENTS) -> ClaimReport:
    exchange: Exchange = make_exchange(response, documents)
    return check.run(exchange, documents or ())


@pytest.mark.parametrize(
    ("documents", "reason"),
    [
        (None, "no documents: the bot gave none"),
        ((), "no documents were retrieved"),
        ((Document(id="1"), Document(id="2", content=" ")), "the documents came as ids without text"),
        ((Document(id="1", content="..."),), "the documents hold no words"),
    ],
)
def test_without_evidence_every_claim_is_unverifiable(documents: tuple[Document, ...] | None, reason: str) -> None:
    report = run(checker(0.0), "The fee is ten rupees. The officer answers in a month.", documents)

    assert [(claim.verdict, claim.reason) for claim in report.claims] == [(Verdict.UNVERIFIABLE, reason)] * 2
    assert (report.risk, report.reason) == (None, reason)


def test_an_answer_that_states_nothing_has_no_claims() -> None:
    report = run(checker(0.0), "Hello!")

    assert (report.claims, report.risk) == ((), None)


def test_claims_after_the_time_limit_are_not_checked() -> None:
    report = run(checker(0.0, 0.0, 9.0), "The fee is ten rupees. The officer answers in a month.")

    assert {claim.verdict for claim in report.claims} == {Verdict.UNVERIFIABLE}
    assert {claim.reason for claim in report.claims} == {"not checked: the time of 2 s was over"}


class TickingClock:
    """Each look at it costs the same time."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.looks = 0

    def __call__(self) -> float:
        self.looks += 1
        return self.looks * self.seconds


LONG = "The fee is ten rupees. " * 90_000
TICK = 0.01


@pytest.mark.parametrize(
    ("response", "documents"),
    [
        ("The fee is ten rupees. " * 9_000, (Document(id="d", content=LONG),)),
        ("The fee is ten rupees.", tuple(Document(id=str(n), content="One fee. Two fees.") for n in range(10_000))),
        ("The fee is ten rupees. " * 220_000, DOCUMENTS),
        ("---\n" * 1_250_000, DOCUMENTS),
        ("The fee is ten rupees.", (Document(id="d", content="..\n" * 600_000),)),
    ],
    ids=["long documents", "many documents", "5 MB answer", "5 MB of rules", "documents without words"],
)
def test_checking_ends_within_the_time_limit(response: str, documents: tuple[Document, ...]) -> None:
    ticking = TickingClock(TICK)

    report = LexicalEngine(ticking).check(make_exchange(response, documents), documents)

    assert ticking.looks * TICK < TIME_LIMIT_SECONDS
    assert all(response[claim.start : claim.end] == claim.text for claim in report.claims)
    assert Verdict.UNVERIFIABLE in {claim.verdict for claim in report.claims}


def test_what_documents_were_not_read_in_time_is_never_called_absent() -> None:
    documents = (Document(id="d", content=LONG),)

    report = LexicalEngine(TickingClock(TICK)).check(make_exchange("Boats land at the harbour.", documents), documents)

    assert report.claims[0].verdict is Verdict.UNVERIFIABLE


def test_claims_beyond_the_limit_are_not_checked() -> None:
    report = run(checker(0.0), "The fee is ten rupees. " * (CHECKED_CLAIMS + 3))

    verdicts = [claim.verdict for claim in report.claims]
    assert verdicts == [Verdict.VERIFIED] * CHECKED_CLAIMS + [Verdict.UNVERIFIABLE] * 3


def test_not_found_is_not_decided_when_a_document_had_no_text() -> None:
    report = run(checker(0.0, logit=2.0), "The fee is ten rupees.", (*DOCUMENTS, Document(id="3")))

    assert report.claims[0].verdict is Verdict.UNVERIFIABLE
    assert "without text" in report.claims[0].reason


def test_a_foreign_answer_is_not_judged_by_words() -> None:
    report = run(checker(0.0, logit=2.0), "आवेदन शुल्क सभी नागरिकों के लिए निःशुल्क है।")

    assert report.claims[0].verdict is Verdict.UNVERIFIABLE
    assert "different languages" in report.claims[0].reason


def claim(verdict: Verdict) -> Claim:
    return Claim(text="x", start=0, end=1, verdict=verdict, confidence=0.9, reason="r")


def test_verify_counts_and_scores_the_decided_claims() -> None:
    claims = [claim(Verdict.VERIFIED)] * 3 + [claim(Verdict.HALLUCINATED), claim(Verdict.UNVERIFIABLE)]

    ledger = verify(ClaimReport(tuple(claims), 0.8, "r"))

    assert (ledger.total_claims, ledger.verified_claims) == (5, 3)
    assert (ledger.hallucinated_claims, ledger.unverifiable_claims) == (1, 1)
    assert (ledger.verification_score, ledger.risk) == (75.0, 0.8)


def test_verify_has_no_score_when_nothing_was_decided() -> None:
    ledger = verify(ClaimReport((claim(Verdict.UNVERIFIABLE),), None, "r"))

    assert (ledger.verification_score, ledger.risk) == (None, None)
