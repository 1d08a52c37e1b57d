"""What the model reads: one statement, and the passages that are to bear it out, as two short texts. Pure.

Training reads the same texts (`bench/train/claims_data.py`): a change here asks for weights trained anew.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from scorer.claims.evidence import DocumentIndex, Passage
from scorer.claims.extract import Statement

CLAIM_CHARACTERS: Final = 360
"""Read of a claim with what it is read together with; sentences are shorter, and the time per claim is bounded."""
EVIDENCE_CHARACTERS: Final = 480
"""Most that is read of the passages, about 110 tokens; documents within it are read whole."""
PICKED_CHARACTERS: Final = 480
"""Read of passages picked from longer documents: the cost of a claim grows with them."""


def claim_text(statement: Statement) -> str:
    """Return the claim as the model reads it, led by the question of a short answer or the header of a row."""
    text = f"{statement.context} {statement.resolved}" if statement.context else statement.resolved
    return " ".join(text.split())[-CLAIM_CHARACTERS:]


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
