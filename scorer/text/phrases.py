"""Finds many fixed phrases in a text in one walk over its words. Pure; time linear in the words.

A phrase is words apart by spaces, in lower case; a word that ends in `*` matches every word that begins so (three
letters at least). Regular expressions with hundreds of branches cost ten times as much.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from scorer.text.reading import Reading, Span

_HEAD_LETTERS = 3
"""As many as in `Reading.heads`."""


@dataclass(frozen=True, slots=True)
class _Word:
    text: str
    is_prefix: bool

    def matches(self, word: str) -> bool:
        return word.startswith(self.text) if self.is_prefix else word == self.text


_Index = dict[str, list[tuple[_Word, ...]]]


class Phrases:
    """A set of phrases, indexed by their first word, or by its first letters where it is a prefix."""

    def __init__(self, phrases: Iterable[str]) -> None:
        self._by_word: _Index = {}
        self._by_head: _Index = {}
        for phrase in phrases:
            parts = phrase.casefold().replace("-", " ").split()
            words = tuple(_Word(part.removesuffix("*"), part.endswith("*")) for part in parts)
            if not words or any(word.is_prefix and len(word.text) < _HEAD_LETTERS for word in words):
                raise ValueError(f"a phrase has words, and a prefix at least {_HEAD_LETTERS} letters: {phrase!r}")
            first = words[0]
            if first.is_prefix:
                self._by_head.setdefault(first.text[:_HEAD_LETTERS], []).append(words)
            else:
                self._by_word.setdefault(first.text, []).append(words)

    def __or__(self, other: "Phrases") -> "Phrases":
        """Return one set of both: a walk over it costs as much as over one of them."""
        both = Phrases(())
        for own in (self, other):
            for index, joined in ((own._by_word, both._by_word), (own._by_head, both._by_head)):
                for key, phrases in index.items():
                    joined.setdefault(key, []).extend(phrases)
        return both

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
        folded, free = reading.folded, 0
        for position in self._candidates(reading):
            length = self._match(folded, position) if position >= free else 0
            if length:
                free = position + length
                start, end = reading.bounds[position][0], reading.bounds[free - 1][1]
                yield Span(start, end, reading.text[start:end])

    def _candidates(self, reading: Reading) -> list[int]:
        """Return the indices of words that a phrase may begin with, in order."""
        first_words = self._by_word.keys() & reading.places.keys()
        for head in self._by_head.keys() & reading.heads.keys():
            first_words.update(reading.heads[head])
        return sorted(index for word in first_words for index in reading.places[word])

    def _match(self, folded: Sequence[str], position: int) -> int:
        """Return how many words the longest phrase at this place has; 0 when there is none."""
        word, best = folded[position], 0
        for candidates in (self._by_word.get(word), self._by_head.get(word[:_HEAD_LETTERS])):
            for phrase in candidates or ():
                is_longer = best < len(phrase) <= len(folded) - position
                if is_longer and all(part.matches(folded[position + i]) for i, part in enumerate(phrase)):
                    best = len(phrase)
        return best
