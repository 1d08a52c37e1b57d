"""What a judge is asked about a claim, and how its ruling joins what the local engine measured. Pure.

Only claims in the uncertain band are asked about, and never one that an exact fact has settled. A ruling is joined as
independent evidence: its log-odds, from the judge's reliability, are added to the claim's. A judge that failed, or
could not tell, changes nothing but the claim's reason, which says so.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, assert_never

from scorer.claims.judgement import Judgement, decide, logit_of, probability
from scorer.claims.question import Question, Ruling, RulingKind
from scorer.claims.verify import summarise
from scorer.model import Document, Evidence, Exchange
from scorer.protocols import ClaimReport

QUESTION_CHARACTERS: Final = 1000
"""Of the user's question that go along."""
AROUND_CHARACTERS: Final = 400
"""Of the document before and after a passage: a judge that reads a sentence alone misses what it speaks of."""


@dataclass(frozen=True, slots=True)
class Asking:
    """Which claims are asked about, and what a ruling weighs."""

    low: float
    high: float
    """The uncertain band, as probabilities of being unsupported."""
    claims_per_answer: int
    reliability_ratio: float
    """0.5 to 1: share of rulings that people agree with. At least `high`, and `low` at least one minus it."""

    def questions(self, exchange: Exchange, report: ClaimReport) -> tuple[Question, ...]:
        """Return what is open in a report, the least certain claim first; empty when nothing is."""
        doubts = sorted(filter(self._is_open, report.judgements), key=lambda one: abs(one.logit or 0.0))
        return tuple(ask(exchange, one) for one in doubts[: self.claims_per_answer])

    def fold(self, exchange: Exchange, report: ClaimReport, rulings: Sequence[Ruling]) -> ClaimReport:
        """Return the report with the rulings joined in; one that answers no open question is left aside."""
        by_key = {ruling.key: ruling for ruling in rulings}
        if not by_key or report.correction is None:
            return report
        judgements = tuple(self._ruled(exchange, one, by_key) for one in report.judgements)
        claims, risk = decide(judgements, report.correction)
        return replace(report, claims=claims, risk=risk, reason=summarise(claims, risk), judgements=judgements)

    def _is_open(self, one: Judgement) -> bool:
        if one.logit is None or one.is_conflict or not one.evidence:
            return False
        return self.low <= probability(one.logit) <= self.high

    def _ruled(self, exchange: Exchange, one: Judgement, rulings: Mapping[str, Ruling]) -> Judgement:
        ruling = rulings.get(ask(exchange, one).key) if self._is_open(one) else None
        return one if ruling is None else self._joined(one, ruling)

    def _joined(self, one: Judgement, ruling: Ruling) -> Judgement:
        assert one.logit is not None
        weight = logit_of(self.reliability_ratio)
        told = f"the judge ({ruling.judge}) reads the passages: {ruling.explanation}"
        match ruling.kind:
            case RulingKind.SUPPORTED:
                return replace(one, logit=one.logit - weight, reason=f"supported: so {told}", is_judged=True)
            case RulingKind.CONTRADICTED:
                return replace(one, logit=one.logit + weight, reason=f"contradicted: so {told}", is_judged=True)
            case RulingKind.NOT_FOUND:
                return replace(one, logit=one.logit + weight, reason=f"not found: so {told}", is_judged=True)
            case RulingKind.UNSURE:
                return replace(one, note=f"the judge ({ruling.judge}) could not tell: {ruling.explanation}")
            case RulingKind.FAILED:
                return replace(one, note=f"the judge failed, so this is the local verdict: {ruling.explanation}")
            case _:
                assert_never(ruling.kind)


def ask(exchange: Exchange, judgement: Judgement) -> Question:
    """Return the question about one judgement; equal content gives an equal key."""
    query = exchange.query[:QUESTION_CHARACTERS]
    passages = tuple(_around(one, exchange.documents or ()) for one in judgement.evidence)
    content = json.dumps([judgement.text, query, passages])
    key = hashlib.sha256(content.encode()).hexdigest()
    return Question(key=key, claim=judgement.text, query=query, passages=passages)


def _around(evidence: Evidence, documents: Sequence[Document]) -> str:
    """Return the passage with what stands around it in its document."""
    for document in documents:
        content = document.content or ""
        if document.id == evidence.document_id and content[evidence.start : evidence.end] == evidence.text:
            return content[max(0, evidence.start - AROUND_CHARACTERS) : evidence.end + AROUND_CHARACTERS]
    return evidence.text
