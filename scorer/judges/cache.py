"""Rulings that were given, by the hash of what was asked. Pure, bounded: the ones longest unused go first."""

from collections import OrderedDict

from scorer.claims.question import Ruling


class RulingCache:
    """Keeps up to `entries` rulings, in memory alone; 0 keeps none."""

    def __init__(self, entries: int) -> None:
        self._entries = entries
        self._kept: OrderedDict[str, Ruling] = OrderedDict()

    def get(self, key: str) -> Ruling | None:
        """Return the ruling of a question asked before; None where none is kept."""
        ruling = self._kept.get(key)
        if ruling is not None:
            self._kept.move_to_end(key)
        return ruling

    def put(self, ruling: Ruling) -> None:
        """Keep a ruling."""
        self._kept[ruling.key] = ruling
        self._kept.move_to_end(ruling.key)
        while len(self._kept) > self._entries:
            self._kept.popitem(last=False)
