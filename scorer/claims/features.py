"""What is measured of a claim against its passages, before any weighing. Pure."""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from scorer.claims.comparison import Finding, Standing, compare_facts, differing_polarity, opposed_words
from scorer.claims.evidence import DocumentIndex, Match
from scorer.claims.extract import Statement
from scorer.claims.facts import Facts
from scorer.text.tokens import content_stems


@dataclass(frozen=True, slots=True)
class Features:
    """The measurements of one claim; each is 0 when all is well."""

    uncovered: float
    """1 - weighted coverage by the best passage."""
    window_uncovered: float
    union_uncovered: float
    document_uncovered: float
    pairs_uncovered: float
    """Share of neighbouring stems that stand together in no best passage."""
    conflicts: float
    """Exact facts in conflict, at most 2."""
    absent: float
    """Exact facts absent from all documents, at most 2."""
    elsewhere: float
    """Exact facts that only other passages give, at most 2."""
    missing_names: float
    """Share of the claim's names that no document holds."""
    distant_names: float
    """Share of the names that no best passage holds."""
    polarity: float
    """1 when claim and best passage differ in negation."""
    opposed: float
    """1 when the best passage says the opposite of a word."""
    is_short: float
    length: float
    """Content stems, at most 40, over 10."""
    choice: float
    """Natural logarithm of the number of passages: among many, some cover a claim by chance."""


FEATURE_NAMES: Final = tuple(Features.__dataclass_fields__)


@dataclass(frozen=True, slots=True)
class Measured:
    """A statement with what was found for it."""

    statement: Statement
    match: Match
    findings: tuple[Finding, ...]
    opposed: tuple[str, str] | None
    denies_differently: bool
    features: Features


def measure(statement: Statement, index: DocumentIndex) -> Measured:
    """Find the statement's passages and compare the exact facts."""
    own = content_stems(statement.text)
    asked = [stem for stem in content_stems(statement.context) if stem not in own]
    match = index.match(dict.fromkeys(own), dict.fromkeys(asked))
    claim = Facts(statement.text)
    findings = tuple(compare_facts(claim, match, index))
    stems = frozenset(own)
    best = next(iter(match.near()), None)
    opposed = None if best is None else opposed_words(stems, best.stems)
    differs = best is not None and differing_polarity(own, best.sequence)
    return Measured(statement, match, findings, opposed, differs, _features(statement, own, claim, match, findings,
                    opposed is not None, differs, index))  # fmt: skip


def _features(
    statement: Statement,
    own: list[str],
    claim: Facts,
    match: Match,
    findings: tuple[Finding, ...],
    is_opposed: bool,
    differs: bool,
    index: DocumentIndex,
) -> Features:
    pairs = set(pairwise(own))
    held = frozenset().union(*(passage.pairs for passage in match.passages[:2]))
    names = {name.stem for name in claim.names}
    near = frozenset().union(*(passage.stems for passage in match.passages))
    return Features(
        uncovered=1.0 - match.coverage,
        window_uncovered=1.0 - match.window_coverage,
        union_uncovered=1.0 - match.union_coverage,
        document_uncovered=1.0 - match.document_coverage,
        pairs_uncovered=len(pairs - held) / len(pairs) if pairs else 0.0,
        conflicts=_count(findings, Standing.CONFLICT),
        absent=_count(findings, Standing.ABSENT),
        elsewhere=_count(findings, Standing.ELSEWHERE),
        missing_names=sum(name not in index.postings for name in names) / len(names) if names else 0.0,
        distant_names=len(names - near) / len(names) if names else 0.0,
        polarity=float(differs),
        opposed=float(is_opposed),
        is_short=float(statement.is_short_answer),
        length=min(len(own), 40) / 10,
        choice=math.log(max(1, len(index.passages))),
    )


def _count(findings: tuple[Finding, ...], standing: Standing) -> float:
    return float(min(2, sum(finding.standing is standing for finding in findings)))
