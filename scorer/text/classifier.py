"""Small trained models: logistic regression over hashed word and character n-grams. Pure, no numpy.

A text is normalised (`scorer/text/normalise.py`: look-alikes, invisible characters, leetspeak undone), cut into words,
and each *different* n-gram is one feature of equal size; the vector's length is 1, so that a long text says no more
than a short one. Some models also weigh words by a table and pairs of kinds of words (`scorer/text/lexicon.py`), so
that they know words that their training never showed. Weights are bytes in a JSON file of `scorer/dimensions/weights/`,
written by `python -m bench.train`, which also fits how the model's logit and the rules' probability are joined.
Figures: `docs/models.md`.
"""

import base64
import json
import math
import re
import zlib
from array import array
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from importlib import resources
from itertools import pairwise
from typing import Any

from scorer.text.lexicon import Lexicon, load_lexicon
from scorer.text.normalise import normalise, undo_leetspeak

BUCKETS = 1 << 16
"""Places of the weight table; two n-grams may share one."""
CHARACTERS = 4
"""Length of character n-grams, over words with their edges marked."""
LOGIT_LIMIT = 30.0
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+|[^\w\s]")


def model_words(text: str) -> list[str]:
    """Return the words and marks that a model reads; digits are made one number: figures are no one's style."""
    return [word if not word[0].isdigit() else "0" for word in _TOKEN.findall(undo_leetspeak(normalise(text)))]


def hashed_features(words: Sequence[str], has_characters: bool) -> list[int]:
    """Return the buckets of a text's different n-grams: words, pairs of words, and parts of words where asked."""
    grams = set(words)
    grams.update(map(" ".join, pairwise(words)))
    if has_characters:
        for word in set(words):
            marked = f"<{word}>"
            grams.update(f"#{marked[i : i + CHARACTERS]}" for i in range(len(marked) - CHARACTERS + 1))
    crc32 = zlib.crc32
    return [crc32(gram.encode("utf-8", "replace")) % BUCKETS for gram in grams]


@dataclass(frozen=True, slots=True)
class Joining:
    """How a model's logit and the rules' probability make one probability; fitted on held-out logits."""

    shift: float
    per_logit: float
    per_rule: float
    """For the rules' probability, 0 to 1; 0 where there are none."""

    def probability(self, logit: float, rule: float) -> float:
        """Return the joined probability, 0 to 1."""
        total = self.shift + self.per_logit * logit + self.per_rule * rule
        return 1 / (1 + math.exp(-max(-LOGIT_LIMIT, min(LOGIT_LIMIT, total))))


@dataclass(frozen=True, slots=True)
class WordWeights:
    """What a model makes of words by the lexicon: a weight for each row, and one for each pair of kinds."""

    row_scale: float
    rows: "array[int]"
    """A signed byte for each row of the lexicon."""
    pair_scale: float
    pairs: "array[int]"
    """A signed byte for each place of `Lexicon.pairs`."""

    def logit(self, lexicon: Lexicon, words: Sequence[str]) -> float:
        """Return what the words add to the log-odds; 0.0 when the lexicon has none of them."""
        rows, pairs = lexicon.read(words)
        own, pair_weights, total = self.rows, self.pairs, 0.0
        if rows:
            total += self.row_scale * sum([own[row] for row in rows]) / math.sqrt(len(rows))
        if pairs:
            total += self.pair_scale * sum([pair_weights[place] for place in pairs]) / math.sqrt(len(pairs))
        return total


@dataclass(frozen=True, slots=True)
class Classifier:
    """One trained model."""

    name: str
    has_characters: bool
    bias: float
    scale: float
    """What one step of a stored weight is worth."""
    weights: "array[int]"
    """`BUCKETS` signed bytes."""
    joining: Joining
    words: WordWeights | None = None
    """For a model that reads words by the lexicon, too."""

    def logit(self, text: str) -> float:
        """Return the log-odds of the model alone; the bias alone for a text without words."""
        words = model_words(text)
        places = hashed_features(words, self.has_characters)
        if not places:
            return self.bias
        weights = self.weights
        own = self.bias + self.scale * sum([weights[place] for place in places]) / math.sqrt(len(places))
        return own if self.words is None else own + self.words.logit(load_lexicon(), words)

    def probability(self, text: str, rule: float = 0.0) -> float:
        """Return the calibrated probability, joined with what the rules say (0 to 1)."""
        return self.joining.probability(self.logit(text), rule)


@lru_cache(maxsize=16)
def load_classifier(name: str) -> Classifier:
    """Return the shipped model of that name; read once a process, about 2 ms."""
    path = resources.files("scorer.dimensions") / "weights" / f"{name}.json"
    return parse_classifier(path.read_text(encoding="utf-8"))


def parse_classifier(text: str) -> Classifier:
    """Return the model from its file's text. Raises ValueError when a table has another size than it must have."""
    data = json.loads(text)
    words = data.get("words")
    return Classifier(
        name=data["name"],
        has_characters=data["has_characters"],
        bias=data["bias"],
        scale=data["scale"],
        weights=_unpacked(data["weights"], BUCKETS),
        joining=Joining(**data["joining"]),
        words=None if words is None else _parse_words(words, load_lexicon()),
    )


def _parse_words(data: dict[str, Any], lexicon: Lexicon) -> WordWeights:
    return WordWeights(
        row_scale=data["row_scale"],
        rows=_unpacked(data["rows"], len(lexicon.kinds)),
        pair_scale=data["pair_scale"],
        pairs=_unpacked(data["pairs"], lexicon.pair_places),
    )


def _unpacked(text: str, size: int) -> "array[int]":
    weights = array("b", zlib.decompress(base64.b85decode(text)))
    if len(weights) != size:
        raise ValueError(f"expected {size} weights, got {len(weights)}")
    return weights


def _packed(weights: "array[int]") -> str:
    return base64.b85encode(zlib.compress(weights.tobytes(), 9)).decode("ascii")


def write_classifier(model: Classifier) -> str:
    """Return the text of the model's file; `parse_classifier` reads it."""
    data: dict[str, Any] = {
        "name": model.name,
        "has_characters": model.has_characters,
        "bias": model.bias,
        "scale": model.scale,
        "joining": asdict(model.joining),
        "weights": _packed(model.weights),
    }
    words = model.words
    if words is not None:
        data["words"] = {
            "row_scale": words.row_scale,
            "rows": _packed(words.rows),
            "pair_scale": words.pair_scale,
            "pairs": _packed(words.pairs),
        }
    return json.dumps(data, indent=1) + "\n"
