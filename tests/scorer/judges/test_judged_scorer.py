"""A job on its way through scorer, judge and scorer again, with the real pipeline in place of the pool."""

from collections.abc import Sequence

import pytest

from config.errors import ScoringError
from config.redaction import RedactionSettings
from scorer.claims.lexical import LexicalEngine
from scorer.claims.question import Question, Questions, Ruling, RulingKind
from scorer.claims.ruling import Asking
from scorer.dimensions.registry import DIMENSIONS
from scorer.intake import Intake
from scorer.judges.judged_scorer import JudgedScorer
from scorer.model import Document, Evaluation, Unscored, Verdict
from scorer.pipeline import Pipeline
from scorer.pool_messages import decode_job, encode_job
from scorer.protocols import Job, JobKind
from scorer.redact.plan import RedactionBook
from scorer.scoring import score_job
from tests.fakes.exchanges import BOOK, NOON, PACKS, make_exchange

PLAIN = "The Ministry runs the national portal for complaints."
DOUBTFUL = "The applicant pays a fee when the request is filed, says ABCPK1234F."
DOCUMENT = f"{PLAIN} A fee is paid by whoever files a request with the officer of the district."


class FakeJudge:
    """Rules as told, and remembers what it was asked."""

    def __init__(self, kind: RulingKind) -> None:
        self.kind = kind
        self.asked: list[Question] = []

    async def rule(self, questions: Sequence[Question]) -> tuple[Ruling, ...]:
        self.asked += questions
        return tuple(
            Ruling(key=one.key, kind=self.kind, explanation="it says ABCPK1234F", judge="m") for one in questions
        )


class PipelineScorer:
    """An `AskingScorer` that scores at once; a job goes through the bytes that a process would get."""

    processes = 1

    def __init__(self, *, asks: bool = True, mode: str = "off") -> None:
        asking = Asking(0.2, 0.9, 5, 0.95) if asks else None
        self._pipeline = Pipeline(BOOK, LexicalEngine(), DIMENSIONS, lambda: NOON, "test", PACKS, asking)
        self._redactions = RedactionBook(RedactionSettings(mode=mode), (), b"s" * 16)  # type: ignore[arg-type]  # one of its words
        self.urgent: list[bool] = []

    async def ask(self, job: Job, *, urgent: bool = False) -> Evaluation | Unscored | Questions:
        self.urgent.append(urgent)
        return score_job(decode_job(encode_job(job)), Intake(BOOK, 1 << 20), self._pipeline, self._redactions)

    async def score(self, job: Job, *, urgent: bool = False) -> Evaluation | Unscored:
        result = await self.ask(job, urgent=urgent)
        assert not isinstance(result, Questions)
        return result


def pushed(response: str = f"{PLAIN} {DOUBTFUL}") -> Job:
    exchange = make_exchange(response=response, documents=(Document(id="d", content=DOCUMENT),))
    return Job("u-1", JobKind.EVALUATE, exchange.model_dump_json().encode())


async def scored(judge: FakeJudge, scorer: PipelineScorer | None = None, job: Job | None = None) -> Evaluation:
    result = await JudgedScorer(scorer or PipelineScorer(), judge).score(job or pushed())
    assert isinstance(result, Evaluation)
    return result


async def test_only_what_is_doubtful_is_asked_about() -> None:
    judge = FakeJudge(RulingKind.SUPPORTED)

    await scored(judge)

    assert [one.claim for one in judge.asked] == [DOUBTFUL]
    assert judge.asked[0].query == "What is the fee?"
    assert judge.asked[0].passages == (DOCUMENT,) * len(judge.asked[0].passages)


async def test_nothing_is_asked_where_nothing_is_doubtful() -> None:
    judge = FakeJudge(RulingKind.CONTRADICTED)

    evaluation = await scored(judge, job=pushed(PLAIN))

    assert judge.asked == []
    assert evaluation.verification.verified_claims == 1


async def test_nothing_is_asked_without_a_band() -> None:
    judge = FakeJudge(RulingKind.CONTRADICTED)

    evaluation = await scored(judge, PipelineScorer(asks=False))

    assert judge.asked == []
    assert not any("judge" in claim.reason for claim in evaluation.claims)


@pytest.mark.parametrize(
    ("kind", "verdict", "word"),
    [
        (RulingKind.SUPPORTED, Verdict.VERIFIED, "supported"),
        (RulingKind.CONTRADICTED, Verdict.HALLUCINATED, "contradicted"),
        (RulingKind.NOT_FOUND, Verdict.HALLUCINATED, "not found"),
    ],
)
async def test_a_ruling_decides_the_claim_and_all_that_follows_from_it(
    kind: RulingKind, verdict: Verdict, word: str
) -> None:
    evaluation = await scored(FakeJudge(kind))

    _, claim = evaluation.claims
    is_bad = verdict is Verdict.HALLUCINATED
    assert (claim.text, claim.verdict) == (DOUBTFUL, verdict)
    assert claim.reason.startswith(f"{word}: so the judge (m) reads the passages")
    assert evaluation.verification.hallucinated_claims == int(is_bad)
    assert (evaluation.verification.risk or 0) >= 0.5 if is_bad else (evaluation.verification.risk or 0) < 0.5
    assert ("hallucination" in evaluation.flag_codes) is is_bad
    grounded = next(signal for signal in evaluation.signals if signal.name == "groundedness")
    assert grounded.value == (0.5 if is_bad else 1.0)


@pytest.mark.parametrize(
    ("kind", "note"),
    [
        (RulingKind.FAILED, "the judge failed, so this is the local verdict: it says ABCPK1234F"),
        (RulingKind.UNSURE, "the judge (m) could not tell: it says ABCPK1234F"),
    ],
)
async def test_a_judge_that_does_not_rule_leaves_the_local_verdict_and_says_so(kind: RulingKind, note: str) -> None:
    local = await scored(FakeJudge(kind), PipelineScorer(asks=False))

    judged = await scored(FakeJudge(kind))

    assert judged.claims[1].reason == f"{local.claims[1].reason}; {note}"
    assert judged.claims[1].verdict is local.claims[1].verdict
    assert judged.verification == local.verification
    assert judged.overall_score == local.overall_score


async def test_the_judge_reads_the_words_and_what_is_stored_is_redacted() -> None:
    judge = FakeJudge(RulingKind.SUPPORTED)

    evaluation = await scored(judge, PipelineScorer(mode="mask"))

    assert "ABCPK1234F" in judge.asked[0].claim
    assert "ABCPK1234F" not in evaluation.model_dump_json()
    assert evaluation.response[evaluation.claims[1].start : evaluation.claims[1].end] == evaluation.claims[1].text


async def test_the_second_pass_goes_ahead_since_it_has_waited_once() -> None:
    scorer = PipelineScorer()

    await scored(FakeJudge(RulingKind.SUPPORTED), scorer)

    assert scorer.urgent == [False, True]


async def test_what_the_scorer_raises_is_not_the_judges() -> None:
    class Broken(PipelineScorer):
        async def ask(self, job: Job, *, urgent: bool = False) -> Evaluation | Unscored | Questions:
            raise ScoringError("the scoring process died")

    with pytest.raises(ScoringError):
        await scored(FakeJudge(RulingKind.SUPPORTED), Broken())
