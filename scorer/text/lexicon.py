"""Words as rows of a table and as one of two hundred kinds, so that a small model knows words it never saw. Pure.

The table's rows are the word pieces of an English encoder (WordPiece, Schuster and Nakajima 2012). A model that is
linear in the mean of its words' vectors needs no vectors when it is used: each row's product with the fitted direction
is one number, and that is what is shipped. Kinds are clusters of the same vectors; pairs of kinds generalise pairs of
words ("hate all", "loathe every"). Both are made by `python -m bench.train`, `bench/train/vectors.py`.
"""

import base64
import json
import zlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from typing import Final

SPECIAL: Final = ("", "xgroup", "xslur", "0", ".", ",", "!", "?", '"', "'", ":")
"""What has a kind of its own by its place here: the unknown, masks, any number, marks. Other marks are unknown."""
WORD_LETTERS: Final = 40
"""A longer word is none: it has no rows, so that cutting it up cannot take long."""
KEPT_WORDS: Final = 16_384
"""Words whose rows are kept; with one more all are forgotten, and the common ones are soon back."""
Entry = tuple[tuple[int, ...], int]
"""A word's rows, and its kind."""


@dataclass(frozen=True)
class Lexicon:
    """The table of one file."""

    rows: dict[str, int]
    """Each piece with its row; one that continues a word begins with `##`."""
    kinds: bytes
    """The kind of each row."""
    kind_count: int
    """Kinds, `SPECIAL` among them."""
    _kept: dict[str, Entry] = field(default_factory=dict, compare=False, repr=False)

    def entry(self, word: str) -> Entry:
        """Return the rows and the kind of a word as `scorer/text/classifier.py` cuts them."""
        found = self._kept.get(word)
        if found is None:
            if len(self._kept) >= KEPT_WORDS:
                self._kept.clear()
            found = self._kept[word] = self._read(word)
        return found

    def _read(self, word: str) -> Entry:
        if word in SPECIAL:
            return (), SPECIAL.index(word)
        rows = tuple(self.rows[piece] for piece in self._pieces(word))
        if not rows:
            return (), 0
        # The longest piece says most of what kind of word it is; the first of equals.
        pieces = self._pieces(word)
        return rows, self.kinds[rows[pieces.index(max(pieces, key=lambda piece: len(piece.lstrip("#"))))]]

    def _pieces(self, word: str) -> list[str]:
        """Cut a word into the longest pieces from its start; none when a part of it is in no piece."""
        plain = word if word in self.rows else word.partition("'")[0]
        pieces: list[str] = []
        start = 0
        while start < len(plain) <= WORD_LETTERS:
            mark = "##" if start else ""
            end = next((e for e in range(len(plain), start, -1) if mark + plain[start:e] in self.rows), 0)
            if not end:
                return []
            pieces.append(mark + plain[start:end])
            start = end
        return pieces

    def read(self, words: Iterable[str]) -> tuple[list[int], set[int]]:
        """Return the rows of the different words, and the pairs of kinds next to each other and one apart.

        A pair is a place in a table of `pair_places`. Linear in the words.
        """
        entries = [self.entry(word) for word in words]
        rows = [row for rows, _ in dict.fromkeys(entries) for row in rows]
        return rows, self.pairs([kind for _, kind in entries])

    def pairs(self, kinds: Sequence[int]) -> set[int]:
        """Return the places of pairs of kinds: neighbours in the first half of the table, one apart in the second."""
        count = self.kind_count
        half = count * count
        places = {first * count + second for first, second in pairwise(kinds)}
        places.update([half + first * count + second for first, second in zip(kinds, kinds[2:], strict=False)])
        return places

    @property
    def pair_places(self) -> int:
        """Size of a table of pairs."""
        return 2 * self.kind_count * self.kind_count


@lru_cache(maxsize=1)
def load_lexicon() -> Lexicon:
    """Return the shipped table; read once a process, about 10 ms and 4 MB."""
    path = resources.files("scorer.dimensions") / "weights" / "lexicon.json"
    return parse_lexicon(path.read_text(encoding="utf-8"))


def parse_lexicon(text: str) -> Lexicon:
    """Return the table from its file's text. Raises ValueError when rows and kinds differ in number."""
    data = json.loads(text)
    pieces = zlib.decompress(base64.b85decode(data["pieces"])).decode("utf-8").split("\n")
    kinds = zlib.decompress(base64.b85decode(data["kinds"]))
    if len(pieces) != len(kinds):
        raise ValueError(f"expected a kind for each of {len(pieces)} pieces, got {len(kinds)}")
    return Lexicon({piece: row for row, piece in enumerate(pieces)}, kinds, data["kind_count"])


def write_lexicon(lexicon: Lexicon) -> str:
    """Return the text of the table's file; `parse_lexicon` reads it."""
    pieces = "\n".join(lexicon.rows).encode("utf-8")
    data = {
        "kind_count": lexicon.kind_count,
        "kinds": base64.b85encode(zlib.compress(lexicon.kinds, 9)).decode("ascii"),
        "pieces": base64.b85encode(zlib.compress(pieces, 9)).decode("ascii"),
    }
    return json.dumps(data, indent=1) + "\n"
