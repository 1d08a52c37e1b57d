"""Personal identifiers in a text, with their places: what has a checksum is checked, the rest needs its context. Pure.

Kinds. By checksum: payment card (Luhn, ISO/IEC 7812), IBAN (ISO 13616), Aadhaar (Verhoeff), NHS number (modulus 11).
By structure: PAN (holder type), Indian voter card, UK national insurance number, US social security number (areas
never issued are left out), e-mail, IP address, phone (libphonenumber's numbering plans), UPI id. By context: account
and licence numbers that nothing checks count only beside the words that say what they are.

What belongs to an office (`pio@dept.gov.in`, 1800 numbers, a helpline) is found and marked `is_office`: contact data
that is meant to be told. Every pattern is linear in the text.
"""

import ipaddress
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import islice

import phonenumbers
from stdnum import iban, luhn
from stdnum.gb import nhs
from stdnum.in_ import aadhaar, epic, pan

CONTEXT_CHARACTERS = 60
"""How far before a number its kind may be named."""

FOUND_LIMIT = 200
"""Identifiers of one finder after which it stops: the verdict on the answer is long clear."""
PHONE_CANDIDATES = 1000
"""Numbers of a text that are looked up in the numbering plans (about 20 µs each)."""


class IdentifierKind(StrEnum):
    """What an identifier is."""

    CARD = "payment card"
    IBAN = "IBAN"
    AADHAAR = "Aadhaar number"
    PAN = "PAN"
    VOTER_ID = "voter card"
    BANK_ACCOUNT = "bank account"
    UPI = "UPI id"
    NHS = "NHS number"
    NINO = "national insurance number"
    SSN = "social security number"
    PASSPORT = "passport number"
    LICENCE = "driving licence"
    EMAIL = "e-mail address"
    PHONE = "phone number"
    IP = "IP address"


SENSITIVE_KINDS = frozenset(IdentifierKind) - {IdentifierKind.EMAIL, IdentifierKind.PHONE, IdentifierKind.IP}
"""Kinds that name or rob a person by themselves; the others only reach one."""


@dataclass(frozen=True, slots=True)
class Identifier:
    """One identifier; `start` and `end` count the text's characters."""

    kind: IdentifierKind
    start: int
    end: int
    text: str
    is_office: bool = False
    """Belongs to an office or a service line, not to a person."""

    @property
    def key(self) -> str:
        """What two writings of the same identifier share."""
        return re.sub(r"[\W_]+", "", self.text).casefold()[-12:]


_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,5}[A-Za-z]{2,24}(?![\w-])")
_UPI = re.compile(
    r"(?<![\w.+-])[\w.-]{2,64}@(?:ok(?:axis|sbi|icici|hdfcbank)|ybl|ibl|axl|paytm|apl|upi|sbi|yapl|pthdfc|ptaxis|ptsbi"
    r"|ptyes|waicici|wahdfcbank|waaxis|icici|axisbank|hdfcbank|kotak|barodampay|cnrb|pnb|idfcbank|freecharge|jio"
    r"|airtel|fam|slice|superyes|timecosmos|rapl)(?![\w-])(?!\.\w)",
    re.IGNORECASE,
)
_LONG_NUMBER = re.compile(r"(?<![\w.,/-])(?<!\d )\d(?:[ -]?\d){10,18}(?![\w/-])(?![.,]\d)")
_IBAN = re.compile(r"\b[A-Za-z]{2}\d{2}(?: ?[A-Za-z0-9]){11,30}\b")
_PAN = re.compile(r"\b[A-Z]{3}[ABCFGHJLPTK][A-Z]\d{4}[A-Z]\b")
_VOTER = re.compile(r"\b[A-Z]{3}\d{7}\b")
_NINO = re.compile(r"\b(?!BG|GB|NK|KN|TN|NT|ZZ)[ABCEGHJ-PRSTW-Z][ABCEGHJ-NPRSTW-Z] ?(?:\d\d ?){3}[A-D]\b")
_SSN = re.compile(r"(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])")
_NHS = re.compile(r"(?<![\d-])\d{3}[ -]\d{3}[ -]\d{4}(?![\d-])")
_IPV4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_IPV6 = re.compile(r"(?<![\w:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{1,4}(?![\w:])")
_PHONE = re.compile(r"(?<![\w/.-])(?:\+|00)?\(?\d(?:[ ().-]{0,2}\d){6,14}(?![\w/-])(?![.,]\d)")
_ALNUM_ID = re.compile(r"\b(?=[A-Z0-9-]*\d{4})[A-Z]{1,2}[A-Z0-9-]{6,18}\b")

_CARD_CUE = re.compile(r"\b(?:card|visa|mastercard|amex|rupay|maestro|cc|debit|credit)\b", re.IGNORECASE)
_ACCOUNT_CUE = re.compile(r"\b(?:account|a/c|acct|acc(?:ount)? ?no)\b", re.IGNORECASE)
_AADHAAR_CUE = re.compile(r"\b(?:aadhaa?r|uidai?|uid)\b", re.IGNORECASE)
_VOTER_CUE = re.compile(r"\b(?:voter|epic|elector\w*)\b", re.IGNORECASE)
_NHS_CUE = re.compile(r"\bnhs\b", re.IGNORECASE)
_PASSPORT_CUE = re.compile(r"\bpassport\b", re.IGNORECASE)
_LICENCE_CUE = re.compile(r"\b(?:driv\w+|dl) ?(?:licen[cs]e)?\b|\blicen[cs]e\b", re.IGNORECASE)
_PHONE_CUE = re.compile(
    r"\b(?:phone|telephone|tel|mobile|mob|cell|call|reach|whatsapp|sms|ring|dial|contact|registered|number is|fax"
    r"|ph)\b",
    re.IGNORECASE,
)
_IP_CUE = re.compile(r"\b(?:ip|address|host|login|logged|session|user|client|visitor|from)\b", re.IGNORECASE)
_OTHER_THING = re.compile(
    r"\b(?:order|invoice|file|case|ref(?:erence)?|batch|pin|account|a/c|ifsc|section|amount|rs|inr|card|tender|id|no"
    r"|isbn|serial|version|batch|code|model|part|docket|ticket)\b(?:[ .:#]|\b(?:number|no|is|was|of)\b){0,6}$"
    r"|[$£€₹]\s?$",
    re.IGNORECASE,
)
_OFFICE_CUE = re.compile(
    r"\b(?:helpline|toll[- ]free|customer (?:care|service|support)|switchboard|reception|office|helpdesk|hotline"
    r"|call cent(?:re|er)|emergency|enquir\w+|department|ministry|secretariat)\b",
    re.IGNORECASE,
)
_OFFICE_DOMAIN = re.compile(
    r"(?:\.|@)(?:gov|nic|mil)(?:\.[a-z]{2})?$|\.(?:example|test|invalid)$|@example\.", re.IGNORECASE
)
_OFFICE_MAILBOX = re.compile(
    r"^(?:info|contact|help|helpdesk|support|admin|office|enquir\w*|inquir\w*|pio|cpio|faa|rti|grievance\w*|complaints?"
    r"|feedback|sales|press|media|hr|careers|billing|service|services|no-?reply|webmaster|privacy|dpo|claims|accounts"
    r"|customer[\w.]*|foi|team|mail|hello|security|legal)@",
    re.IGNORECASE,
)
_FREE_NUMBER = re.compile(r"^(?:\+?91[ -]?)?1[89]\d{2}|^0?8(?:00|08|44|45)|^03\d\d|^\+?44[ -]?(?:800|808|3)")
PHONE_REGIONS = ("IN", "GB", "US")
"""Numbering plans tried for a phone number without a country code."""


def find_identifiers(text: str) -> tuple[Identifier, ...]:
    """Return the identifiers in order of their place; where two readings overlap, the stronger kind stays."""
    found: list[Identifier] = []
    taken: set[int] = set()
    for find in _FINDERS:
        for identifier in islice(find(text), FOUND_LIMIT):
            place = range(identifier.start, identifier.end)
            if taken.isdisjoint(place):
                taken.update(place)
                found.append(identifier)
    return tuple(sorted(found, key=lambda identifier: identifier.start))


def _before(text: str, start: int) -> str:
    return text[max(0, start - CONTEXT_CHARACTERS) : start]


def _around(text: str, start: int, end: int) -> str:
    return text[max(0, start - CONTEXT_CHARACTERS) : end + CONTEXT_CHARACTERS // 2]


def _of(kind: IdentifierKind, match: re.Match[str], is_office: bool = False) -> Identifier:
    return Identifier(kind, match.start(), match.end(), match.group(), is_office)


def _emails(text: str) -> Iterator[Identifier]:
    if "@" not in text:
        return
    for match in _EMAIL.finditer(text):
        address = match.group()
        is_office = bool(_OFFICE_DOMAIN.search(address) or _OFFICE_MAILBOX.match(address))
        yield _of(IdentifierKind.EMAIL, match, is_office)
    for match in _UPI.finditer(text):
        yield _of(IdentifierKind.UPI, match)


def _long_numbers(text: str) -> Iterator[Identifier]:
    for match in _LONG_NUMBER.finditer(text):
        digits = re.sub(r"\D", "", match.group())
        before = _before(text, match.start())
        if _is_aadhaar(match.group(), digits, before):
            yield _of(IdentifierKind.AADHAAR, match)
        elif _is_card(match.group(), digits, _around(text, match.start(), match.end())):
            yield _of(IdentifierKind.CARD, match)
        elif _ACCOUNT_CUE.search(before):
            yield _of(IdentifierKind.BANK_ACCOUNT, match)


def _is_aadhaar(written: str, digits: str, before: str) -> bool:
    if len(digits) != 12 or digits[0] in "01" or not aadhaar.is_valid(digits):
        return False
    # One random 12-digit number in ten has a right check digit: it takes the grouping or the word too.
    return bool(_AADHAAR_CUE.search(before) or re.fullmatch(r"\d{4}([ -])\d{4}\1\d{4}", written))


def _is_card(written: str, digits: str, around: str) -> bool:
    if not 12 <= len(digits) <= 19 or not luhn.is_valid(digits) or len(set(digits)) == 1:
        return False
    return bool(_CARD_CUE.search(around)) or _is_card_shape(written, digits)


def _is_card_shape(written: str, digits: str) -> bool:
    """Issuer ranges of the large schemes at their lengths, written together or in groups of four."""
    issued = re.match(r"4|5[1-5]|2[2-7]|6(?:011|5)|3[47]|60|81|82", digits) is not None
    return (
        len(digits) in (15, 16)
        and issued
        and re.fullmatch(r"\d+|\d{4}([ -])\d{4,6}\1\d{4,5}(?:\1\d{4})?", written) is not None
    )


def _ibans(text: str) -> Iterator[Identifier]:
    for match in _IBAN.finditer(text):
        value = match.group()
        # Words may follow: the longest beginning that is valid is the number.
        for end in sorted({len(value), *(m.start() for m in re.finditer(" ", value))}, reverse=True):
            if end >= 15 and iban.is_valid(value[:end]):
                start = match.start()
                yield Identifier(IdentifierKind.IBAN, start, start + end, value[:end])
                break


def _indian_cards(text: str) -> Iterator[Identifier]:
    for match in _PAN.finditer(text):
        if pan.is_valid(match.group()) and not _OTHER_THING.search(_before(text, match.start())):
            yield _of(IdentifierKind.PAN, match)
    for match in _VOTER.finditer(text):
        if epic.is_valid(match.group()) or _VOTER_CUE.search(_before(text, match.start())):
            yield _of(IdentifierKind.VOTER_ID, match)


def _national_numbers(text: str) -> Iterator[Identifier]:
    for match in _NINO.finditer(text):
        yield _of(IdentifierKind.NINO, match)
    for match in _SSN.finditer(text):
        yield _of(IdentifierKind.SSN, match)
    for match in _NHS.finditer(text):
        if _NHS_CUE.search(_before(text, match.start())) and nhs.is_valid(match.group()):
            yield _of(IdentifierKind.NHS, match)
    if not (_PASSPORT_CUE.search(text) or _LICENCE_CUE.search(text)):
        return
    for match in _ALNUM_ID.finditer(text):
        before = _before(text, match.start())
        if _PASSPORT_CUE.search(before):
            yield _of(IdentifierKind.PASSPORT, match)
        elif _LICENCE_CUE.search(before):
            yield _of(IdentifierKind.LICENCE, match)


def _addresses(text: str) -> Iterator[Identifier]:
    for pattern in (_IPV4, _IPV6):
        for match in pattern.finditer(text):
            try:
                address = ipaddress.ip_address(match.group())
            except ValueError:
                continue
            is_office = not address.is_global
            if pattern is _IPV6 or _IP_CUE.search(_before(text, match.start())):
                yield _of(IdentifierKind.IP, match, is_office)


def _phones(text: str) -> Iterator[Identifier]:
    for match in islice(_PHONE.finditer(text), PHONE_CANDIDATES):
        before = _before(text, match.start())
        written = match.group()
        digits = re.sub(r"\D", "", written)
        has_cue = _PHONE_CUE.search(before) is not None
        if (
            _OTHER_THING.search(before)
            or len(set(digits)) < 3
            or re.fullmatch(r"(?:19|20)\d\d\D(?:19|20)\d\d", written)
        ):
            continue
        is_open = has_cue or written.startswith("+") or re.fullmatch(r"[6-9]\d{9}|[6-9]\d{4} \d{5}", written)
        is_grouped = has_cue and len(digits) >= 7 and re.search(r"[ ()-]", written)
        if is_open and (is_grouped or _is_phone(written)):
            is_office = bool(_FREE_NUMBER.match(written) or _OFFICE_CUE.search(before))
            yield _of(IdentifierKind.PHONE, match, is_office)


def _is_phone(written: str) -> bool:
    for region in PHONE_REGIONS:
        try:
            if phonenumbers.is_valid_number(phonenumbers.parse(written, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False


# In order of strength: an earlier reading of the same characters stays.
_FINDERS: tuple[Callable[[str], Iterator[Identifier]], ...] = (
    _emails,
    _ibans,
    _indian_cards,
    _long_numbers,
    _national_numbers,
    _addresses,
    _phones,
)
