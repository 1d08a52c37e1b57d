"""Names of units, currencies and numbers in words, with what they stand for. Pure data."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of measure: `factor` times `base`; `kind` is a value of `QuantityKind`."""

    kind: str
    base: str
    factor: float


_GROUPS: Final = (
    ("percent", "%", (("% percent per-cent pct percentage प्रतिशत फीसदी", 1.0),)),
    # A month is no fixed number of days, so months and years are a measure of their own.
    ("duration", "days", (("day days दिन दिनों", 1.0), ("week weeks सप्ताह", 7.0), ("fortnight", 14.0),
                          ("hour hours hrs hr घंटे", 1 / 24), ("minute minutes min mins", 1 / 1440),
                          ("second seconds secs", 1 / 86400))),
    ("duration", "months", (("month months माह महीने", 1.0), ("year years yrs yr वर्ष साल", 12.0),
                            ("decade decades", 120.0), ("century centuries", 1200.0))),
    ("money", "INR", (("rupee rupees रुपये रुपए रूपये", 1.0), ("paise", 0.01))),
    ("money", "USD", (("dollar dollars", 1.0), ("cents", 0.01))),
    ("money", "EUR", (("euro euros", 1.0),)),
    ("money", "GBP", (("pound-sterling", 1.0),)),
    ("measure", "m", (("metre metres meter meters", 1.0),
                      ("km kms kilometre kilometres kilometer kilometers किमी", 1e3),
                      ("cm centimetre centimetres centimeter centimeters", 0.01), ("mm millimetre millimeters", 0.001),
                      ("mile miles", 1609.344), ("foot feet ft", 0.3048), ("inch inches", 0.0254))),
    ("measure", "kg", (("kg kgs kilogram kilograms", 1.0), ("gram grams", 0.001), ("mg milligram milligrams", 1e-6),
                       ("tonne tonnes", 1e3), ("quintal quintals", 1e2), ("pound pounds lbs lb", 0.45359237))),
    ("measure", "litre", (("litre litres liter liters", 1.0), ("ml millilitre milliliters", 0.001))),
    ("measure", "m2", (("hectare hectares ha", 1e4), ("acre acres", 4046.8564))),
    ("measure", "MW", (("mw megawatt megawatts", 1.0), ("gw gigawatt gigawatts", 1e3),
                       ("kw kilowatt kilowatts", 1e-3))),
    ("measure", "°C", (("°c celsius", 1.0),)),
)  # fmt: skip
UNITS: Final = {
    name.replace("-", " "): Unit(kind, base, factor)
    for kind, base, members in _GROUPS
    for names, factor in members
    for name in names.split()
}
"""By name in lower case."""

CURRENCIES: Final = {
    "₹": "INR", "rs": "INR", "re": "INR", "inr": "INR", "रु": "INR", "$": "USD", "us$": "USD", "usd": "USD", "€": "EUR",
    "eur": "EUR", "£": "GBP", "gbp": "GBP",
}  # fmt: skip

WORD_VALUES: Final = {
    "zero": 0.0, "one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0,
    "eight": 8.0, "nine": 9.0, "ten": 10.0, "eleven": 11.0, "twelve": 12.0, "thirteen": 13.0, "fourteen": 14.0,
    "fifteen": 15.0, "sixteen": 16.0, "seventeen": 17.0, "eighteen": 18.0, "nineteen": 19.0, "twenty": 20.0,
    "thirty": 30.0, "forty": 40.0, "fifty": 50.0, "sixty": 60.0, "seventy": 70.0, "eighty": 80.0, "ninety": 90.0,
    "twice": 2.0, "half": 0.5, "एक": 1.0, "दो": 2.0, "तीन": 3.0, "चार": 4.0, "पांच": 5.0, "पाँच": 5.0, "दस": 10.0,
    "पंद्रह": 15.0, "बीस": 20.0, "तीस": 30.0, "पचास": 50.0,
}  # fmt: skip
