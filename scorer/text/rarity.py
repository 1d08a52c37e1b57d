"""How rare a stem is in everyday English, so that a name weighs more than a common verb. Pure after its first use.

Source: sentence frequencies over permissively licensed English corpora, written by `bench/quality/frequencies.py`.
"""

from functools import lru_cache
from importlib import resources
from typing import Final

UNLISTED: Final = 9.5
"""Rarity of a stem that is not among the listed ones, in nats."""
NUMERAL: Final = 6.5
"""Rarity of a number: it decides, and short ones recur by chance."""


@lru_cache(maxsize=1)
def rarities() -> dict[str, float]:
    """Return stem → rarity: -ln of the share of sentences that hold it. Read once a process, about 2 ms."""
    lines = resources.files("scorer.text").joinpath("frequencies.txt").read_text(encoding="utf-8").splitlines()
    return {stem: float(rarity) for stem, rarity in (line.split() for line in lines)}


@lru_cache(maxsize=65_536)
def rarity(stem: str) -> float:
    """Return the rarity of a stem in nats, about 3 to `UNLISTED`."""
    if stem[0].isdigit():
        return NUMERAL
    return rarities().get(stem, UNLISTED)
