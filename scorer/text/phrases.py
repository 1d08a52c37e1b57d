"""Finds many fixed phrases in a text in one walk over its words. Pure; time linear in the words.

A phrase is words apart by spaces, in lower case; a word that ends in `*` matches every word that begins so (three
letters at least). Regular expressions with hundreds of branches cost ten times as much.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scorer.text.reading import Reading, Span

_HEAD_LETTERS = 3


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    is_prefix: bool

    def matches(self, word: str) -> bool:
        return word.startswith(self.text) if self.is_prefix else word == self.text


class Phrases:
    """A set of phrases, indexed by how their first word begins."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._by_head: dict[str, list[tuple[_Word, ...]]] = {}
        for phrase in phrases:
            words = tuple(_Word(word.removesuffix("*"), word.endswith("*")) for word in phrase.casefold().split())
            if not words or any(word.is_prefix and len(word.text) < _HEAD_LETTERS for word in words):
                raise ValueError(f"a phrase has words, and a prefix at least {_HEAD_LETTERS} letters: {phrase!r}")
            self._by_head.setdefault(words[0].text[:_HEAD_LETTERS], []).append(words)

    def find(self, reading: Reading) -> list[Span]:
        """Return where phrases stand, in order; the longest at each place, none overlapping."""
        return list(self._walk(reading))

    def first(self, reading: Reading) -> Span | None:
        """Return the first phrase, or None."""
        return next(self._walk(reading), None)

    def is_in(self, reading: Reading) -> bool:
        """Say whether any phrase stands in the text."""
        return self.first(reading) is not None

    def _walk(self, reading: Reading) -> Iterator[Span]:
        words, folded, position = reading.words, reading.folded, 0
        while position < len(folded):
            length = self._match(folded, position)
            if length:
                start, end = words[position].start, words[position + length - 1].end
                yield Span(start, end, reading.text[start:end])
            position += length or 1

    def _match(self, folded: Sequence[str], position: int) -> int:
        """Return how many words the longest phrase at this place has; 0 when there is none."""
        best = 0
        for phrase in self._by_head.get(folded[position][:_HEAD_LETTERS], ()):
            end = position + len(phrase)
            if len(phrase) > best and end <= len(folded):
                if all(word.matches(folded[position + i]) for i, word in enumerate(phrase)):
                    best = len(phrase)
        return best
