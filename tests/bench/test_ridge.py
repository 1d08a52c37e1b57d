"""Training with word vectors on a toy vocabulary: what is learnt, also of words never seen, and what is shipped."""

import numpy as np
import pytest

from bench.train import ridge, worded
from bench.train.fit import Example, folds_of, join
from bench.train.vectors import Vectors, make_vectors
from scorer.text.classifier import Classifier
from scorer.text.lexicon import Lexicon

GOOD, BAD = ("kind", "warm", "gentle", "friendly", "lovely"), ("cruel", "cold", "harsh", "hostile", "nasty")
THINGS = ("stone", "river", "paper", "cloud")
EXAMPLES = [
    Example(f"a {word} {thing}", word in BAD, word)
    for word in (*GOOD[:4], *BAD[:4])
    for thing in THINGS
]  # fmt: skip


def make_toy() -> Vectors:
    pieces = [*GOOD, *BAD, *THINGS, "not", "a", "##s"]
    rng = np.random.default_rng(1)
    embeddings = rng.normal(0, 0.1, (len(pieces), 8))
    embeddings[: len(GOOD), 0] += 1
    embeddings[len(GOOD) : len(GOOD) + len(BAD), 0] -= 1
    embeddings[len(GOOD) + len(BAD) :, 1] += 1
    return make_vectors(pieces, embeddings, clusters=3)


@pytest.fixture
def toy(monkeypatch: pytest.MonkeyPatch) -> Vectors:
    vectors = make_toy()
    monkeypatch.setattr("scorer.text.classifier.load_lexicon", lambda: vectors.lexicon)
    return vectors


def test_words_alike_are_of_one_kind_and_negations_of_the_kind_of_not() -> None:
    lexicon = make_toy().lexicon

    assert lexicon.entry("kind")[1] == lexicon.entry("lovely")[1] != lexicon.entry("nasty")[1]
    assert lexicon.entry("don't")[1] == lexicon.entry("not")[1] != lexicon.entry("a")[1]


def test_words_never_seen_are_judged_by_what_they_resemble(toy: Vectors) -> None:
    unseen = [Example("a lovely river", False, "x"), Example("a nasty river", True, "y")]
    both = ridge.features([*EXAMPLES, *unseen], toy, False)
    seen = range(len(EXAMPLES))

    logits = worded.word_logits(both, ridge.fit_ridge(both.of(seen), EXAMPLES, 0.1))

    assert logits[-2] < 0 < logits[-1]


def test_fit_is_where_the_gradient_ends(toy: Vectors) -> None:
    of = ridge.features(EXAMPLES, toy, True)
    truth = np.array([float(example.is_positive) for example in EXAMPLES])

    found = ridge.fit_ridge(of, EXAMPLES, 0.1)
    slope = of.back(truth - 1 / (1 + np.exp(-of.times(found)))).plus(found, -0.1)

    assert slope.dot(slope) < 1e-6


def test_stored_weights_say_the_same_as_the_fitted_ones(toy: Vectors) -> None:
    of = ridge.features(EXAMPLES, toy, False)
    weights = ridge.fit_ridge(of, EXAMPLES, 0.1)
    logits = worded.word_logits(of, weights)

    model = worded.make_worded("toy", False, weights, of, toy, join(logits, EXAMPLES, range(len(EXAMPLES))))

    assert isinstance(model, Classifier)
    assert all(abs(model.logit(e.text) - logit) < 0.1 for e, logit in zip(EXAMPLES, logits, strict=True))


def test_held_out_log_odds_are_of_models_that_saw_nothing_of_the_group(toy: Vectors) -> None:
    of = ridge.features(EXAMPLES, toy, False)
    folds = folds_of(EXAMPLES)
    changed = [
        Example(e.text, e.is_positive is not (fold == 0), e.group)
        for e, fold in zip(EXAMPLES, folds, strict=True)
    ]  # fmt: skip

    plain, other = (worded.held_out_logits(of, examples, folds, 0.1) for examples in (EXAMPLES, changed))

    # The labels of a fold decide nothing about its own log-odds.
    assert [z for z, fold in zip(plain, folds, strict=True) if fold == 0] == pytest.approx(
        [z for z, fold in zip(other, folds, strict=True) if fold == 0]
    )


def test_words_of_other_languages_are_no_pieces() -> None:
    assert isinstance(make_toy().lexicon, Lexicon)
    assert make_toy().lexicon.entry("fluß") == ((), 0)
