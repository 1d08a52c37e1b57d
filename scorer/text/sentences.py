"""Where one sentence of a text ends and the next begins, with character offsets. Pure.

The segmenter's offsets count bytes and it refuses lone surrogates, so it is used piece by piece on a text of the same
length in characters. Lines come first: a list item or a table row is a unit of its own.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import sentencex

SEGMENTED_CHARACTERS = 4_000
"""A longer line is cut at white space before it is segmented, so that one line cannot hold the segmenter up."""

_ITEM_CHARACTERS = 10
_TAIL_CHARACTERS = 7
"""Of the longest abbreviation with its full stop."""
_LINE = re.compile(r"[^\r\n]+")
_SURROGATE = re.compile("[\ud800-\udfff]")
# Abbreviations of Indian and English official prose that the segmenter's own list lacks or splits after.
_BOUNDARY = r"(?<![^\s(\[\"'\u201c])"
_TITLE = re.compile(
    rf"{_BOUNDARY}(?:Dr|Mr|Mrs|Ms|Prof|Shri|Sh|Smt|Km|Kum|Hon|Adv|Er|Capt|Col|Gen|Lt|Maj|Sgt|St|Rev|Gov|Govt"
    r"|Dept|Approx|approx|viz|Viz|cf|e\.g|i\.e|E\.g|I\.e|vs|Ltd|Pvt|Jr|Sr|[A-Z])\.$"
)
_ITEM_NUMBER = re.compile(r"\s*\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,5})[.)]\s*")
_BEFORE_NUMBER = re.compile(
    rf"{_BOUNDARY}(?:No|Nos|no|nos|Rs|rs|Sec|sec|Secs|secs|s|ss|S|Ss|Art|art|Arts|arts|Cl|cl|Para|para|Paras"
    r"|paras|r|R|p|pp|P|Pp|Vol|vol|Fig|fig|Tel|Ph|Reg|Ref|Ch|ch|Sch|Col|col|Re|Nr|ca|c)\.$"
)


class Span(NamedTuple):  # hundreds are made for one answer: a frozen dataclass takes three times as long
    """A piece of a text; `start` and `end` count its characters."""

    start: int
    end: int
    text: str


def split_sentences(text: str, language: str = "en") -> list[Span]:
    """Return sentences and lines in order, without surrounding white space; empty ones are left out.

    `language` is an ISO 639-1 code; an unknown one is segmented as English. Linear in the text.
    """
    return list(iterate_sentences(text, language))


def iterate_sentences(text: str, language: str = "en") -> Iterator[Span]:
    """Yield what `split_sentences` returns, as far as it is asked for."""
    clean = text if text.isascii() else _SURROGATE.sub("\ufffd", text)
    for line in _LINE.finditer(clean):
        for start, end in _bounded(clean, line.start(), line.end()):
            yield from _segment(text, clean, start, end, language)


def _bounded(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield pieces of a line, cut after a full stop where there is one, else at white space."""
    while end - start > SEGMENTED_CHARACTERS:
        half, whole = start + SEGMENTED_CHARACTERS // 2, start + SEGMENTED_CHARACTERS
        cut = max(text.rfind(stop, half, whole) for stop in (". ", "? ", "! ", "। "))
        if cut < 0:
            cut = text.rfind(" ", half, whole) - 1
        cut = whole if cut < 0 else cut + 2
        yield start, cut
        start = cut
    yield start, end


def _segment(text: str, clean: str, start: int, end: int, language: str) -> list[Span]:
    """Return the sentences of one line, abbreviations joined to what follows them."""
    bounds: list[tuple[int, int]] = []
    position = start
    for piece in sentencex.segment(language, clean[start:end]):
        at = clean.find(piece, position, end)
        bare = piece.strip()
        if at < 0 or not bare:
            continue
        position = at + len(piece)
        first = at if piece[0] == bare[0] else position - len(piece.lstrip())
        if bounds and (_goes_on(clean, *bounds[-1], bare) or (len(bounds) == 1 and _is_item_number(clean, *bounds[0]))):
            bounds[-1] = (bounds[-1][0], first + len(bare))
        else:
            bounds.append((first, first + len(bare)))
    return [Span(first, last, text[first:last]) for first, last in bounds]


def _is_item_number(text: str, start: int, end: int) -> bool:
    return end - start < _ITEM_CHARACTERS and _ITEM_NUMBER.fullmatch(text, start, end) is not None


def _goes_on(text: str, start: int, end: int, following: str) -> bool:
    """Say whether the full stop that ends `text[start:end]` is that of an abbreviation."""
    if text[end - 1] != ".":
        return False
    start = max(start, end - _TAIL_CHARACTERS)
    if _TITLE.search(text, start, end):
        return True
    return following.lstrip("( ")[:1].isdigit() and _BEFORE_NUMBER.search(text, start, end) is not None
