"""What is measured of a claim against its passages, before any weighing. Pure."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from scorer.claims.comparison import NEGATIONS, Finding, Standing, compare_facts, differing_polarity, opposed_words
from scorer.claims.evidence import Coverage, DocumentIndex, Match, Passage, share_held
from scorer.claims.extract import Statement
from scorer.claims.facts import Facts, acronym
from scorer.text.rarity import rarity
from scorer.text.tokens import content_stems


class Features(NamedTuple):
    """The measurements of one claim; each is 0 when all is well."""

    uncovered: float
    """1 - weighed coverage by the best passage."""
    together_uncovered: float
    """1 - weighed coverage by the best passages together."""
    pairs_uncovered: float
    """Share of neighbouring stems that stand together in neither of the two best passages."""
    absent: float
    """Exact facts that no document holds, at most 2."""
    distant_names: float
    """Share of the claim's names that no best passage holds."""
    polarity: float
    """1 when claim and best passage differ in negation."""
    denied: float
    """The same where claim and passage cover one another nearly whole, so that one denies the other."""
    opposed: float
    """1 when the best passage says the opposite of a word."""


CLAIM_HELD: Final = 0.7
PASSAGE_HELD: Final = 0.8
"""Mutual coverage from which claim and passage are one statement or its denial: there a difference in negation was
unsupported in two of three cases, below it in half (development and training sets)."""


class Measured(NamedTuple):
    """A statement with what was found for it."""

    statement: Statement
    match: Match
    coverage: Coverage
    findings: tuple[Finding, ...]
    opposed: tuple[str, str] | None
    features: Features


def measure(statement: Statement, claim: Facts, index: DocumentIndex) -> Measured:
    """Find the statement's passages and compare the exact facts; `claim` holds those of its spoken text."""
    stems = content_stems(statement.spoken)
    own = frozenset(stems)
    match = index.match(stems, [stem for stem in _context_stems(statement) if stem not in own])
    findings = tuple(compare_facts(claim, match, index))
    spelled_out = _spelled_out(claim, match)
    borne_out = _borne_out(findings) | spelled_out if findings or spelled_out else frozenset()
    coverage = index.cover(stems, match, borne_out)
    best = match.near[0] if match.near and index.is_comparable else None
    opposed = None if best is None else opposed_words(own, best.stems)
    differs = best is not None and differing_polarity(stems, best.sequence)
    names = {name.stem for name in claim.names} - spelled_out
    distant = names.difference(*(passage.stems for passage in match.passages)) if names else names
    features = Features(
        uncovered=1.0 - coverage.best,
        together_uncovered=1.0 - coverage.together,
        pairs_uncovered=_pairs_uncovered(stems, match, borne_out),
        absent=float(min(2, sum(finding.standing is Standing.ABSENT for finding in findings))),
        distant_names=len(distant) / len(names) if names else 0.0,
        polarity=float(differs),
        denied=float(differs and best is not None and _is_denial(own, best, coverage)),
        opposed=float(opposed is not None),
    )
    return Measured(statement, match, coverage, findings, opposed, features)


def _context_stems(statement: Statement) -> list[str]:
    """Return the stems that help to find passages: a document may go on with a pronoun too, so none is claimed."""
    return content_stems(f"{statement.context} {statement.subject}")


def _spelled_out(claim: Facts, match: Match) -> frozenset[str]:
    """Return the stems of the claim's acronyms whose names the passages write out."""
    short = {name.stem: letters for name in claim.names if (letters := acronym(name.text)) is not None}
    if not short:
        return frozenset()
    held = frozenset().union(*(passage.facts.acronyms for passage in match.passages))
    return frozenset(stem for stem, letters in short.items() if letters in held)


def _borne_out(findings: Sequence[Finding]) -> frozenset[str]:
    """Return the stems of facts that the passages give in whatever spelling."""
    texts = (finding.claimed for finding in findings if finding.standing is Standing.BORNE_OUT)
    return frozenset(stem for text in texts for stem in content_stems(text))


def _is_denial(own: frozenset[str], best: Passage, coverage: Coverage) -> bool:
    spoken = {stem: rarity(stem) for stem in best.stems - NEGATIONS}
    return coverage.best >= CLAIM_HELD and share_held(spoken, own) >= PASSAGE_HELD


def _pairs_uncovered(stems: Sequence[str], match: Match, borne_out: frozenset[str]) -> float:
    pairs = set(pairwise(stems))
    if borne_out:
        pairs = {pair for pair in pairs if borne_out.isdisjoint(pair)}
    held = frozenset().union(*(passage.pairs for passage in match.passages[:2]))
    return len(pairs - held) / len(pairs) if pairs else 0.0
