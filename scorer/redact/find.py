"""Every identifier and secret of a text that redaction knows, with its type. Pure.

Wider than what a dimension counts as a leak: what belongs to an office is found too, and what `national.py` and
`phones.py` beside this find. A leak that is missed stays on a disk, so a doubtful reading is taken. The shared finders
stop after some hundreds; whoever replaces what was found asks again.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from types import MappingProxyType

from config.redaction import RedactedType
from scorer.redact.digits import plain
from scorer.redact.national import find_national
from scorer.redact.phones import find_phones
from scorer.text.credentials import find_secrets
from scorer.text.identifiers import IdentifierKind, find_identifiers

SHORTEST = 6
"""A shorter reading (`::1`) tells nobody from anybody."""
# The token of `Bearer …` and the password of a URL may stand alone elsewhere.
_WRAPPED = re.compile(r"^[Bb]earer (\S+)|://[^\s:/@]+:([^\s:/@]+)@")

TYPES = MappingProxyType(
    {
        IdentifierKind.CARD: RedactedType.CARD,
        IdentifierKind.IBAN: RedactedType.IBAN,
        IdentifierKind.AADHAAR: RedactedType.AADHAAR,
        IdentifierKind.PAN: RedactedType.PAN,
        IdentifierKind.VOTER_ID: RedactedType.EPIC,
        IdentifierKind.BANK_ACCOUNT: RedactedType.BANK_ACCOUNT,
        IdentifierKind.UPI: RedactedType.UPI,
        IdentifierKind.NHS: RedactedType.NATIONAL_ID,
        IdentifierKind.NINO: RedactedType.NATIONAL_ID,
        IdentifierKind.SSN: RedactedType.NATIONAL_ID,
        IdentifierKind.PASSPORT: RedactedType.PASSPORT,
        IdentifierKind.LICENCE: RedactedType.LICENCE,
        IdentifierKind.EMAIL: RedactedType.EMAIL,
        IdentifierKind.PHONE: RedactedType.PHONE,
        IdentifierKind.IP: RedactedType.IP,
    }
)


@dataclass(frozen=True, slots=True)
class Found:
    """One identifier; `start` and `end` count the text's characters."""

    type: RedactedType
    start: int
    end: int
    text: str


def find_all(text: str) -> list[Found]:
    """Return what was found in no order; readings may overlap. Time is linear in the text."""
    read = plain(text)
    # A kind that the finder learned later is a personal number until it is told apart here.
    places = [(TYPES.get(one.kind, RedactedType.NATIONAL_ID), one.start, one.end) for one in find_identifiers(read)]
    places += _secrets(read)
    places += find_national(read)
    places += ((RedactedType.PHONE, start, end) for start, end in find_phones(read))
    return [Found(type_, start, end, text[start:end]) for type_, start, end in places if end - start >= SHORTEST]


def _secrets(text: str) -> Iterator[tuple[RedactedType, int, int]]:
    for secret in find_secrets(text):
        yield RedactedType.SECRET, secret.start, secret.end
        if inner := _WRAPPED.search(secret.text):
            start, end = inner.span(inner.lastindex or 0)
            yield RedactedType.SECRET, secret.start + start, secret.start + end
