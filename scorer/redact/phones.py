"""Telephone numbers for redaction: every one of a text, whatever word stands before it. Pure.

`scorer/text/identifiers.py` leaves a number that is called an order, an id or a "no."; "mobile no." is how people write
theirs, so here such a number is taken. Ten digits that begin as an Indian mobile does are one.
"""

import re
from collections.abc import Iterator

import phonenumbers

from scorer.redact.digits import candidates

CUE_CHARACTERS = 60
"""How far before a number it may be called a telephone's."""
MINIMUM_DIGITS = 8
REGIONS = ("IN", "GB", "US")
"""Numbering plans tried for a number without a country code that is called a telephone's."""

_NUMBER = re.compile(r"(?<![\w/.-])(?:\+|00)?\(?\d(?:[ ().-]{0,2}\d){6,14}(?![\w/-])(?![.,]\d)")
_CHAT_LINK = re.compile(r"\bwa\.me/\+?(\d{8,15})(?!\w)")
_MOBILE = re.compile(r"(?:0|91[ -]?)?(?:[6-9]\d{9}|[6-9]\d{4}[ -]\d{5}|[6-9]\d{2,3}[ -]\d{3}[ -]\d{3,4})")
_YEARS = re.compile(r"(?:19|20)\d\d\D{1,2}(?:19|20)\d\d")
_CUE = re.compile(
    r"\b(?:(?:tele)?phone|tel|mobile|mob|cell|call|reach|whatsapp|sms|ring|dial|contact|fax|ph)\b", re.IGNORECASE
)


def find_phones(text: str) -> Iterator[tuple[int, int]]:
    """Yield start and end of each number; readings may overlap. At most 60 µs for one."""
    for one in candidates(text, MINIMUM_DIGITS):
        # What stands before the digits of a country code belongs to the number.
        start = one.start - (text[one.start - 1 : one.start] == "+")
        written = text[start : one.end]
        if _MOBILE.fullmatch(written) or _is_international(written):
            yield start, one.end
    for match in _NUMBER.finditer(text):
        if _is_called_one(text, match.start()) and _is_national(match.group()):
            yield match.span()
    for match in _CHAT_LINK.finditer(text):
        yield match.span(1)


def _is_called_one(text: str, start: int) -> bool:
    return _CUE.search(text, max(0, start - CUE_CHARACTERS), start) is not None


def _is_international(written: str) -> bool:
    if written.startswith("00"):
        written = "+" + written[2:]
    return written.startswith("+") and len(written) > len("+1234567") and _is_valid(written, None)


def _is_national(written: str) -> bool:
    # Written in groups beside the word, a number of the right length is one, whatever the plans say of its prefix.
    digits = re.sub(r"\D", "", written)
    if _YEARS.fullmatch(written) or len(set(digits)) < 3:
        return False
    is_grouped = 7 <= len(digits) <= 12 and re.search(r"\d[ ()-]+\d", written) is not None
    return is_grouped or any(_is_valid(written, region) for region in REGIONS)


def _is_valid(written: str, region: str | None) -> bool:
    try:
        return bool(phonenumbers.is_valid_number(phonenumbers.parse(written, region)))
    except phonenumbers.NumberParseException:
        return False
