"""Numbers of a text as candidates: every run of neighbouring groups of digits that may be one identifier. Pure.

People write numbers in groups and beside one another (`section 8(1) 98765 43210 of 2025`): a greedy pattern takes the
neighbour along and misses both. So each run of up to `GROUPS_LIMIT` groups is offered, and whoever asks checks it.
"""

import re
import sys
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

GROUPS_LIMIT = 8
"""France writes its fifteen digits in seven."""
DIGITS_LIMIT = 19

_GROUP = re.compile(r"[0-9]+")
_JOINTS = frozenset({" ", "-", "/", ".", "+", "\u00a0", "\u2011", "\u2013"})
_FULL_WIDTH = {0xFF01 + offset: 0x21 + offset for offset in range(94)}


@dataclass(frozen=True, slots=True)
class Candidate:
    """Groups of digits with one character between two of them."""

    start: int
    end: int
    digits: str


def candidates(text: str, minimum_digits: int = 1) -> Iterator[Candidate]:
    """Yield every run of groups that no letter and no decimal touches; at most `GROUPS_LIMIT` for one group."""
    groups = [match.span() for match in _GROUP.finditer(text)]
    for first, (start, _) in enumerate(groups):
        if not _may_start(text, start):
            continue
        digits, joint = "", ""
        for last in range(first, min(first + GROUPS_LIMIT, len(groups))):
            if last > first and not _joined(text, groups[last - 1][1], groups[last][0], joint):
                break
            joint = text[groups[last][0] - 1] if last > first else ""
            begin, end = groups[last]
            if len(digits) + end - begin > DIGITS_LIMIT:
                break
            digits += text[begin:end]
            if len(digits) >= minimum_digits and _may_end(text, end):
                yield Candidate(start, end, digits)


def _joined(text: str, end: int, start: int, joint: str) -> bool:
    """Say whether the next group belongs to the same number: one sign between, the same all along but for spaces."""
    if start - end != 1 or text[end] not in _JOINTS:
        return False
    return not joint or text[end] == joint or " " in (text[end], joint)


def _may_start(text: str, start: int) -> bool:
    before, two_before = text[start - 1 : start], text[max(0, start - 2) : max(0, start - 1)]
    if before.isalnum() or before == "_":
        return False
    # A group behind a sign that joins it to a word or a number is not the beginning of one.
    return not (before in ("-", "/", ".", ",") and two_before.isalnum())


def _may_end(text: str, end: int) -> bool:
    after, two_after = text[end : end + 1], text[end + 1 : end + 2]
    if after.isalnum() or after == "_":
        return False
    return not (after in (".", ",") and two_after.isdigit())


def plain(text: str) -> str:
    """Return the text with digits of every script, and full-width letters and signs, in ASCII; every place stays."""
    return text if text.isascii() else text.translate(_ascii_forms())


@lru_cache(maxsize=1)
def _ascii_forms() -> dict[int, int]:
    decimals = (code for code in range(0x80, sys.maxunicode + 1) if unicodedata.category(chr(code)) == "Nd")
    return _FULL_WIDTH | {code: 0x30 + unicodedata.decimal(chr(code)) for code in decimals}
