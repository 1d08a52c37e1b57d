"""The claim engine that is always there: words, names and exact facts, no model. Pure, bounded in time.

How far the best passage covers a claim, weighed by how rare its words are, with penalties for facts that differ, names
that are missing, denial and opposite words. Measured figures stand in `docs/trust.md`; `python -m bench.quality`
reproduces them. Blind where an answer changes a meaning without changing words; there it says *verified* too often.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from scorer.claims.calibration import CONFLICT_LOGIT, CORRECTION, claim_logit
from scorer.claims.comparison import Finding, Standing
from scorer.claims.evidence import DocumentIndex, Passage
from scorer.claims.extract import Statement
from scorer.claims.facts import Facts, IdentifierKind
from scorer.claims.features import Measured, measure
from scorer.claims.judgement import Judgement
from scorer.claims.verify import Check, Clock, unchecked
from scorer.model import Document, Evidence, Exchange
from scorer.protocols import ClaimReport

SHOWN_PASSAGES: Final = 2
"""Passages kept as evidence of one claim."""
FACT_LIMIT: Final = 60
"""Exact facts compared of one claim; a statement with more is a list of figures, and would take a second by itself."""
_EXACT_KINDS: Final = frozenset(
    {
        "section",
        "article",
        "rule",
        "clause",
        "paragraph",
        IdentifierKind.URL,
        IdentifierKind.EMAIL,
        IdentifierKind.PHONE,
    }
)
"""Facts of which a claim is unsupported by definition when no document holds them."""


class LexicalEngine:
    """A `ClaimEngine`."""

    name = "lexical"
    version = "3"

    def __init__(self, clock: Clock = time.monotonic) -> None:
        self._check = Check(assess, CORRECTION, clock)

    def check(self, exchange: Exchange, documents: Sequence[Document]) -> ClaimReport:
        """Return one claim per checkable statement, in the order of the text."""
        return self._check.run(exchange, documents)


@dataclass(frozen=True, slots=True)
class Appraisal:
    """A statement's judgement by words and facts, with what it rests on."""

    judgement: Judgement
    measured: Measured | None
    """None when the statement was not checked."""


def assess(statement: Statement, index: DocumentIndex) -> Judgement:
    """Judge one statement by its words and facts."""
    return appraise(statement, index).judgement


def appraise(statement: Statement, index: DocumentIndex) -> Appraisal:
    """Judge one statement by its words and facts, and return what was measured of it too."""
    facts = Facts(statement.spoken)
    if facts.count > FACT_LIMIT:
        reason = f"not checked: more than {FACT_LIMIT} exact facts in one statement"
        return Appraisal(unchecked(statement, reason), None)
    measured = measure(statement, facts, index)
    logit = claim_logit(measured.features)
    decisive = decisive_finding(measured)
    if decisive is not None:
        logit = max(logit, CONFLICT_LOGIT)
    judgement = Judgement(
        start=statement.start,
        end=statement.end,
        text=statement.text,
        logit=logit,
        reason=_why_unsupported(measured, decisive) if logit >= 0 else _why_supported(measured),
        evidence=_evidence(measured, decisive, index),
        is_conflict=decisive is not None,
        is_contradicted=decisive is not None and decisive.standing is Standing.CONFLICT,
    )
    return Appraisal(judgement, measured)


def decisive_finding(measured: Measured) -> Finding | None:
    """Return the fact that settles the claim by itself: one in conflict, else an identifier that nothing holds."""
    for finding in measured.findings:
        if finding.standing is Standing.CONFLICT:
            return finding
    for finding in measured.findings:
        if finding.standing is Standing.ABSENT and finding.kind in _EXACT_KINDS:
            return finding
    return None


def _why_unsupported(measured: Measured, decisive: Finding | None) -> str:
    if decisive is not None and decisive.stated is not None:
        return f"contradicted: the claim says {decisive.claimed!r}, the passage {decisive.stated!r} ({decisive.kind})"
    absent = [finding for finding in measured.findings if finding.standing is Standing.ABSENT]
    if absent:
        named = ", ".join(f"{finding.kind} {finding.claimed!r}" for finding in absent[:3])
        return f"not found: no document holds the {named}"
    if measured.opposed is not None:
        return f"contradicted: the claim says {measured.opposed[0]!r}, the passage {measured.opposed[1]!r} (opposites)"
    if measured.features.denied:
        return "contradicted: one of claim and passage denies what the other states"
    if measured.features.distant_names:
        return "not found: the passages lack some of the claim's names"
    return f"not found: the best passage covers {measured.coverage.best:.0%} of the claim"


def _why_supported(measured: Measured) -> str:
    facts = sum(finding.standing is Standing.BORNE_OUT for finding in measured.findings)
    agreed = f", {facts} exact facts the same" if facts else ""
    return f"supported: the best passage covers {measured.coverage.best:.0%} of the claim{agreed}"


def _evidence(measured: Measured, decisive: Finding | None, index: DocumentIndex) -> tuple[Evidence, ...]:
    """Return the deciding passages, the one with the offending fact first."""
    passages: list[Passage] = list(measured.match.passages[:SHOWN_PASSAGES])
    if decisive is not None and decisive.passage is not None:
        passages = [decisive.passage, *(one for one in passages if one is not decisive.passage)]
    return tuple(index.evidence(passage) for passage in passages[:SHOWN_PASSAGES])
