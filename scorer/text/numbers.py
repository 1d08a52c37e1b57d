"""Quantities in all their spellings, as values that can be compared. Pure, linear in the text.

*18.6 crore*, *186,000,000* and *18,60,00,000* are one value; so are *thirty days* and *30 days*. A quantity keeps
its place in the text, its kind and unit, and whether it was given as a bound.
"""

import re
from enum import StrEnum
from typing import Final, NamedTuple

from scorer.text.tokens import lowered
from scorer.text.units import CURRENCIES, UNITS, WORD_VALUES, Unit

MULTIPLIERS: Final = {
    "hundred": 1e2, "thousand": 1e3, "k": 1e3, "lakh": 1e5, "lakhs": 1e5, "lac": 1e5, "lacs": 1e5, "million": 1e6,
    "millions": 1e6, "mn": 1e6, "m": 1e6, "crore": 1e7, "crores": 1e7, "cr": 1e7, "billion": 1e9, "bn": 1e9,
    "b": 1e9, "trillion": 1e12, "dozen": 12.0, "सौ": 1e2, "हजार": 1e3, "हज़ार": 1e3, "लाख": 1e5, "करोड़": 1e7,
    "करोड": 1e7,
}  # fmt: skip


class QuantityKind(StrEnum):
    """What a quantity counts; only quantities of one kind are compared."""

    COUNT = "count"
    MONEY = "money"
    PERCENT = "percent"
    DURATION = "duration"
    MEASURE = "measure"
    ORDINAL = "ordinal"
    YEAR = "year"


class Bound(StrEnum):
    """How a quantity limits what it speaks of."""

    EXACT = "exact"
    ABOUT = "about"
    ABOVE = "above"
    BELOW = "below"
    AT_MOST = "at most"
    """A deadline or a limit, which must be the same: a lower one is not what was said."""


class Quantity(NamedTuple):
    """A quantity with its place in the text."""

    start: int
    end: int
    text: str
    low: float
    """In the unit's base (durations: days or months; money: whole currency units)."""
    high: float
    """Equals `low` unless a range was given."""
    kind: QuantityKind
    unit: str
    """Currency, base unit, or for a count the word after it; empty when there is none."""
    bound: Bound
    digits: int
    """Significant digits as written, trailing zeros of a whole number not counted: what a rounding may hide."""


def _alternatives(words: object) -> str:
    return "|".join(sorted(map(re.escape, words), key=len, reverse=True))  # type: ignore[call-overload]  # any iterable


# Tokenised text writes a space after the comma of a thousand; before it a list would be read as one number.
_AMOUNT = r"\d{1,3}(?:,\d{2,3}){1,6}(?:\.\d{1,9})?|\d{1,3}(?:,\s\d{3}(?!\d)){1,3}|\d{1,18}(?:\.\d{1,9})?"
_SPELLED = rf"(?:{_alternatives(WORD_VALUES)})\b"
_TIMES = rf"(?:{_alternatives(MULTIPLIERS)})(?![\w])"
_SIGN = _alternatives(CURRENCIES)
_UNIT = _alternatives(UNITS)
_QUANTITY: Final = re.compile(
    rf"(?<![\w.])(?<![^\W\d_]-)(?:(?P<currency>{_SIGN})\.?\s?)?"
    rf"(?:(?P<amount>{_AMOUNT})(?:\s?(?:-|–|—|to)\s?(?P<upper>{_AMOUNT})(?![\w.,]*\d))?(?P<ordinal>st|nd|rd|th)?\b"
    rf"|(?P<spelled>{_SPELLED}(?:[\s-]{{1,2}}(?:and\s)?(?:{_SPELLED}|{_TIMES})){{0,8}}))"
    rf"(?P<times>(?:[\s-]?{_TIMES}){{0,2}})(?P<slash>/-)?"
    rf"(?:(?:\s?-\s?|\s)?(?:(?:working|calendar|business|consecutive|full)\s)?(?P<unit>{_UNIT})(?![\w]))?"
)
"""For text in lower case: ignoring case takes twice the time."""
# Where a quantity may begin. Looking there alone takes a fifth of the time of trying the whole pattern everywhere.
_LETTERED = _alternatives(sign for sign in CURRENCIES if sign[0].isalpha())
_START = re.compile(
    rf"[$€£₹]|(?<![\w.])(?:\d|(?:{_LETTERED})[.\s\d]|(?:{_LETTERED})?(?:{_alternatives(WORD_VALUES)})\b)"
)
# With the vowel signs of the Indic scripts, which `\w` leaves out.
_NEXT_WORD = re.compile(r"[\s-]{1,2}(?:of\s)?(?:the\s)?((?:[^\W\d_]|[\u0900-\u0963\u0970-\u0dff]){3,30})")
_BOUND_PHRASES: Final = {
    Bound.ABOVE: (
        "more than,greater than,higher than,longer than,older than,over,above,exceed,exceeds,exceeded,exceeding"
        ",at least,upwards of,से अधिक"
    ),
    Bound.BELOW: "less than,fewer than,lower than,shorter than,younger than,under,below,at most",
    Bound.AT_MOST: "within,up to,maximum of,no more than",
    Bound.ABOUT: "about,around,approximately,approx,approx.,nearly,almost,roughly,some,circa,ca.,close to,~,लगभग",
}
_BOUNDS: Final = {phrase: bound for bound, phrases in _BOUND_PHRASES.items() for phrase in phrases.split(",")}
_DENIALS: Final = frozenset("not no never nor cannot".split())  # noqa: SIM905 - words read best as words
_DENIED: Final = {Bound.ABOVE: Bound.AT_MOST, Bound.BELOW: Bound.ABOVE}
_OPPOSED: Final = {
    Bound.ABOVE: (Bound.BELOW, Bound.AT_MOST),
    Bound.BELOW: (Bound.ABOVE,),
    Bound.AT_MOST: (Bound.ABOVE,),
}
_LOOK_BACK = 40
"""Characters in which the words before a quantity are looked for."""
_BOUND_WORDS = 3
_DENIED_WITHIN = 4
"""Words before a bound among which a denial turns it: *shall not ordinarily contain more than* is a highest value."""
_ROUNDED_DIGITS = 2
_ROUNDED_VALUE = 1000.0
QUANTITY_LIMIT = 400
"""Quantities read out of one text; a longer list is no statement."""


def read_quantities(text: str) -> list[Quantity]:
    """Return the quantities of a text in order, at most `QUANTITY_LIMIT`."""
    lower = lowered(text)
    found: list[Quantity] = []
    end = 0
    for start in _START.finditer(lower):
        match = _QUANTITY.match(lower, start.start()) if start.start() >= end else None
        if match is None:
            continue
        end = match.end()
        quantity = _quantity(text, match)
        if quantity is not None:
            found.append(quantity)
            if len(found) >= QUANTITY_LIMIT:
                break
    return found


def _quantity(text: str, match: re.Match[str]) -> Quantity | None:
    """Return the quantity of a match in the text's lower case; None for what only looks like one."""
    low, high, digits = _values(match)
    times = match["times"]
    if times:
        for word in times.replace("-", " ").split():
            low, high = low * MULTIPLIERS[word], high * MULTIPLIERS[word]
    kind, unit, factor = _kind(match, low, high)
    if match["spelled"] and kind is QuantityKind.COUNT and low <= 1 and not times:
        return None  # "one" as a pronoun says nothing of an amount
    start, end = match.span()
    return Quantity(start, end, text[start:end], low * factor, high * factor, kind, unit, _bound(match), digits)


def _values(match: re.Match[str]) -> tuple[float, float, int]:
    spelled = match["spelled"]
    if spelled:
        value = _spelled_value(spelled)
        return value, value, len(f"{value:.0f}".rstrip("0")) or 1
    amount = match["amount"].replace(",", "").replace(" ", "")
    low = float(amount)
    upper = match["upper"]
    high = _upper(amount, upper.replace(",", "").replace(" ", "")) if upper else low
    digits = amount.replace(".", "").lstrip("0")
    low, high = sorted((low, high))  # *from 15 to 12*
    return low, high, max(1, len(digits if "." in amount else digits.rstrip("0")))


def _upper(amount: str, upper: str) -> float:
    """Return the end of a range; *2023-24* ends in 2024."""
    if len(amount) == 4 and len(upper) == 2 and upper.isdigit() and amount.isdigit():
        return float(amount[:2] + upper)
    return float(upper)


def _spelled_value(words: str) -> float:
    """Return the value of a number in words: *two hundred and five*, *three lakh*, *thirty-five*."""
    total, group = 0.0, 0.0
    for word in re.split(r"[\s-]+", words):
        if word in MULTIPLIERS and word not in WORD_VALUES:
            times = MULTIPLIERS[word]
            if times >= 1000:
                total, group = total + max(group, 1.0) * times, 0.0
            else:
                group = max(group, 1.0) * times
        elif word != "and":
            group += WORD_VALUES[word]
    return total + group


def _kind(match: re.Match[str], low: float, high: float) -> tuple[QuantityKind, str, float]:
    """Return kind, unit and the factor to the unit's base."""
    unit: Unit | None = UNITS.get(match["unit"] or "")
    if match["currency"]:
        return QuantityKind.MONEY, CURRENCIES[match["currency"]], 1.0
    if unit is not None:
        return QuantityKind(unit.kind), unit.base, unit.factor
    if match["slash"]:
        return QuantityKind.MONEY, "INR", 1.0
    if match["ordinal"]:
        return QuantityKind.ORDINAL, "", 1.0
    amount = match["amount"] or ""
    if len(amount) == 4 and amount.isdigit() and not match["times"] and 1500 <= low <= 2100 and high <= 2100:
        return QuantityKind.YEAR, "", 1.0
    following = _NEXT_WORD.match(match.string, match.end())
    return QuantityKind.COUNT, following.group(1) if following else "", 1.0


def _bound(match: re.Match[str]) -> Bound:
    words = match.string[max(0, match.start() - _LOOK_BACK) : match.start()].split()
    for count in range(min(_BOUND_WORDS, len(words)), 0, -1):  # the longest phrase first
        bound = _BOUNDS.get(" ".join(words[-count:]))
        if bound is not None:
            before = words[-count - _DENIED_WITHIN : -count]
            return bound if _DENIALS.isdisjoint(before) else _DENIED.get(bound, bound)
    return Bound.EXACT


def numeral(quantity: Quantity) -> float | None:
    """Return the number as written, without unit and multiplier: 48 of *forty-eight hours*, 4.2 of *Rs 4.20 crore*."""
    match = _QUANTITY.search(lowered(quantity.text))
    return None if match is None else _values(match)[0]


def are_opposed(claimed: Quantity, stated: Quantity) -> bool:
    """Say whether one is a least and the other a greatest value."""
    return stated.bound in _OPPOSED.get(claimed.bound, ())


def agrees(claimed: Quantity, stated: Quantity) -> bool:
    """Say whether a document's quantity bears the claimed one out; kinds and units are the caller's to compare."""
    if claimed.low == stated.low and claimed.high == stated.high:
        return not are_opposed(claimed, stated)  # *at least 500* is not *at most 500*
    if claimed.high > claimed.low and stated.high == stated.low:
        return claimed.low <= stated.low <= claimed.high
    if claimed.bound is stated.bound and claimed.bound in (Bound.ABOVE, Bound.BELOW):
        return False  # two limits are the same or they differ
    if claimed.bound is Bound.ABOVE and stated.bound is not Bound.BELOW:
        return stated.low >= claimed.low
    if claimed.bound is Bound.BELOW and stated.bound is not Bound.ABOVE:
        return stated.high <= claimed.high
    if stated.high > stated.low and claimed.low in (stated.low, stated.high):
        return True
    if claimed.bound is Bound.ABOUT:
        return abs(claimed.low - stated.low) <= 0.1 * max(abs(stated.low), 1e-9)
    # A large figure is often told rounded (18.6 crore for 186,420,000); a small one, such as a fee, never.
    is_roundable = claimed.digits >= _ROUNDED_DIGITS and claimed.low >= _ROUNDED_VALUE
    return is_roundable and claimed.digits < stated.digits and _rounded(stated.low, claimed.digits) == claimed.low


def _rounded(value: float, digits: int) -> float:
    return float(f"{value:.{max(0, digits - 1)}e}")
