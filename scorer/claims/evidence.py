"""Which passages of the documents decide a claim. Pure, bounded.

Documents are cut to sentences once per exchange and kept in an inverted index of stems, so that a claim meets
thousands of sentences in milliseconds. A table row is matched together with its header.
"""

import heapq
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, NamedTuple

from scorer.claims.facts import Facts
from scorer.model import Document, Evidence
from scorer.text.rarity import rarity
from scorer.text.sentences import Span, iterate_sentences
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
FACT_PASSAGES: Final = 50
"""Passages whose facts are compared when the words cannot be."""
HOLDING_LIMIT: Final = 100
"""Passages looked at for a fact that the best ones lack."""
TIME_CHECK_SPANS: Final = 64
"""Sentences and lines between two looks at the clock, about 2 ms."""
PASSAGE_CHARACTERS: Final = 600
"""Longest passage."""


# One of its kind; not frozen, since thousands are made and that takes three times as long.
@dataclass(eq=False, slots=True)
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
    _pairs: frozenset[tuple[str, str]] | None = None
    _facts: Facts | None = None

    @property
    def pairs(self) -> frozenset[tuple[str, str]]:
        """Neighbouring stems, in order."""
        if self._pairs is None:
            self._pairs = frozenset(pairwise(self.sequence))
        return self._pairs

    @property
    def facts(self) -> Facts:
        """The exact facts of the passage."""
        if self._facts is None:
            self._facts = Facts(self.text)
        return self._facts


class Match(NamedTuple):
    """A claim's best passages."""

    numbers: tuple[int, ...]
    """Their places in the index, best first; at most `CANDIDATES`."""
    passages: tuple[Passage, ...]
    """The same as passages."""
    near: tuple[Passage, ...]
    """Those that surely speak of the claim, so that a difference is a contradiction."""


class Coverage(NamedTuple):
    """Weighed shares of a claim's stems, 0 to 1."""

    best: float
    """In the best passage."""
    together: float
    """In the best passages together: a claim may draw on several, not on words scattered over everything."""


@dataclass(frozen=True)
class DocumentIndex:
    """The documents of one exchange, ready to be asked."""

    documents: Sequence[Document]
    passages: Sequence[Passage]
    postings: dict[str, list[int]] = field(repr=False)
    is_whole: bool
    """False when some text lay beyond `READ_CHARACTERS` or a document came without text."""

    is_comparable: bool = True
    """False when the words of the documents are in another language than the claims'."""

    def match(self, stems: Sequence[str], context: Sequence[str] = ()) -> Match:
        """Return the passages that hold most of the claim's stems.

        `context` (the question of a short answer, a table's header) helps to find them and is not itself claimed.
        """
        weights = {stem: CONTEXT_SHARE * rarity(stem) for stem in context}
        weights |= {stem: rarity(stem) for stem in stems}
        numbers = self._candidates(weights)
        passages = tuple(self.passages[number] for number in numbers)
        if not self.is_comparable:
            return Match(numbers, passages, tuple(self.passages[:FACT_PASSAGES]))
        topic = {stem: weight for stem, weight in weights.items() if not stem[0].isdigit()}
        is_near = bool(numbers) and share_held(topic, self._stems(numbers[0])) >= NEAR_COVERAGE
        return Match(numbers, passages, passages[:2] if is_near else ())

    def cover(self, stems: Sequence[str], match: Match, borne_out: frozenset[str]) -> Coverage:
        """Return how far the passages hold the stems; `borne_out` are held in another spelling."""
        weights = {stem: rarity(stem) for stem in stems}
        best = self._stems(match.numbers[0]) | borne_out if match.numbers else borne_out
        together = borne_out.union(*(self._stems(number) for number in match.numbers))
        return Coverage(share_held(weights, best), share_held(weights, together))

    def _candidates(self, weights: dict[str, float]) -> tuple[int, ...]:
        count = len(self.passages)
        scores = [0.0] * count
        limit = count * COMMON_SHARE if count > COMMON_FROM else count
        for stem, weight in weights.items():
            posting = self.postings.get(stem, ())
            if len(posting) <= limit:
                for number in posting:
                    scores[number] += weight
        ranked = sorted(scores, reverse=True) if count <= COMMON_FROM else heapq.nlargest(CANDIDATES, scores)
        least = ranked[min(CANDIDATES, count) - 1] if count else 0.0
        best = [number for number, score in enumerate(scores) if score >= least and score]
        # Of two passages with the same stems the shorter says it more directly, then the earlier.
        best.sort(key=lambda number: (-scores[number], len(self.passages[number].stems), number))
        return tuple(best[:CANDIDATES])

    def holding(self, stems: Iterable[str]) -> Iterator[Passage]:
        """Yield passages that hold one of the stems, in order, at most `HOLDING_LIMIT`."""
        numbers = sorted({number for stem in stems for number in self.postings.get(stem, ())[:HOLDING_LIMIT]})
        return (self.passages[number] for number in numbers[:HOLDING_LIMIT])

    def _stems(self, number: int) -> frozenset[str]:
        passage = self.passages[number]
        return passage.stems | passage.header if passage.header else passage.stems

    def evidence(self, passage: Passage) -> Evidence:
        """Return the passage as it is stored with a claim."""
        return Evidence(
            field="documents",
            document_id=self.documents[passage.document].id,
            start=passage.start,
            end=passage.end,
            text=passage.text,
        )


def share_held(weights: dict[str, float], stems: frozenset[str]) -> float:
    """Return the weighed share of `weights` that `stems` hold, 0 to 1; 0 when nothing is weighed."""
    total = sum(weights.values())
    # A list, since a generator takes a quarter longer, and this is asked three times for each claim.
    return sum([weight for stem, weight in weights.items() if stem in stems]) / total if total else 0.0


def index_documents(
    documents: Sequence[Document],
    language: str = "en",
    is_time_over: Callable[[], bool] = lambda: False,
    *,
    is_comparable: bool = True,
) -> DocumentIndex:
    """Cut the documents to passages and index them; linear in their text, at most `READ_CHARACTERS` of it.

    Reading ends early when `is_time_over` says so; the index then knows that it is not whole.
    """
    passages: list[Passage] = []
    postings: defaultdict[str, list[int]] = defaultdict(list)
    left = READ_CHARACTERS
    is_whole = True
    read = 0
    for number, document in enumerate(documents):
        content = document.content or ""
        is_whole = is_whole and bool(content.strip()) and len(content) <= left
        for passage in _passages(number, content[:left], language):
            if not read % TIME_CHECK_SPANS and is_time_over():
                return DocumentIndex(documents, passages, dict(postings), False, is_comparable)
            read += 1
            if not passage.sequence:
                continue
            place = len(passages)
            for stem in passage.stems:
                postings[stem].append(place)
            passages.append(passage)
        left -= min(left, len(content))
    return DocumentIndex(documents, passages, dict(postings), is_whole, is_comparable)


def _pieces(span: Span) -> Iterator[Span]:
    """Cut a run without full stops at white space, since a long one holds any words by chance."""
    start = 0
    while len(span.text) - start > PASSAGE_CHARACTERS:
        cut = span.text.rfind(" ", start + 1, start + PASSAGE_CHARACTERS)
        cut = start + PASSAGE_CHARACTERS if cut < 0 else cut
        yield Span(span.start + start, span.start + cut, span.text[start:cut])
        start = cut
    yield span if start == 0 else Span(span.start + start, span.end, span.text[start:])


def _passages(number: int, content: str, language: str) -> Iterator[Passage]:
    """Yield the passages in order; one without a word is yielded too, since reading it takes its time."""
    header: frozenset[str] = frozenset()
    is_table = False
    for span in iterate_sentences(content, language):
        for piece in (span,) if len(span.text) <= PASSAGE_CHARACTERS else _pieces(span):
            text = piece.text
            sequence = tuple(content_stems(text))
            stems = frozenset(sequence)
            is_row = text.count("|") >= 2 or text.count("\t") >= 2
            if is_row and not is_table:
                header = stems
            is_table = is_row
            yield Passage(number, piece.start, piece.end, text, sequence, stems, header if is_row else frozenset())
