"""Which passages of the documents decide a claim. Pure, bounded.

Documents are cut to sentences once per exchange and kept in an inverted index of stems, so that a claim meets
thousands of sentences in milliseconds. A table row is matched together with its header.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise
from typing import Final

from scorer.claims.facts import Facts
from scorer.model import Document, Evidence
from scorer.text.rarity import rarity
from scorer.text.sentences import split_sentences
from scorer.text.tokens import content_stems

READ_CHARACTERS: Final = 2_000_000
"""Characters of documents that are read for one answer; what lies beyond is said to be unread, never absent."""
CANDIDATES: Final = 4
"""Best sentences that are looked at closely for one claim."""
NEAR_COVERAGE: Final = 0.5
"""A passage that holds less of the claim than this may speak of something else: it contradicts nothing."""
CONTEXT_SHARE: Final = 0.5
"""Weight of a context word beside one of the claim's own."""
COMMON_SHARE: Final = 0.2
COMMON_FROM: Final = 400
"""With more sentences than this, a stem in more than `COMMON_SHARE` of them picks no candidates."""
HOLDING_LIMIT: Final = 100
"""Passages looked at for a fact that the best ones lack."""
TIME_CHECK_PASSAGES: Final = 256
"""Passages between two looks at the clock."""
PASSAGE_CHARACTERS: Final = 1000
"""Longest passage shown as evidence."""


@dataclass(frozen=True)
class Passage:
    """A sentence or table row of a document; offsets count the document's characters."""

    document: int
    """Place of the document in the given sequence."""
    start: int
    end: int
    text: str
    sequence: tuple[str, ...]
    """Its stems in order."""
    stems: frozenset[str]
    header: frozenset[str] = frozenset()
    """Stems of the table's header row."""

    @cached_property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """Neighbouring stems, in order."""
        return frozenset(pairwise(self.sequence))

    @cached_property
    def facts(self) -> Facts:
        """The exact facts of the passage."""
        return Facts(self.text)


@dataclass(frozen=True, slots=True)
class Match:
    """A claim's best passages."""

    passages: tuple[Passage, ...]
    """Best first; at most `CANDIDATES`."""
    coverage: float
    """Weighted share of the claim's stems in the best passage, 0 to 1."""
    window_coverage: float
    """The same in the best passage with the sentences beside it."""
    union_coverage: float
    """The same in all best passages together."""
    document_coverage: float
    """The same anywhere in the documents."""

    def near(self) -> tuple[Passage, ...]:
        """Return the passages that surely speak of the claim, so that a difference is a contradiction."""
        return self.passages[:2] if self.coverage >= NEAR_COVERAGE else ()


@dataclass(frozen=True)
class DocumentIndex:
    """The documents of one exchange, ready to be asked."""

    documents: Sequence[Document]
    passages: Sequence[Passage]
    postings: dict[str, list[int]] = field(repr=False)
    is_whole: bool
    """False when some text lay beyond `READ_CHARACTERS` or a document came without text."""

    def weight(self, stem: str) -> float:
        """Return what a stem counts: its rarity."""
        return rarity(stem)

    def match(self, stems: Iterable[str], context: Iterable[str] = ()) -> Match:
        """Return the passages that hold most of the claim's stems.

        `context` (the question of a short answer, a table's header) helps to find them and is not itself claimed.
        """
        weights = {stem: self.weight(stem) for stem in stems}
        total = sum(weights.values())
        if not total:
            return Match((), 0.0, 0.0, 0.0, 0.0)
        asked = {stem: CONTEXT_SHARE * self.weight(stem) for stem in context}
        best = self._candidates(asked | weights)
        passages = tuple(self.passages[number] for number in best)
        found = [self._stems(number) for number in best]
        held = sum(weight for stem, weight in weights.items() if stem in self.postings)
        return Match(
            passages=passages,
            coverage=_share(weights, found[0], total) if found else 0.0,
            window_coverage=max((_share(weights, self._window(number), total) for number in best[:2]), default=0.0),
            union_coverage=_share(weights, frozenset().union(*found), total),
            document_coverage=held / total,
        )

    def _candidates(self, weights: dict[str, float]) -> list[int]:
        scores: defaultdict[int, float] = defaultdict(float)
        limit = len(self.passages) * COMMON_SHARE if len(self.passages) > COMMON_FROM else len(self.passages)
        for stem, weight in weights.items():
            posting = self.postings.get(stem, ())
            if len(posting) <= limit:
                for number in posting:
                    scores[number] += weight
        if not scores:
            return []
        least = heapq.nlargest(CANDIDATES, scores.values())[-1]
        best = [number for number, score in scores.items() if score >= least]
        # Of two passages with the same stems the shorter says it more directly, then the earlier.
        best.sort(key=lambda number: (-scores[number], len(self.passages[number].stems), number))
        return best[:CANDIDATES]

    def holding(self, stems: Iterable[str]) -> Iterator[Passage]:
        """Yield passages that hold one of the stems, in order, at most `HOLDING_LIMIT`."""
        numbers = sorted({number for stem in stems for number in self.postings.get(stem, ())[:HOLDING_LIMIT]})
        return (self.passages[number] for number in numbers[:HOLDING_LIMIT])

    def _stems(self, number: int) -> frozenset[str]:
        passage = self.passages[number]
        return passage.stems | passage.header if passage.header else passage.stems

    def _window(self, number: int) -> frozenset[str]:
        here = self.passages[number]
        beside = (n for n in (number - 1, number + 1) if 0 <= n < len(self.passages))
        return self._stems(number).union(*(self._stems(n) for n in beside if self.passages[n].document == here.document))

    def evidence(self, passage: Passage) -> Evidence:
        """Return the passage as it is stored with a claim, cut at `PASSAGE_CHARACTERS`."""
        end = min(passage.end, passage.start + PASSAGE_CHARACTERS)
        return Evidence(
            field="documents",
            document_id=self.documents[passage.document].id,
            start=passage.start,
            end=end,
            text=passage.text[: end - passage.start],
        )


def _share(weights: dict[str, float], stems: frozenset[str], total: float) -> float:
    return sum(weight for stem, weight in weights.items() if stem in stems) / total


def index_documents(
    documents: Sequence[Document], language: str = "en", is_time_over: Callable[[], bool] = lambda: False
) -> DocumentIndex:
    """Cut the documents to passages and index them; linear in their text, at most `READ_CHARACTERS` of it.

    Reading ends early when `is_time_over` says so; the index then knows that it is not whole.
    """
    passages: list[Passage] = []
    postings: defaultdict[str, list[int]] = defaultdict(list)
    left = READ_CHARACTERS
    is_whole = True
    for number, document in enumerate(documents):
        content = document.content or ""
        is_whole = is_whole and bool(content.strip()) and len(content) <= left
        for passage in _passages(number, content[:left], language):
            if not len(passages) % TIME_CHECK_PASSAGES and is_time_over():
                return DocumentIndex(documents, passages, dict(postings), is_whole=False)
            for stem in passage.stems:
                postings[stem].append(len(passages))
            passages.append(passage)
        left -= min(left, len(content))
    return DocumentIndex(documents, passages, dict(postings), is_whole)


def _passages(number: int, content: str, language: str) -> Iterator[Passage]:
    header: frozenset[str] = frozenset()
    is_table = False
    for span in split_sentences(content, language):
        sequence = tuple(content_stems(span.text))
        stems = frozenset(sequence)
        is_row = span.text.count("|") >= 2 or span.text.count("\t") >= 2
        if is_row and not is_table:
            header = stems
        is_table = is_row
        if stems:
            yield Passage(
                number, span.start, span.end, span.text, sequence, stems, header if is_row else frozenset()
            )
