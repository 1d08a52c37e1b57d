"""A text as the stems of its words, for matching. Pure.

Marks of the Indic scripts belong to their words: Python's `\\w` leaves vowel signs out and would cut Hindi to pieces.
"""

import re
from functools import lru_cache
from itertools import chain
from typing import Final

from scorer.text.stems import stem
from scorer.text.stopwords import STOP_WORDS

# Combining marks of Latin, Indic (the danda, U+0964 and U+0965, ends sentences and is left out), Thai, Lao, Myanmar;
# zero-width joiners shape Indic words.
_LETTER: Final = r"\w\u0300-\u036f\u0900-\u0963\u0966-\u0dff\u0e00-\u0eff\u1000-\u109f\u200c\u200d"
WORD: Final = re.compile(rf"[{_LETTER}]+(?:['\u2019][{_LETTER}]+)*")
"""A word or number as written."""
_TOKEN: Final = re.compile(rf"\d+(?:[.,]\d+)+|[{_LETTER}]+(?:['\u2019][{_LETTER}]+)*")
# The same for plain text in lower case, where a small class matches twice as fast.
_ASCII_TOKEN: Final = re.compile(r"\d+(?:[.,]\d+)+|[a-z0-9_]+(?:'[a-z0-9_]+)*", re.ASCII)
_POSSESSIVE: Final = re.compile(r"['\u2019](?:s|re|ve|ll|d|m)?$")

NUMBER_WORDS: Final = {
    word: str(number)
    for number, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "  # noqa: SIM905 - words read best as words
        "seventeen eighteen nineteen twenty".split()
    )
} | {"thirty": "30", "forty": "40", "fifty": "50", "sixty": "60", "seventy": "70", "eighty": "80", "ninety": "90"}
ORDINAL_WORDS: Final = {
    word: str(number)
    for number, word in enumerate(
        "zeroth first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth".split()  # noqa: SIM905 - words read best as words
    )
}
_ORDINAL: Final = re.compile(r"(\d+)(?:st|nd|rd|th)$")


def lowered(text: str) -> str:
    """Return the text in lower case, character by character, so that places in it are places in the text."""
    lower = text.lower()
    if len(lower) == len(text):
        return lower
    return "".join(one if len(one.lower()) > 1 else one.lower() for one in text)


@lru_cache(maxsize=65_536)
def normalise(token: str) -> str:
    """Return what a token in lower case is matched by: its stem, or a number in plain digits; "" for a stop word."""
    if token in STOP_WORDS:
        return ""
    if token[0].isdigit():
        ordinal = _ORDINAL.match(token)
        return ordinal.group(1) if ordinal else token.replace(",", "").rstrip(".")
    number = NUMBER_WORDS.get(token) or ORDINAL_WORDS.get(token)
    if number is not None:
        return number
    if token.endswith(("n't", "n\u2019t")) or token == "cannot":  # noqa: S105 - a word of the text
        return "not"
    bare = _POSSESSIVE.sub("", token)
    return "" if bare in STOP_WORDS else stem(bare)


PIECE_CHARACTERS: Final = 32
"""Longest run without white space whose stems are kept: real words recur, what is longer hardly does."""
PIECE_LIMIT: Final = 16_384
"""Runs whose stems are kept; with one more all are forgotten, and the common ones are soon back."""
SENTENCE_CHARACTERS: Final = 600
"""A text no longer than this is a sentence, whose few long runs need not be looked for."""


def content_stems(text: str) -> list[str]:
    """Return the stems of a text's content words in order; stop words are left out, numbers are in digits."""
    # No token holds white space, so a run between two spaces always has the same stems, and most runs recur.
    pieces = text.lower().split()
    is_kept = len(text) <= SENTENCE_CHARACTERS or max(map(len, pieces), default=0) <= PIECE_CHARACTERS
    return list(chain.from_iterable(map(_KEPT.__getitem__ if is_kept else _read_stems, pieces)))


def _read_stems(piece: str) -> tuple[str, ...]:
    tokens = (_ASCII_TOKEN if piece.isascii() else _TOKEN).findall(piece)
    return tuple(filter(None, map(normalise, tokens)))


class _KeptStems(dict[str, tuple[str, ...]]):
    """Stems by run; a plain dict asks a third less of the time than `lru_cache`, and this is the innermost loop."""

    def __missing__(self, piece: str) -> tuple[str, ...]:
        if len(self) >= PIECE_LIMIT:
            self.clear()
        stems = self[piece] = _read_stems(piece)
        return stems


_KEPT: Final = _KeptStems()


def has_content(text: str) -> bool:
    """Say whether `content_stems` would return anything; reads no further than the first content word."""
    pieces = text.lower().split()
    return any(_KEPT[piece] if len(piece) <= PIECE_CHARACTERS else _read_stems(piece) for piece in pieces)
