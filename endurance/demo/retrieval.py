"""Full-text search over a handful of passages: Okapi BM25, in memory. Pure.

Made for the example chatbot: a linear scan over a few dozen passages, no index worth the name.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from endurance.demo.documents import Passage

# Robertson and Zaragoza (2009), "The Probabilistic Relevance Framework: BM25 and Beyond", section 3.2: usual values.
_K1 = 1.2
_B = 0.75

# A section number such as 8(1)(j) is one term; "2025-26" and "RW/2025/014" are too.
_TERM = re.compile(r"\w+(?:\(\w+\))+|\w+(?:[-/.]\w+)*")
_UNHELPFUL_WORDS = """
a an and any are as at be been by can could did do does for from get give has have he her his how i if in is it its may
me must my of on or our please shall she should so tell than that the their them there they this to under us was we were
what when where which who whom whose why will with would you your about much many long take say mean explain act rti
"""
_UNHELPFUL = frozenset(_UNHELPFUL_WORDS.split())
_ENDINGS = ("ing", "ied", "ed", "es", "s")


def terms(text: str) -> list[str]:
    """Return the search terms of a text: case folded, without words that occur everywhere, stripped of endings."""
    words = (match.group() for match in _TERM.finditer(text.casefold()))
    return [_stem(word) for word in words if word not in _UNHELPFUL]


def _stem(word: str) -> str:
    if not word.isalpha():
        return word
    for ending in _ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word.removesuffix(ending)
            break
    # "file", "filed" and "files" end alike: the bare stem has no final e.
    return word[:-1] if word.endswith("e") and len(word) > 3 else word


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that shares terms with the question."""

    passage: Passage
    score: float
    """BM25; above 0, comparable only between hits of one question."""
    coverage_ratio: float
    """Share of the question's terms, weighed by their rarity, that the passage holds; 0 to 1."""


class Library:
    """Passages that can be searched."""

    def __init__(self, passages: Sequence[Passage]) -> None:
        self._passages = tuple(passages)
        self._counts = [Counter(terms(f"{p.title} {p.heading} {p.content}")) for p in self._passages]
        self._lengths = [sum(counts.values()) for counts in self._counts]
        self._mean_length = sum(self._lengths) / max(len(self._lengths), 1)
        self._holders = Counter(term for counts in self._counts for term in counts)

    def rarity(self, term: str) -> float:
        """Return the inverse document frequency of a term: above 0, largest for a term that occurs nowhere."""
        holders = self._holders[term]
        return math.log(1 + (len(self._passages) - holders + 0.5) / (holders + 0.5))

    def search(self, question: str, limit: int) -> list[Hit]:
        """Return at most `limit` hits, best first; passages without a common term are left out."""
        wanted = set(terms(question))
        whole = sum(map(self.rarity, wanted))
        hits = []
        for passage, counts, length in zip(self._passages, self._counts, self._lengths, strict=True):
            shared = wanted & counts.keys()
            if shared:
                score = sum(self._weight(term, counts[term], length) for term in sorted(shared))
                hits.append(Hit(passage, score, sum(map(self.rarity, shared)) / whole))
        return sorted(hits, key=lambda hit: -hit.score)[:limit]

    def _weight(self, term: str, count: int, length: int) -> float:
        return self.rarity(term) * count * (_K1 + 1) / (count + _K1 * (1 - _B + _B * length / self._mean_length))

    def overlap(self, question_terms: Iterable[str], text: str) -> float:
        """Return the summed rarity of the question's terms that a text holds; 0 when it shares none."""
        held = set(terms(text))
        return sum(self.rarity(term) for term in sorted(set(question_terms) & held))
