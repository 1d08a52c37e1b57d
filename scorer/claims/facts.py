"""The exact facts of a piece of text: what must be the same in a claim and in its document. Pure.

Quantities, dates, provisions of law, contacts, and names are read here, each with its place.
`scorer/claims/comparison.py` says where a claim's facts and a passage's differ.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import islice
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


_CONTACT: Final = re.compile(
    r"(?P<url>https?://[^\s<>\"'\])]{3,500}|\bwww\.[^\s<>\"'\])]{3,500})"
    r"|(?P<email>(?<![\w.+-])[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6})",
    re.IGNORECASE,
)
_PROVISION: Final = re.compile(
    r"\b(?P<law>sections?|secs?\.?|ss?\.|u/s|articles?|arts?\.|rules?|clauses?|para(?:graph)?s?\.?|धारा|अनुच्छेद|नियम)"
    r"[\s\u00a0]?(?P<number>\d{1,4}[A-Z]{0,3}(?:\s?\([0-9a-zA-Z]{1,5}\)){0,5}|\([0-9a-z]{1,4}\)(?:\([0-9a-z]{1,4}\)){0,3})",
    re.IGNORECASE,
)
# Most sentences with a figure name no provision, and a look at what stands before the figures is cheaper.
_NUMERAL: Final = re.compile(r"\d+|\(")
_LAW_ENDS: Final = (
    "section", "sections", "sec", "secs", "s", "ss", "u/s", "article", "articles", "art", "arts", "rule", "rules",
    "clause", "clauses", "para", "paras", "paragraph", "paragraphs", "धारा", "अनुच्छेद", "नियम",
)  # fmt: skip
_LAW_CHARACTERS: Final = 12
"""Of the longest law's name and what stands between it and its number."""
_PHONE: Final = re.compile(r"(?<![\w./-])\+?\(?\d{1,5}\)?(?:[\s-]?\d{2,5}){1,4}(?![\w/]|[.,]\d|-\d)")
_PHONE_HINT: Final = re.compile(r"\d[\d\s()+-]{7,}\d")
_LAWS: Final = (("sec", "section"), ("s", "section"), ("u/s", "section"), ("art", "article"), ("rule", "rule"),
                ("clause", "clause"), ("para", "paragraph"), ("धारा", "section"), ("अनुच्छेद", "article"),
                ("नियम", "rule"))  # fmt: skip
_PHONE_DIGITS = range(10, 15)
_PHONE_START: Final = re.compile(r"[+(06-9]|1[89]00|\d{3}-\d{3}-\d{4}")
"""International, area code, Indian mobile, toll-free, North American: three years in a row are no phone number."""
IDENTIFIER_LIMIT = 200
"""Identifiers of one sort read out of one text."""

_NAME: Final = re.compile(r"\b[A-Z][\w&]*(?:['\u2019-][A-Za-z]\w*)?")
_SENTENCE_START: Final = re.compile(r"(?:^|[.!?:;\n\u201c\"*#|•(]\s{0,3})$")
_DIGIT: Final = re.compile(r"\d")
_ACRONYM_LETTERS: Final = range(2, 7)
_ACRONYM: Final = re.compile(r"(?:[A-Z]\.?){2,6}s?")
_CAPITALISED: Final = re.compile(r"[A-Z][a-z]+(?:[\s-](?:(?:of|and|the|for|to|in|on)\s){0,2}[A-Z][a-z]+){1,9}")
"""A run of capitalised words, small words between them."""
_NUMBER_WORD: Final = re.compile(
    r"\b(?:" + "|".join(sorted(map(re.escape, {*WORD_VALUES, *NUMBER_WORDS}), key=len, reverse=True)) + r")\b"
)
"""For text in lower case."""


@dataclass(frozen=True)
class Facts:
    """The facts of one text, read when first asked for."""

    text: str

    @property
    def identifiers(self) -> tuple[Identifier, ...]:
        """Provisions, addresses and phone numbers, in order."""
        return self._exact[0]

    @property
    def dates(self) -> tuple[Date, ...]:
        """Dates in order."""
        return self._exact[1]

    @property
    def quantities(self) -> tuple[Quantity, ...]:
        """Quantities in order, none of them part of a date or an identifier."""
        return self._exact[2]

    @property
    def count(self) -> int:
        """How many exact facts there are, names aside."""
        return sum(map(len, self._exact))

    @cached_property
    def names(self) -> tuple[Name, ...]:
        """Capitalised words in order, without those that only begin a sentence."""
        return tuple(_read_names(self.text))

    @cached_property
    def acronyms(self) -> frozenset[str]:
        """What its runs of capitalised words are for short, in lower case: *pio* of *Public Information Officer*.

        Every stretch of neighbouring words counts, since a run may begin with a word that is not part of the name.
        """
        if self.text.islower():
            return frozenset()
        runs = ("".join(filter(str.isupper, run.group())).lower() for run in _CAPITALISED.finditer(self.text))
        return frozenset(
            initials[start : start + length]
            for initials in runs
            for length in _ACRONYM_LETTERS
            for start in range(len(initials) - length + 1)
        )

    @cached_property
    def _exact(self) -> tuple[tuple[Identifier, ...], tuple[Date, ...], tuple[Quantity, ...]]:
        text = self.text
        has_digit = _DIGIT.search(text) is not None
        identifiers = tuple(_read_identifiers(text, has_digit))
        if not has_digit and _NUMBER_WORD.search(text.lower()) is None:
            return identifiers, (), ()
        dates = tuple(_apart(read_dates(text), identifiers)) if has_digit else ()
        return identifiers, dates, tuple(_apart(read_quantities(text), (*identifiers, *dates)))


FactT = TypeVar("FactT", Date, Quantity)


def acronym(name: str) -> str | None:
    """Return a name in lower case without dots when it is written as an acronym, also in the plural; else None."""
    if _ACRONYM.fullmatch(name) is None:
        return None
    return name.removesuffix("s").replace(".", "").lower()


def _apart(facts: list[FactT], taken: tuple[Identifier | Date, ...]) -> list[FactT]:
    if not taken:
        return facts
    return [fact for fact in facts if not any(fact.start < one.end and one.start < fact.end for one in taken)]


def _read_identifiers(text: str, has_digit: bool) -> list[Identifier]:
    found: list[Identifier] = []
    if "@" in text or "://" in text or "www." in text:
        found.extend(map(_contact, islice(_CONTACT.finditer(text), IDENTIFIER_LIMIT)))
    if _may_name_provision(text):
        found.extend(map(_provision, islice(_PROVISION.finditer(text), IDENTIFIER_LIMIT)))
    if has_digit and len(text) >= _PHONE_DIGITS.start and _PHONE_HINT.search(text):
        phones = filter(None, map(_phone, islice(_PHONE.finditer(text), IDENTIFIER_LIMIT)))
        found.extend(phone for phone in phones if not any(one.start <= phone.start < one.end for one in found))
    return sorted(found, key=lambda one: one.start) if len(found) > 1 else found


def _may_name_provision(text: str) -> bool:
    for number in _NUMERAL.finditer(text):
        before = text[max(0, number.start() - _LAW_CHARACTERS) : number.start()].rstrip(" \t\n\r\u00a0.")
        if before.lower().endswith(_LAW_ENDS):
            return True
    return False


def _contact(match: re.Match[str]) -> Identifier:
    text = match.group()
    if match["email"]:
        return Identifier(match.start(), match.end(), text, IdentifierKind.EMAIL, text.lower())
    trimmed = text.rstrip(".,;:!?")
    value = trimmed.lower().split("://")[-1].removeprefix("www.").rstrip("/")
    return Identifier(match.start(), match.start() + len(trimmed), trimmed, IdentifierKind.URL, value)


def _provision(match: re.Match[str]) -> Identifier:
    law = match["law"].lower()
    name = next(full for prefix, full in _LAWS if law.startswith(prefix))
    number = "".join(match["number"].split()).lower()
    return Identifier(match.start(), match.end(), match.group(), IdentifierKind.PROVISION, f"{name} {number}")


def _phone(match: re.Match[str]) -> Identifier | None:
    text = match.group()
    digits = "".join(filter(str.isdigit, text))
    if len(digits) in _PHONE_DIGITS and _PHONE_START.match(text):
        return Identifier(match.start(), match.end(), text, IdentifierKind.PHONE, digits[-10:])
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
