"""A text as the stems of its words, for matching. Pure.

Marks of the Indic scripts belong to their words: Python's `\\w` leaves vowel signs out and would cut Hindi to pieces.
"""

import re
from functools import lru_cache
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


def content_stems(text: str) -> list[str]:
    """Return the stems of a text's content words in order; stop words are left out, numbers are in digits."""
    lower = text.lower()
    tokens = (_ASCII_TOKEN if lower.isascii() else _TOKEN).findall(lower)
    return [stemmed for stemmed in map(normalise, tokens) if stemmed]


def has_content(text: str) -> bool:
    """Say whether `content_stems` would return anything; reads no further than the first content word."""
    return any(normalise(match.group()) for match in _TOKEN.finditer(text.lower()))
