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

Place = tuple[RedactedType, int, int]

_GSTIN = re.compile(r"(?<![A-Za-z0-9])\d{2}[A-Za-z]{5}\d{4}[A-Za-z][0-9A-Za-z][Zz][0-9A-Za-z](?![A-Za-z0-9])")
_PAN = re.compile(r"(?<![A-Za-z0-9])[A-Za-z]{3}[ABCFGHJLPTKabcfghjlptk][A-Za-z]\d{4}[A-Za-z](?![A-Za-z0-9])")
_IFSC = re.compile(r"(?<![A-Za-z0-9])[A-Z]{4}0(?=[A-Z0-9]*\d)[A-Z0-9]{6}(?![A-Za-z0-9])")
_PAYMENT_ADDRESS = re.compile(r"(?<![\w.+-])[\w.-]{2,64}@[A-Za-z]{2,20}(?![\w@-])(?!\.\w)")
_LETTERED: tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...] = tuple(
    (re.compile(rf"(?<![A-Za-z0-9]){pattern}(?![A-Za-z0-9])", re.IGNORECASE), is_valid)
    for pattern, is_valid in (
        (r"[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z]", codicefiscale.is_valid),
        (r"\d{8}-?[A-Z]", dni.is_valid),
        (r"[XYZ]-?\d{7}-?[A-Z]", nie.is_valid),
        (r"[12]\d{4}2[AB]\d{8}", nir.is_valid),  # Corsica
        (r"\d{6}[-+A-FU-Y]\d{3}[0-9A-Y]", hetu.is_valid),
        (r"\d{7}[A-W][A-IW]?", pps.is_valid),
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
    for one in candidates(text):
        before = text[max(0, one.start - CUE_CHARACTERS) : one.start]
        if type_ := _type_of(text[one.start : one.end], one.digits, before):
            yield type_, one.start, one.end


def _structured(text: str) -> Iterator[Place]:
    for match in _GSTIN.finditer(text):
        if gstin.is_valid(match.group()):
            yield RedactedType.GSTIN, match.start(), match.end()
    for match in _PAN.finditer(text):
        if pan.is_valid(match.group()):
            yield RedactedType.PAN, match.start(), match.end()
    for match in _IFSC.finditer(text):
        yield RedactedType.IFSC, match.start(), match.end()
    for match in _PAYMENT_ADDRESS.finditer(text) if "@" in text else ():
        if _PAYMENT_CUE.search(text, max(0, match.start() - CUE_CHARACTERS), match.start()):
            yield RedactedType.UPI, match.start(), match.end()
    for pattern, is_valid in _LETTERED:
        for match in pattern.finditer(text):
            if is_valid(match.group()):
                yield RedactedType.NATIONAL_ID, match.start(), match.end()


def _type_of(written: str, digits: str, before: str) -> RedactedType | None:
    if len(digits) == 12 and aadhaar.is_valid(digits):
        return RedactedType.AADHAAR
    if 13 <= len(digits) <= 19 and len(set(digits)) > 1 and _CARD_ISSUER.match(digits) and luhn.is_valid(digits):
        return RedactedType.CARD
    if any(is_valid(digits) for is_valid in _CERTAIN.get(len(digits), ())):
        return RedactedType.NATIONAL_ID
    has_cue = _WRITTEN.fullmatch(written) or _CUE.search(before)
    if has_cue and any(is_valid(written) for is_valid in _CUED.get(len(digits), ())):
        return RedactedType.NATIONAL_ID
    return None
