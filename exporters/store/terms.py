"""The words a session is found by: what a word is, and which words a session has. Pure, the same for every store.

A word is a run of letters, digits, marks and `_`, compatibility-composed and case-folded, so that `STRASSE` finds
`straße` and a Devanagari word keeps its vowel signs. A script that writes no spaces is one word from mark to mark.
"""

import hashlib
import re
import unicodedata
from functools import lru_cache
from itertools import islice

from scorer.model import Evaluation

TERM_LIMIT = 10_000
"""Distinct words of one session that are indexed: a whole book has about as many; a longer tail is not found by."""
INDEXED_CHARACTERS = 1_000_000
"""Characters of one text that are read for words; bounds the time that one huge answer takes."""
TERM_CHARACTERS = 64
"""A longer word (a key, a base64 run) is indexed by its beginning and a hash of all of it."""
QUERY_TERM_LIMIT = 50
"""Distinct words of one search; more are ignored, and every one more could only make the answer smaller."""

_ASCII_FOLD = bytes(
    ord(chr(code).lower()) if chr(code).isalnum() or chr(code) == "_" else 32 for code in range(128)
).ljust(256, b" ")
"""What stands for each byte of an ASCII text: its lower case in words, a blank between them."""
_JOINERS = "\u200c\u200d"  # zero-width (non-)joiner: inside words of Indic and Persian script, and no part of them
_MARK_RANGES = (range(0x300, 0x20000), range(0xE0100, 0xE01F0))  # where Unicode keeps combining marks


@lru_cache(maxsize=1)
def _word_pattern() -> re.Pattern[str]:
    # Python's \w leaves out combining marks (Mn, Mc), which cuts Indic words apart; the class is built once, 20 ms.
    marks = "".join(chr(code) for span in _MARK_RANGES for code in span if unicodedata.category(chr(code))[0] == "M")
    return re.compile(rf"\w[\w{re.escape(marks)}{_JOINERS}]*")


def words_of(text: str) -> tuple[str, ...]:
    """Return the distinct words in order of appearance, at most `TERM_LIMIT`."""
    return _distinct([text])


def terms_of(evaluation: Evaluation) -> tuple[str, ...]:
    """Return the distinct words of session id, query and response, in that order; at most `TERM_LIMIT`."""
    return _distinct([evaluation.session_id, evaluation.query, evaluation.response])


def query_terms(q: str) -> tuple[str, ...]:
    """Return the words that a session must have to be found; empty when the search holds no word."""
    return words_of(q)[:QUERY_TERM_LIMIT]


def _distinct(texts: list[str]) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for text in texts:
        read = text[:INDEXED_CHARACTERS]
        words = _words_in(read)
        found |= dict.fromkeys(map(_short, words) if _has_odd(read, words) else words)
    return tuple(islice(found, TERM_LIMIT))


def _words_in(text: str) -> list[str]:
    if text.isascii():  # the same words, found five times as fast
        return text.encode().translate(_ASCII_FOLD).decode().split()
    # Case folding can undo the composition, so it is composed once more (Unicode, section 3.13).
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())
    return _word_pattern().findall(folded)


def _has_odd(text: str, words: list[str]) -> bool:
    # A joiner is no ASCII; asked of the text once, not of each word.
    has_joiner = not text.isascii() and any(joiner in text for joiner in _JOINERS)
    return has_joiner or max(map(len, words), default=0) > TERM_CHARACTERS


def _short(word: str) -> str:
    for joiner in _JOINERS:
        word = word.replace(joiner, "")
    if len(word) <= TERM_CHARACTERS:
        return word
    return word[:40] + hashlib.blake2b(word.encode(), digest_size=12).hexdigest()
