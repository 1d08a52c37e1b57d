"""Replaces identifiers in a set of texts until none is found in any of them. Pure.

In rounds: what one text gives away is replaced in all, and a replacement may uncover what an overlapping reading had
hidden. Every round takes characters away from those that can be found, so it ends; a bound guards that.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

from scorer.redact.edited import Edit, Edited
from scorer.redact.find import SHORTEST, Found, find_all
from scorer.redact.known import Entry, Known, entries_of
from scorer.redact.plan import Plan

ROUNDS_LIMIT = 64
"""A text of 200 addresses a finder's limit takes one round; the limit of rounds is for texts of ten thousand."""


class Nature(Enum):
    """What a text is, which decides how it is searched and what stands in the place."""

    WORDS = auto()
    REASON = auto()
    """Written by a detector: quotes in its own ways."""
    NAME = auto()
    """Something else refers to it: two that differ must differ afterwards, so a token whatever the mode."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text with what it is; `cue` is read before it and not replaced, such as the key of a metadata value."""

    text: str
    nature: Nature = Nature.WORDS
    cue: str = ""


class UnsettledError(ValueError):
    """After the last round something was still found."""


def settle(texts: Iterable[Text], plan: Plan, rounds_limit: int = ROUNDS_LIMIT) -> Mapping[Text, Edited]:
    """Return every text as it may be stored; no identifier of one stands in another.

    Raises UnsettledError. Time: linear in the texts, times the rounds (two, mostly).
    """
    settled = {text: Edited(text.text) for text in texts}
    known, unread = Known(frozenset()), list(settled)
    for _ in range(rounds_limit):
        found = {text: _find(text, settled[text].text) for text in unread}
        entries = frozenset(entry for one in found.values() for entry in entries_of(one, plan))
        searched = unread
        if not entries <= known.entries:
            known, searched = Known(known.entries | entries), list(settled)
        unread = []
        for text in searched:
            edits = _edits(text, settled[text].text, found.get(text, ()), known, plan)
            if edits:
                settled[text] = settled[text].with_edits(edits)
                unread.append(text)
        if not unread:
            return settled
    raise UnsettledError(f"identifiers were still found after {rounds_limit} rounds")


def _find(text: Text, present: str) -> list[Found]:
    found = find_all(present)
    if text.cue:
        found += _clipped(find_all(text.cue + present), text.cue, present)
    return found


def _clipped(found: Iterable[Found], cue: str, present: str) -> Iterator[Found]:
    """Yield what reaches beyond the cue, without it."""
    for one in found:
        start, end = max(0, one.start - len(cue)), one.end - len(cue)
        if end - start >= SHORTEST:
            yield Found(one.type, start, end, present[start:end])


@dataclass(frozen=True, slots=True)
class _Place:
    start: int
    end: int
    entry: Entry


def _edits(text: Text, present: str, found: Sequence[Found], known: Known, plan: Plan) -> list[Edit]:
    """Return the replacements in order; overlapping readings become one, told as the longest of them."""
    places = [_Place(one.start, one.end, entry) for one in found for entry in entries_of([one], plan)]
    is_reason = text.nature is Nature.REASON
    places += (_Place(*place) for place in known.places(present, is_reason=is_reason))
    edits = []
    for start, end, longest in _merged(places):
        entry = longest.entry
        mode = "hash" if text.nature is Nature.NAME else entry.mode
        # A piece has its identifier's token, so that a reason can be read beside the text.
        written = entry.text if mode == "hash" else present[start:end]
        edits.append(Edit(start, end, plan.replacement(entry.type, written, mode)))
    return edits


def _merged(places: Iterable[_Place]) -> Iterator[tuple[int, int, _Place]]:
    """Yield the extent of each cluster of overlapping places with its longest member."""
    # The text last, so that the same place with two readings is told in the same way every time.
    ordered = sorted(places, key=lambda place: (place.start, -place.end, place.entry.type, place.entry.text))
    cluster: tuple[int, int, _Place] | None = None
    for place in ordered:
        if cluster is None or place.start >= cluster[1]:
            if cluster is not None:
                yield cluster
            cluster = (place.start, place.end, place)
            continue
        start, end, longest = cluster
        if place.end - place.start > longest.end - longest.start:
            longest = place
        cluster = (start, max(end, place.end), longest)
    if cluster is not None:
        yield cluster
