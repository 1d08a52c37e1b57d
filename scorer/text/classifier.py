"""Small trained models: logistic regression over hashed word and character n-grams. Pure, no numpy.

A text is normalised (`scorer/text/normalise.py`: look-alikes, invisible characters, leetspeak undone), cut into words,
and each *different* n-gram is one feature of equal size; the vector's length is 1, so that a long text says no more
than a short one. Weights are bytes in a JSON file of `scorer/dimensions/weights/`, written by `python -m bench.train`,
which also fits how the model's logit and the rules' probability are joined. Figures: `docs/models.md`.
"""

import base64
import json
import math
import re
import zlib
from array import array
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from itertools import pairwise

from scorer.text.normalise import normalise, undo_leetspeak

BUCKETS = 1 << 16
"""Places of the weight table; two n-grams may share one."""
CHARACTERS = 4
"""Length of character n-grams, over words with their edges marked."""
LOGIT_LIMIT = 30.0
_TOKEN = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*|\d+|[^\w\s]")


def hashed_features(text: str, has_characters: bool) -> list[int]:
    """Return the buckets of the text's different n-grams: words, pairs of words, and parts of words where asked.

    Digits are made one number: figures are no one's style. Linear in the text.
    """
    words = [word if not word[0].isdigit() else "0" for word in _TOKEN.findall(undo_leetspeak(normalise(text)))]
    grams = set(words)
    grams.update(map(" ".join, pairwise(words)))
    if has_characters:
        for word in set(words):
            marked = f"<{word}>"
            grams.update(f"#{marked[i : i + CHARACTERS]}" for i in range(len(marked) - CHARACTERS + 1))
    return [zlib.crc32(gram.encode("utf-8", "replace")) % BUCKETS for gram in grams]


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

    def logit(self, text: str) -> float:
        """Return the log-odds of the model alone; the bias alone for a text without words."""
        places = hashed_features(text, self.has_characters)
        if not places:
            return self.bias
        weights = self.weights
        return self.bias + self.scale * sum([weights[place] for place in places]) / math.sqrt(len(places))

    def probability(self, text: str, rule: float = 0.0) -> float:
        """Return the calibrated probability, joined with what the rules say (0 to 1)."""
        return self.joining.probability(self.logit(text), rule)


@lru_cache(maxsize=16)
def load_classifier(name: str) -> Classifier:
    """Return the shipped model of that name; read once a process, about 2 ms."""
    path = resources.files("scorer.dimensions") / "weights" / f"{name}.json"
    return parse_classifier(path.read_text(encoding="utf-8"))


def parse_classifier(text: str) -> Classifier:
    """Return the model from its file's text. Raises ValueError when the table has another size."""
    data = json.loads(text)
    weights = array("b", zlib.decompress(base64.b85decode(data["weights"])))
    if len(weights) != BUCKETS:
        raise ValueError(f"expected {BUCKETS} weights, got {len(weights)}")
    return Classifier(
        name=data["name"],
        has_characters=data["has_characters"],
        bias=data["bias"],
        scale=data["scale"],
        weights=weights,
        joining=Joining(**data["joining"]),
    )


def write_classifier(model: Classifier) -> str:
    """Return the text of the model's file; `parse_classifier` reads it."""
    joining = {"shift": model.joining.shift, "per_logit": model.joining.per_logit, "per_rule": model.joining.per_rule}
    data = {
        "name": model.name,
        "has_characters": model.has_characters,
        "bias": model.bias,
        "scale": model.scale,
        "joining": joining,
        "weights": base64.b85encode(zlib.compress(model.weights.tobytes(), 9)).decode("ascii"),
    }
    return json.dumps(data, indent=1) + "\n"
