"""Calendar dates in their usual spellings, as values that can be compared. Pure, linear in the text."""

import re
from dataclasses import dataclass
from typing import Final

from scorer.text.tokens import lowered

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "january jan जनवरी", "february feb फरवरी", "march mar मार्च", "april apr अप्रैल", "may मई", "june jun जून",
            "july jul जुलाई", "august aug अगस्त", "september sep sept सितंबर", "october oct अक्टूबर",
            "november nov नवंबर", "december dec दिसंबर",
        ),
        start=1,
    )
    for name in names.split()
}  # fmt: skip
_MONTH = "|".join(sorted(_MONTHS, key=len, reverse=True))
DATE: Final = re.compile(
    rf"(?<![\w])(?<![^\W\d_]-)(?:"
    rf"(?P<d1>\d{{1,2}})(?:st|nd|rd|th)?\s(?:of\s)?(?P<m1>{_MONTH})(?![\w])\.?(?:,?\s(?P<y1>\d{{4}})\b)?"
    rf"|(?P<m2>{_MONTH})\.?\s(?P<d2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!,\d{{3}})(?:\s?,?\s(?P<y2>\d{{4}})\b)?"
    rf"|(?P<m3>{_MONTH})(?![\w])\.?,?\s(?P<y3>\d{{4}})\b"
    r"|(?P<y4>\d{4})-(?P<m4>\d{2})-(?P<d4>\d{2})\b"
    r"|(?P<d5>\d{1,2})[/.](?P<m5>\d{1,2})[/.](?P<y5>\d{4})\b"
    r")",
    re.IGNORECASE,
)
_FIGURES: Final = re.compile(r"\d[-/.]\d")
_NUMBER: Final = re.compile(r"\d+")
_NAMED: Final = re.compile(rf"\b(?:{_MONTH})(?!\w)")
"""For text in lower case."""
_BEFORE_NUMBER, _AFTER_NUMBER = 12, 16
"""Characters beside a number in which its month stands: `September., 5`, `5th of September`."""
_LIMITS = re.compile(r"\b(?:before|after|since|until|till|by|from|prior to|later than|earlier than)\s$", re.IGNORECASE)
DATE_LIMIT = 200
"""Dates read out of one text."""


@dataclass(frozen=True, slots=True)
class Date:
    """A date with its place in the text; a part that was not given is None."""

    start: int
    end: int
    text: str
    year: int | None
    month: int | None
    day: int | None
    is_limit: bool = False
    """Given as a limit (*before 5 March*): another date may bear it out."""

    def agrees(self, stated: "Date") -> bool:
        """Say whether every part that this date gives is given and the same in `stated`."""
        if self.day is not None and (stated.day != self.day or stated.month != self.month):
            return False
        if self.month is not None and stated.month != self.month:
            return False
        return self.year is None or stated.year is None or stated.year == self.year


def read_dates(text: str) -> list[Date]:
    """Return the dates of a text in order; a day and month out of range is no date. 4/5/2024 is the 4th of May."""
    if not _has_date(text):
        return []
    found = []
    for match in DATE.finditer(text):
        date = _date(match)
        if date is not None:
            found.append(date)
            if len(found) >= DATE_LIMIT:
                break
    return found


def _has_date(text: str) -> bool:
    """Say whether the text may hold a date: most with a number hold none, and a short look is cheaper."""
    lower = lowered(text)
    for number in _NUMBER.finditer(lower):
        if _NAMED.search(lower, max(0, number.start() - _BEFORE_NUMBER), number.end() + _AFTER_NUMBER):
            return True
    return _FIGURES.search(text) is not None


def _date(match: re.Match[str]) -> Date | None:
    groups = match.groupdict()
    day, month, year = (_part(groups, name) for name in "dmy")
    if month is None or not 1 <= month <= 12 or (day is not None and not 1 <= day <= 31):
        return None
    if year is None and re.search(r"\bmay\b", match.group()):
        return None  # the verb
    text = match.string
    is_limit = _LIMITS.search(text, max(0, match.start() - 14), match.start()) is not None
    return Date(match.start(), match.end(), match.group(), year, month, day, is_limit)


def _part(groups: dict[str, str | None], name: str) -> int | None:
    value = next((groups[f"{name}{n}"] for n in "12345" if groups.get(f"{name}{n}")), None)
    if value is None:
        return None
    return _MONTHS[value.lower()] if value.lower() in _MONTHS else int(value)
