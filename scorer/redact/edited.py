"""A text with replacements, and where each of its places went. Pure.

Replacements are made in rounds, since a first one may uncover a second. A place before a replacement stays, one after
it moves by the difference in length; a place inside moves to the replacement's border, so that a span which cuts an
identifier covers all of what stands for it. A replacement of the same length moves nothing.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate


@dataclass(frozen=True, slots=True)
class Edit:
    """Characters `start` to `end` of a text, and what replaces them."""

    start: int
    end: int
    text: str


@dataclass(frozen=True)
class _Round:
    """Edits of one text in order, none overlapping."""

    edits: tuple[Edit, ...]

    @cached_property
    def _ends(self) -> list[int]:
        return [edit.end for edit in self.edits]

    @cached_property
    def _shifts(self) -> list[int]:
        """How far a place moves after the first n edits, for n from 0."""
        return list(accumulate((len(edit.text) - (edit.end - edit.start) for edit in self.edits), initial=0))

    def moved(self, position: int, *, is_end: bool) -> int:
        """Return the place in the text after this round."""
        index = bisect_right(self._ends, position)
        shifted = position + self._shifts[index]
        if index == len(self.edits) or self.edits[index].start >= position:
            return shifted
        edit = self.edits[index]
        if len(edit.text) == edit.end - edit.start:
            return shifted
        start = edit.start + self._shifts[index]
        return start + len(edit.text) if is_end else start


@dataclass(frozen=True, slots=True)
class Edited:
    """A text as it is now, with the rounds that led here."""

    text: str
    _rounds: tuple[_Round, ...] = ()

    @property
    def is_changed(self) -> bool:
        """True when anything was replaced."""
        return bool(self._rounds)

    def with_edits(self, edits: Sequence[Edit]) -> "Edited":
        """Return the text after these edits: places of the present text, in order, none overlapping."""
        parts: list[str] = []
        position = 0
        for edit in edits:
            parts += (self.text[position : edit.start], edit.text)
            position = edit.end
        parts.append(self.text[position:])
        return Edited("".join(parts), (*self._rounds, _Round(tuple(edits))))

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return where a span of the first text stands now; an empty one stays empty."""
        for round_ in self._rounds:
            if start == end:
                start = end = round_.moved(start, is_end=False)
                continue
            start, end = round_.moved(start, is_end=False), round_.moved(end, is_end=True)
        return start, end
