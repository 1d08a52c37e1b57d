"""Where the exact facts of a claim and of its passages differ. Pure.

A claimed fact is *borne out* when the documents give the same one; in *conflict* when the deciding passage gives
another of the same kind in its place; *absent* when the documents give none.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

from scorer.claims.evidence import DocumentIndex, Match, Passage, share_held
from scorer.claims.facts import Facts, Identifier, IdentifierKind
from scorer.text.dates import Date
from scorer.text.numbers import MULTIPLIERS, Bound, Quantity, QuantityKind, agrees, are_opposed, numeral
from scorer.text.opposites import OPPOSITES
from scorer.text.rarity import rarity
from scorer.text.stems import stem
from scorer.text.tokens import content_stems, normalise


class Standing(StrEnum):
    """How a claimed fact stands to the documents."""

    BORNE_OUT = "borne out"
    ELSEWHERE = "elsewhere"
    """Given by the documents, though not by the passages that speak of the claim."""
    CONFLICT = "conflict"
    ABSENT = "absent"


class Finding(NamedTuple):
    """How one claimed fact stands, with the pair that differs."""

    kind: str
    """For people: `amount`, `date`, `section`, …"""
    standing: Standing
    claimed: str
    stated: str | None = None
    """What the passage gives instead; set for a conflict."""
    passage: Passage | None = None
    """Where it stands; set for a conflict."""


_KIND_NAMES: Final = {
    QuantityKind.COUNT: "number",
    QuantityKind.MONEY: "amount",
    QuantityKind.PERCENT: "percentage",
    QuantityKind.DURATION: "period",
    QuantityKind.MEASURE: "measure",
    QuantityKind.ORDINAL: "ordinal",
    QuantityKind.YEAR: "year",
}
HEADING_PLACE: Final = 3
"""Characters before a provision that heads its passage: a bullet, a quotation mark."""
HEADING_MARGIN: Final = 0.2
"""By how much more of the claim's words a passage must hold than the one with the claimed provision."""
_WITH_UNITS: Final = frozenset({QuantityKind.DURATION, QuantityKind.MEASURE, QuantityKind.MONEY})
LARGE: Final = 1000.0
"""From here on a number may be spelled with a multiplier."""
_LARGE_WORDS: Final = frozenset(normalise(word) for word, times in MULTIPLIERS.items() if times >= LARGE)
NEGATIONS: Final = frozenset(
    normalise(word)
    for word in "not no never none nobody nothing neither without hardly refuse deny fail lack नहीं न ना मत बिना".split()  # noqa: SIM905 - words read best as words
)
"""Stems of words that deny."""


def compare_facts(claim: Facts, match: Match, index: DocumentIndex) -> list[Finding]:
    """Return one finding per exact fact of the claim, identifiers first, then dates, then quantities."""
    findings = [_identifier(one, claim, match, index) for one in claim.identifiers]
    findings += [_date(one, match, index) for one in claim.dates]
    findings += [_quantity(one, claim, match, index) for one in claim.quantities]
    return findings


def _identifier(claimed: Identifier, claim: Facts, match: Match, index: DocumentIndex) -> Finding:
    kind = claimed.value.split()[0] if claimed.kind is IdentifierKind.PROVISION else claimed.kind.value
    for passage in match.passages:
        if any(_same_identifier(claimed, one) for one in passage.facts.identifiers):
            return _other_heading(claimed, kind, passage, claim, match) or Finding(
                kind, Standing.BORNE_OUT, claimed.text
            )
    rivals = [
        (one, passage)
        for passage in match.near
        for one in passage.facts.identifiers
        if _is_identifier_rival(claimed, one)
    ]
    for passage in _others(index, claimed.text):
        if any(_same_identifier(claimed, one) for one in passage.facts.identifiers):
            return Finding(kind, Standing.ELSEWHERE, claimed.text)
    for rival, passage in rivals:
        return Finding(kind, Standing.CONFLICT, claimed.text, rival.text, passage)
    return Finding(kind, Standing.ABSENT, claimed.text)


def _other_heading(claimed: Identifier, kind: str, holder: Passage, claim: Facts, match: Match) -> Finding | None:
    """Return the conflict with the provision at whose head the claim's words stand, where that is not the claimed one.

    *Section 19(3): A second appeal lies within ninety days* says which provision it is; that *section 19(1)* stands
    elsewhere in the text bears nothing out.
    """
    if claimed.kind is not IdentifierKind.PROVISION or not match.near or holder is match.near[0]:
        return None
    best = match.near[0]
    heading = next((one for one in best.facts.identifiers[:1] if one.start <= HEADING_PLACE), None)
    if heading is None or not _is_identifier_rival(claimed, heading):
        return None
    if any(_same_identifier(one, heading) for one in claim.identifiers):
        return None
    named = set(content_stems(claimed.text))
    words = {stem: rarity(stem) for stem in content_stems(claim.text) if stem not in named}
    if share_held(words, best.stems) - share_held(words, holder.stems) < HEADING_MARGIN:
        return None
    return Finding(kind, Standing.CONFLICT, claimed.text, heading.text, best)


def _is_identifier_rival(claimed: Identifier, stated: Identifier) -> bool:
    if claimed.kind is IdentifierKind.PROVISION:
        return stated.kind is claimed.kind and stated.value.split()[0] == claimed.value.split()[0]
    return stated.kind is claimed.kind


def _same_identifier(claimed: Identifier, stated: Identifier) -> bool:
    """A section of a document may be finer than the claimed one: section 8(1)(j) bears *section 8* out."""
    if claimed.kind is not stated.kind:
        return False
    if claimed.kind is IdentifierKind.PROVISION:
        return stated.value == claimed.value or stated.value.startswith(claimed.value + "(")
    return stated.value == claimed.value


def _date(claimed: Date, match: Match, index: DocumentIndex) -> Finding:
    if any(claimed.agrees(one) for passage in match.passages for one in passage.facts.dates):
        return Finding("date", Standing.BORNE_OUT, claimed.text)
    if any(claimed.agrees(one) for passage in _others(index, claimed.text) for one in passage.facts.dates):
        return Finding("date", Standing.ELSEWHERE, claimed.text)
    for passage in match.near:
        for one in passage.facts.dates:
            if claimed.is_limit or one.is_limit:
                continue
            return Finding("date", Standing.CONFLICT, claimed.text, one.text, passage)
    return Finding("date", Standing.ABSENT, claimed.text)


def _quantity(claimed: Quantity, claim: Facts, match: Match, index: DocumentIndex) -> Finding:
    kind = _KIND_NAMES[claimed.kind]
    if any(_bears_out(claimed, passage) for passage in (*match.passages[:2], *match.near)):
        return Finding(kind, Standing.BORNE_OUT, claimed.text)
    for passage in match.near:
        for one in passage.facts.quantities:
            if _is_rival(claimed, one) and not any(_is_rival(q, one) and agrees(q, one) for q in claim.quantities):
                return Finding(kind, Standing.CONFLICT, claimed.text, one.text, passage)
    if any(_bears_out(claimed, passage) for passage in _others(index, claimed.text, claimed.low)):
        return Finding(kind, Standing.ELSEWHERE, claimed.text)
    for passage in match.passages[:2]:
        for one in passage.facts.quantities:
            if _has_another_unit(claimed, one):
                return Finding(kind, Standing.CONFLICT, claimed.text, one.text, passage)
    return Finding(kind, Standing.ABSENT, claimed.text)


def _has_another_unit(claimed: Quantity, stated: Quantity) -> bool:
    """Say whether the two are one number with different units or scales: *48 days* and *48 hours*, no chance."""
    if claimed.kind is not stated.kind or claimed.kind not in _WITH_UNITS or agrees(claimed, stated):
        return False
    return numeral(claimed) == numeral(stated) is not None


def _bears_out(claimed: Quantity, passage: Passage) -> bool:
    facts = passage.facts
    if any(_comparable(claimed, one) and agrees(claimed, one) for one in facts.quantities):
        return True
    # A year or a day may stand inside a date of the document.
    if claimed.kind is QuantityKind.YEAR:
        return any(date.year == claimed.low for date in facts.dates)
    if any(claimed.low == one.low and are_opposed(claimed, one) for one in facts.quantities):
        return False
    return claimed.text in facts.text and claimed.kind is QuantityKind.COUNT


def _comparable(claimed: Quantity, stated: Quantity) -> bool:
    """A bare number may be a quantity of any kind whose unit was left out."""
    if claimed.kind is stated.kind:
        return claimed.unit == stated.unit or claimed.kind is QuantityKind.COUNT
    return QuantityKind.COUNT in (claimed.kind, stated.kind) or {claimed.kind, stated.kind} <= {
        QuantityKind.ORDINAL,
        QuantityKind.YEAR,
    }


def _is_rival(claimed: Quantity, stated: Quantity) -> bool:
    """Say whether the two count the same thing, so that a difference is a contradiction."""
    if claimed.kind is not stated.kind:
        return False
    if claimed.kind is QuantityKind.ORDINAL and Bound.EXACT not in (claimed.bound, stated.bound):
        return False
    if claimed.kind is QuantityKind.COUNT:
        return bool(claimed.unit) and stem(claimed.unit) == stem(stated.unit)
    return claimed.unit == stated.unit


def _others(index: DocumentIndex, text: str, value: float | None = None) -> Iterator[Passage]:
    """Yield the passages that may hold the same fact: those with its digits, or a large number in another spelling."""
    stems = content_stems(text)
    keys = {stem for stem in stems if stem[0].isdigit()} or set(stems)
    if value is not None:
        keys.add(f"{value:.0f}")
        if value >= LARGE:
            keys.update(_LARGE_WORDS)
    return index.holding(keys)


def differing_polarity(claim: Sequence[str], passage: Sequence[str]) -> bool:
    """Say whether one of the two denies and the other does not (an odd number of negations against an even one)."""
    return count_negations(claim) % 2 != count_negations(passage) % 2


def count_negations(stems: Sequence[str]) -> int:
    """Return how many of the stems deny."""
    return 0 if NEGATIONS.isdisjoint(stems) else sum(stem in NEGATIONS for stem in stems)


def opposed_words(claim: frozenset[str], passage: frozenset[str]) -> tuple[str, str] | None:
    """Return a stem of the claim and its opposite in the passage, where the passage lacks the first and the claim the
    second; None when there is no such pair."""
    for word in sorted((claim & OPPOSITES.keys()) - passage):
        for opposite in sorted(OPPOSITES[word] & passage):
            if opposite not in claim:
                return word, opposite
    return None
