"""How claims are checked: the way from an answer and its documents to verdicts. Pure, bounded in time.

    extract      the answer's statements, each with its place                 `extract.py`
    comparable?  documents with text, in a language that can be compared     here and `languages.py`
    evidence     for each statement the passages that decide                 `evidence.py`
    facts        numbers, dates, provisions, names, negation: the same?      `facts.py`, `comparison.py`
    assess       the log-odds that the documents do not support it           an engine: `lexical.py`, `combine.py`
    decide       verdicts, and one risk for the answer                       `judgement.py`

A statement that was not reached in time or number is *not checked*; it never passes.
"""

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final, Protocol

from scorer.claims.evidence import DocumentIndex, index_documents
from scorer.claims.extract import Statement, extract
from scorer.claims.judgement import Judgement, LengthCorrection, decide
from scorer.claims.languages import why_incomparable
from scorer.model import Claim, Document, Exchange, Verdict, Verification
from scorer.protocols import ClaimReport

CHECKED_CLAIMS: Final = 300
"""Claims checked of one answer."""
TIME_LIMIT_SECONDS: Final = 2.0
"""Time for one answer; what is not reached is not checked."""
EXTRACT_SHARE: Final = 0.15
"""Share of the time after which reading the answer ends."""
INDEX_SHARE: Final = 0.5
"""Share of the time after which reading documents ends, so that some is left to check claims."""
CHECK_SHARE: Final = 0.7
"""Share of the time after which no further claim is begun: the last one, and freeing the index, take their time too."""

Assess = Callable[[Statement, DocumentIndex], Judgement]


class Clock(Protocol):
    """Seconds that only grow."""

    def __call__(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Check:
    """One engine's way of checking; `assess` judges one statement."""

    assess: Assess
    correction: LengthCorrection
    clock: Clock = time.monotonic
    time_limit_seconds: float = TIME_LIMIT_SECONDS

    def run(self, exchange: Exchange, documents: Sequence[Document]) -> ClaimReport:
        """Return one claim per statement in the order of the text, and the risk of the answer."""
        is_past = self._watch()
        extraction = extract(exchange.query, exchange.response, lambda: is_past(EXTRACT_SHARE))
        found = self._report(extraction.statements, exchange, documents, is_past)
        return ClaimReport(
            found.claims, found.risk, found.reason, found.judgements, found.correction, extraction.left_out
        )

    def _report(
        self,
        statements: Sequence[Statement],
        exchange: Exchange,
        documents: Sequence[Document],
        is_past: Callable[[float], bool],
    ) -> ClaimReport:
        if not statements:
            return ClaimReport((), None, "the answer makes no statement that could be checked")
        missing = _why_no_evidence(exchange, documents)
        if missing is not None:
            return _all_unchecked(statements, missing)
        incomparable = why_incomparable(exchange.response, documents)
        index = index_documents(
            documents, is_time_over=lambda: is_past(INDEX_SHARE), is_comparable=incomparable is None
        )
        if not index.passages:
            is_late = is_past(INDEX_SHARE)
            return _all_unchecked(statements, self._time_over() if is_late else "the documents hold no words")
        judgements = tuple(self._judge(statements, index, incomparable, lambda: is_past(CHECK_SHARE)))
        claims, risk = decide(judgements, self.correction)
        return ClaimReport(claims, risk, summarise(claims, risk, incomparable), judgements, self.correction)

    def _watch(self) -> Callable[[float], bool]:
        """Return a question: is more than this share of the time gone?"""
        started = self.clock()
        return lambda share: self.clock() - started >= share * self.time_limit_seconds

    def _time_over(self) -> str:
        return f"not checked: the time of {self.time_limit_seconds:g} s was over"

    def _judge(
        self,
        statements: Sequence[Statement],
        index: DocumentIndex,
        incomparable: str | None,
        is_time_over: Callable[[], bool],
    ) -> Iterator[Judgement]:
        checked = 0
        is_late = False
        for statement in statements:
            is_late = is_late or is_time_over()
            if statement.unchecked is not None:
                yield unchecked(statement, statement.unchecked)
            elif checked >= CHECKED_CLAIMS:
                yield unchecked(statement, f"not checked: the answer holds more than {CHECKED_CLAIMS} claims")
            elif is_late:
                yield unchecked(statement, self._time_over())
            else:
                checked += 1
                yield _bounded(self.assess(statement, index), index, incomparable)


def _bounded(judgement: Judgement, index: DocumentIndex, incomparable: str | None) -> Judgement:
    """Keep of a judgement what incomparable words or unread documents allow to be said."""
    if incomparable is not None and not judgement.is_contradicted:
        return replace(judgement, logit=None, reason=incomparable, evidence=())
    is_doubtful = judgement.logit is not None and judgement.logit >= 0
    if is_doubtful and not index.is_whole and not judgement.is_contradicted:
        reason = "not found in what was read; some documents came without text or lie beyond the limits"
        return replace(judgement, logit=None, reason=reason)
    return judgement


def unchecked(statement: Statement, reason: str) -> Judgement:
    """Return the judgement of a statement that was not checked."""
    return Judgement(statement.start, statement.end, statement.text, None, reason)


def _why_no_evidence(exchange: Exchange, documents: Sequence[Document]) -> str | None:
    if not documents:
        return "no documents: the bot gave none" if exchange.documents is None else "no documents were retrieved"
    if not any((document.content or "").strip() for document in documents):
        return "the documents came as ids without text"
    return None


def _all_unchecked(statements: Sequence[Statement], reason: str) -> ClaimReport:
    claims = tuple(
        Claim(
            text=one.text,
            start=one.start,
            end=one.end,
            verdict=Verdict.UNVERIFIABLE,
            confidence=1.0,
            reason=one.unchecked or reason,
        )
        for one in statements
    )
    return ClaimReport(claims, None, reason)


def summarise(claims: Sequence[Claim], risk: float | None, incomparable: str | None = None) -> str:
    """Return what an answer's risk rests on, or why there is none."""
    counts = {verdict: sum(claim.verdict is verdict for claim in claims) for verdict in Verdict}
    if risk is None:
        return incomparable or next((claim.reason for claim in claims), "nothing could be checked")
    return (
        f"{counts[Verdict.VERIFIED]} of {len(claims)} claims verified, {counts[Verdict.HALLUCINATED]} hallucinated, "
        f"{counts[Verdict.UNVERIFIABLE]} unverifiable"
    )


def verify(report: ClaimReport) -> Verification:
    """Return the ledger of a report: its counts, the score they give, and the risk."""
    verified = sum(claim.verdict is Verdict.VERIFIED for claim in report.claims)
    hallucinated = sum(claim.verdict is Verdict.HALLUCINATED for claim in report.claims)
    decided = verified + hallucinated
    return Verification(
        total_claims=len(report.claims),
        verified_claims=verified,
        hallucinated_claims=hallucinated,
        unverifiable_claims=len(report.claims) - decided,
        verification_score=100.0 * verified / decided if decided else None,
        risk=report.risk,
    )
