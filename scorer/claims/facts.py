"""The exact facts of a piece of text: what must be the same in a claim and in its document. Pure.

Quantities, dates, provisions of law, contacts, names and negation are read here, each with its place.
`scorer/claims/comparison.py` says where a claim's facts and a passage's differ.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from typing import Final, TypeVar

from scorer.text.dates import Date, read_dates
from scorer.text.numbers import Quantity, read_quantities
from scorer.text.stopwords import STOP_WORDS
from scorer.text.tokens import NUMBER_WORDS, normalise
from scorer.text.units import WORD_VALUES


class IdentifierKind(StrEnum):
    """What an identifier names."""

    PROVISION = "provision"
    """A section, article, rule or clause."""
    URL = "URL"
    EMAIL = "e-mail address"
    PHONE = "phone number"


@dataclass(frozen=True, slots=True)
class Identifier:
    """Something that is right only when it is the same to the letter."""

    start: int
    end: int
    text: str
    kind: IdentifierKind
    value: str
    """Normalised: provisions as `section 8(1)(j)`, phones as their last ten digits."""


@dataclass(frozen=True, slots=True)
class Name:
    """A capitalised word that is not only the first of its sentence."""

    start: int
    end: int
    text: str
    stem: str


_IDENTIFIER: Final = re.compile(
    r"(?P<url>https?://[^\s<>\"'\])]{3,500}|\bwww\.[^\s<>\"'\])]{3,500})"
    r"|(?P<email>(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6})"
    r"|\b(?P<law>sections?|secs?\.?|ss?\.|u/s|articles?|arts?\.|rules?|clauses?|para(?:graph)?s?\.?|धारा|अनुच्छेद|नियम)"
    r"[\s\u00a0]?(?P<number>\d{1,4}[A-Z]{0,3}(?:\s?\([0-9a-zA-Z]{1,5}\)){0,5}|\([0-9a-z]{1,4}\)(?:\([0-9a-z]{1,4}\)){0,3})"
    r"|(?<![\w./-])(?P<phone>\+?\(?\d{1,5}\)?(?:[\s-]?\d{2,5}){1,4})(?![\w/]|[.,]\d|-\d)",
    re.IGNORECASE,
)
_LAWS: Final = (("sec", "section"), ("s", "section"), ("u/s", "section"), ("art", "article"), ("rule", "rule"),
                ("clause", "clause"), ("para", "paragraph"), ("धारा", "section"), ("अनुच्छेद", "article"),
                ("नियम", "rule"))  # fmt: skip
_PHONE_DIGITS = range(10, 15)
_TOLL_FREE: Final = re.compile(r"1[89]00")
IDENTIFIER_LIMIT = 200
"""Identifiers read out of one text."""

_NAME: Final = re.compile(r"\b[A-Z][\w&]*(?:['\u2019-][A-Za-z]\w*)?")
_SENTENCE_START: Final = re.compile(r"(?:^|[.!?:;\n\u201c\"*#|•(]\s{0,3})$")
NEGATION: Final = frozenset(
    "not no never none nobody nothing neither nor without cannot hardly refuses refused denied denies fails failed "
    "lack lacks नहीं न ना मत बिना".split()
)
_NEGATION: Final = re.compile(r"\bno longer\b|n['\u2019]t\b|[^\W\d_]+(?:[\u0900-\u0963]+[^\W\d_]*)*", re.IGNORECASE)
_HAS_NUMBER: Final = re.compile(
    r"\d|\b(?:" + "|".join(sorted(map(re.escape, {*WORD_VALUES, *NUMBER_WORDS}), key=len, reverse=True)) + r")\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Facts:
    """The facts of one text, read when first asked for."""

    text: str

    @cached_property
    def identifiers(self) -> tuple[Identifier, ...]:
        """Provisions, addresses and phone numbers, in order."""
        return tuple(_read_identifiers(self.text)) if _may_identify(self.text) else ()

    @cached_property
    def dates(self) -> tuple[Date, ...]:
        """Dates in order."""
        return tuple(_apart(read_dates(self.text), self.identifiers)) if self._has_number else ()

    @cached_property
    def quantities(self) -> tuple[Quantity, ...]:
        """Quantities in order, none of them part of a date or an identifier."""
        if not self._has_number:
            return ()
        return tuple(_apart(read_quantities(self.text), (*self.identifiers, *self.dates)))

    @cached_property
    def names(self) -> tuple[Name, ...]:
        """Capitalised words in order, without those that only begin a sentence."""
        return tuple(_read_names(self.text))

    @cached_property
    def negations(self) -> int:
        """How many words deny."""
        words = (match.group().lower() for match in _NEGATION.finditer(self.text))
        return sum(word in NEGATION or word.endswith(("n't", "n\u2019t")) or word == "no longer" for word in words)

    @cached_property
    def _has_number(self) -> bool:
        return _HAS_NUMBER.search(self.text) is not None


def _may_identify(text: str) -> bool:
    return "@" in text or "www." in text or "://" in text or any(map(str.isdigit, text)) or "(" in text


FactT = TypeVar("FactT", Date, Quantity)


def _apart(facts: list[FactT], taken: tuple[Identifier | Date, ...]) -> list[FactT]:
    return [fact for fact in facts if not any(fact.start < one.end and one.start < fact.end for one in taken)]


def _read_identifiers(text: str) -> list[Identifier]:
    found: list[Identifier] = []
    for match in _IDENTIFIER.finditer(text):
        identifier = _identifier(match)
        if identifier is not None:
            found.append(identifier)
            if len(found) >= IDENTIFIER_LIMIT:
                break
    return found


def _identifier(match: re.Match[str]) -> Identifier | None:
    start, end, text = match.start(), match.end(), match.group()
    if match["url"]:
        trimmed = text.rstrip(".,;:!?")
        value = trimmed.lower().split("://")[-1].removeprefix("www.").rstrip("/")
        return Identifier(start, start + len(trimmed), trimmed, IdentifierKind.URL, value)
    if match["email"]:
        return Identifier(start, end, text, IdentifierKind.EMAIL, text.lower())
    if match["law"]:
        law = match["law"].lower()
        name = next(full for prefix, full in _LAWS if law.startswith(prefix))
        number = "".join(match["number"].split()).lower()
        return Identifier(start, end, text, IdentifierKind.PROVISION, f"{name} {number}")
    digits = "".join(filter(str.isdigit, text))
    if len(digits) in _PHONE_DIGITS and (not text.isdigit() or digits[0] in "06789" or _TOLL_FREE.match(digits)):
        return Identifier(start, end, text, IdentifierKind.PHONE, digits[-10:])
    return None


def _read_names(text: str) -> list[Name]:
    found = []
    for match in _NAME.finditer(text):
        word = match.group().removesuffix("'s").removesuffix("\u2019s")
        lower = word.lower()
        stemmed = normalise(lower)
        if not stemmed or lower in STOP_WORDS or stemmed.isdigit() or len(word) < 2:
            continue
        if _SENTENCE_START.search(text, max(0, match.start() - 4), match.start()):
            continue
        found.append(Name(match.start(), match.start() + len(word), word, stemmed))
    return found
