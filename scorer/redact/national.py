"""Numbers that redaction finds beside those of `scorer/text/identifiers.py`. Pure; every pattern is linear in the text.

India's GSTIN, PAN, IFSC and payment addresses by structure, 12 digits by Verhoeff, card numbers by Luhn and issuer;
personal numbers of the United Kingdom and of states of the European Union as python-stdnum checks them. What one check
digit alone guards (one random number in ten passes) counts only where the words before say what it is.
"""

import re
from collections.abc import Callable, Iterator
from types import MappingProxyType

from stdnum import luhn
from stdnum.at import vnr
from stdnum.be import nn
from stdnum.bg import egn
from stdnum.cz import rc
from stdnum.de import idnr
from stdnum.dk import cpr
from stdnum.ee import ik
from stdnum.es import dni, nie
from stdnum.fi import hetu
from stdnum.fr import nir
from stdnum.gb import nhs, utr
from stdnum.gr import amka
from stdnum.hr import oib
from stdnum.ie import pps
from stdnum.in_ import aadhaar, gstin, pan
from stdnum.it import codicefiscale
from stdnum.lt import asmens
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.pt import nif
from stdnum.ro import cnp
from stdnum.se import personnummer
from stdnum.si import emso

from config.redaction import RedactedType
from scorer.redact.digits import candidates

CUE_CHARACTERS = 60
"""How far before a number its kind may be named."""

MINIMUM_DIGITS = 9
SHORTEST_CODE = 8

Place = tuple[RedactedType, int, int]

_PAYMENT_ADDRESS = re.compile(r"(?<![\w.+-])[\w.-]{2,64}@[A-Za-z]{2,20}(?![\w@-])(?!\.\w)")
_CODE = re.compile(r"[A-Za-z0-9]+(?:[-+][A-Za-z0-9]+)*")
_DIGIT = re.compile(r"[0-9]")
_PATTERNS: tuple[tuple[RedactedType, re.Pattern[str], Callable[[str], bool]], ...] = tuple(
    (type_, re.compile(rf"(?<![A-Za-z0-9]){pattern}(?![A-Za-z0-9])", flags), is_valid)
    for type_, flags, pattern, is_valid in (
        (RedactedType.GSTIN, re.IGNORECASE, r"\d{2}[A-Z]{5}\d{4}[A-Z][0-9A-Z]Z[0-9A-Z]", gstin.is_valid),
        (RedactedType.PAN, re.IGNORECASE, r"[A-Z]{3}[ABCFGHJLPTK][A-Z]\d{4}[A-Z]", pan.is_valid),
        # A bank branch's code has no check digit; its fifth place is always zero.
        (RedactedType.IFSC, 0, r"[A-Z]{4}0(?=[A-Z0-9]{0,5}\d)[A-Z0-9]{6}", bool),
        (
            RedactedType.NATIONAL_ID,  # Italy
            re.IGNORECASE,
            r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]",
            codicefiscale.is_valid,
        ),
        (RedactedType.NATIONAL_ID, re.IGNORECASE, r"\d{8}-?[A-Z]", dni.is_valid),  # Spain
        (RedactedType.NATIONAL_ID, re.IGNORECASE, r"[XYZ]-?\d{7}-?[A-Z]", nie.is_valid),  # Spain, foreigners
        (RedactedType.NATIONAL_ID, re.IGNORECASE, r"[12]\d{4}2[AB]\d{8}", nir.is_valid),  # Corsica
        (RedactedType.NATIONAL_ID, re.IGNORECASE, r"\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]", hetu.is_valid),  # Finland
        (RedactedType.NATIONAL_ID, re.IGNORECASE, r"\d{7}[A-W][A-IW]?", pps.is_valid),  # Ireland
    )
)
_CARD_ISSUER = re.compile(r"4|5[0-8]|2[2-7]|6[0-9]|3[0-9]|8[12]")
_PAYMENT_CUE = re.compile(r"\b(?:upi|vpa|bhim|pay(?:ment|ing|ments)?|transfer|gpay|phonepe)\b", re.IGNORECASE)
_CUE = re.compile(
    r"\b(?:pesel|egn|cnp|bsn|oib|amka|nhs|utr|cpr|nif|nipc|svnr|idnr|steuer\w*|sozialversicherung\w*"
    r"|burgerservicenummer|personnummer|rodn[ée]|national|identity|personal (?:number|code|id\w*)|social security|tax"
    r"|tin|insurance|id)\b",
    re.IGNORECASE,
)

# By the number of digits. Dated and checked: of random numbers, one in fifty or fewer passes.
_CERTAIN: MappingProxyType[int, tuple[Callable[[str], bool], ...]] = MappingProxyType(
    {
        11: (pesel.is_valid, ik.is_valid, asmens.is_valid, nn.is_valid),
        13: (cnp.is_valid, emso.is_valid),
        15: (nir.is_valid,),
    }
)
_CUED: MappingProxyType[int, tuple[Callable[[str], bool], ...]] = MappingProxyType(
    {
        9: (bsn.is_valid, nif.is_valid, rc.is_valid),
        10: (egn.is_valid, vnr.is_valid, nhs.is_valid, utr.is_valid, cpr.is_valid, rc.is_valid, personnummer.is_valid),
        11: (idnr.is_valid, oib.is_valid, amka.is_valid),
        12: (personnummer.is_valid,),
    }
)
# Their own way of writing says what they are: 010190/1234 · 010190-1234.
_WRITTEN = re.compile(r"\d{6}/\d{3,4}|\d{6}[-+]\d{4}|\d{8}[-+]\d{4}")


def find_national(text: str) -> Iterator[Place]:
    """Yield type, start and end of what was found; readings may overlap."""
    yield from _structured(text)
    for one in candidates(text, MINIMUM_DIGITS):
        before = text[max(0, one.start - CUE_CHARACTERS) : one.start]
        if type_ := _type_of(text[one.start : one.end], one.digits, before):
            yield type_, one.start, one.end


def _structured(text: str) -> Iterator[Place]:
    for code in _CODE.finditer(text):
        # Words are most of a text: the patterns are tried on what could be one of these.
        if code.end() - code.start() >= SHORTEST_CODE and _DIGIT.search(text, code.start(), code.end()):
            yield from _codes(text, code.start(), code.end())
    for match in _PAYMENT_ADDRESS.finditer(text) if "@" in text else ():
        if _PAYMENT_CUE.search(text, max(0, match.start() - CUE_CHARACTERS), match.start()):
            yield RedactedType.UPI, match.start(), match.end()


def _codes(text: str, start: int, end: int) -> Iterator[Place]:
    for type_, pattern, is_valid in _PATTERNS:
        for match in pattern.finditer(text, start, end):
            if is_valid(match.group()):
                yield type_, match.start(), match.end()


def _type_of(written: str, digits: str, before: str) -> RedactedType | None:
    if len(digits) == 12 and aadhaar.is_valid(digits):
        return RedactedType.AADHAAR
    if 13 <= len(digits) <= 19 and len(set(digits)) > 1 and _CARD_ISSUER.match(digits) and luhn.is_valid(digits):
        return RedactedType.CARD
    if any(is_valid(digits) for is_valid in _CERTAIN.get(len(digits), ())):
        return RedactedType.NATIONAL_ID
    cued = _CUED.get(len(digits), ())
    # The checks first: of most numbers none holds, and looking for the words costs more.
    if any(is_valid(written) for is_valid in cued) and (_WRITTEN.fullmatch(written) or _CUE.search(before)):
        return RedactedType.NATIONAL_ID
    return None
