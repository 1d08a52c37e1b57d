"""What the model reads: one statement, and the passages that are to bear it out, as two short texts. Pure.

Training reads the same texts (`bench/train/claims_data.py`): a change here asks for weights trained anew.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from scorer.claims.evidence import DocumentIndex, Passage
from scorer.claims.extract import Statement
from scorer.claims.facts import Facts
from scorer.text.dates import Date
from scorer.text.numbers import Quantity

CLAIM_CHARACTERS: Final = 360
"""Read of a claim with what it is read together with; sentences are shorter, and the time per claim is bounded."""
EVIDENCE_CHARACTERS: Final = 480
"""Most that is read of the passages, about 110 tokens; documents within it are read whole."""
PICKED_CHARACTERS: Final = 480
"""Read of passages picked from longer documents: the cost of a claim grows with them."""


def claim_text(statement: Statement, passages: Iterable[Passage] = ()) -> str:
    """Return the claim as the model reads it, led by the question of a short answer or the header of a row.

    `passages` are those that speak of it.
    """
    text = f"{statement.context} {statement.resolved}" if statement.context else statement.resolved
    return spelled_alike(" ".join(text.split()), passages)[-CLAIM_CHARACTERS:]


def spelled_alike(text: str, passages: Iterable[Passage]) -> str:
    """Return the claim with its quantities and dates spelled as the passages spell the same ones.

    That *Rs 42 million* is *Rs 4.20 crore* is arithmetic, which the model lacks; what is left to it is the rest.
    """
    own = Facts(text)
    if not own.count:
        return text
    stated = [passage.facts for passage in passages]
    pairs: list[tuple[Quantity | Date, str | None]] = []
    pairs += [(fact, _same_quantity(fact, stated)) for fact in own.quantities]
    pairs += [(fact, _same_date(fact, stated)) for fact in own.dates]
    for fact, spelled in sorted(pairs, key=lambda pair: -pair[0].start):
        if spelled is not None:
            text = text[: fact.start] + spelled + text[fact.end :]
    return text


def _same_quantity(claimed: Quantity, stated: Iterable[Facts]) -> str | None:
    same = [
        one.text
        for facts in stated
        for one in facts.quantities
        if (one.kind, one.unit, one.low, one.high) == (claimed.kind, claimed.unit, claimed.low, claimed.high)
    ]
    return same[0] if same and claimed.text not in same else None


def _same_date(claimed: Date, stated: Iterable[Facts]) -> str | None:
    parts = (claimed.year, claimed.month, claimed.day)
    same = [one.text for facts in stated for one in facts.dates if (one.year, one.month, one.day) == parts]
    return same[0] if same and claimed.text not in same else None


def evidence_text(index: DocumentIndex, numbers: Iterable[int]) -> str:
    """Return the passages as the model reads them: the best that fit, in the order of the documents.

    `numbers` are places in the index, best first. Where everything fits, everything is read: what a short document
    says in other words than the claim's would not be picked by them. A table's row comes with its header.
    """
    passages = index.passages
    if _fits(passages):
        chosen: list[int] = list(range(len(passages)))
    else:
        chosen = []
        left = PICKED_CHARACTERS
        for number in numbers:
            left -= len(passages[number].text) + 1
            if left < 0 and chosen:
                break
            chosen.append(number)
        chosen = sorted({header for number in chosen for header in (_header(passages, number), number)})
    return " ".join(" ".join(passages[number].text for number in chosen).split())[:EVIDENCE_CHARACTERS]


def _fits(passages: Sequence[Passage]) -> bool:
    left = EVIDENCE_CHARACTERS
    for passage in passages:
        left -= len(passage.text) + 1
        if left < 0:
            return False
    return True


def _header(passages: Sequence[Passage], number: int) -> int:
    """Return the place of the row's header; the passage's own place when it is no row or has none."""
    at = number
    while at and passages[at].header and passages[at - 1].header and passages[at - 1].document == passages[at].document:
        at -= 1
    return at
