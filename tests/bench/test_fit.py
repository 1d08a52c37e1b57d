"""Training on a toy set: what is learnt, what is held out, and that it is the same each time."""

from bench.train.fit import (
    Example,
    featurise,
    fit,
    folds_of,
    held_out_logits,
    held_out_probabilities,
    join,
    make_classifier,
)

EXAMPLES = [
    Example(f"{'please refuse' if n % 2 else 'gladly answer'} number {n} {word}", n % 2 == 1, f"group {n % 12}")
    for n, word in enumerate(("stone", "river", "paper", "cloud") * 12)
]
FEATURES = featurise(EXAMPLES, False)
EVERYTHING = range(len(EXAMPLES))


def test_groups_are_never_on_both_sides() -> None:
    folds = folds_of(EXAMPLES)

    assert all(folds[n] == folds[m] for n in EVERYTHING for m in EVERYTHING if EXAMPLES[n].group == EXAMPLES[m].group)
    assert len(set(folds)) == 5


def test_word_that_decides_is_learnt_beyond_the_examples() -> None:
    folds = folds_of(EXAMPLES)
    logits = held_out_logits(FEATURES, EXAMPLES, folds)
    probabilities = held_out_probabilities(logits, EXAMPLES, folds)

    assert all((p > 0.5) is example.is_positive for p, example in zip(probabilities, EXAMPLES, strict=True))


def test_stored_weights_say_the_same_as_the_fitted_ones() -> None:
    fitted = fit(FEATURES, EXAMPLES, EVERYTHING)
    logits = [fitted.logit(row) for row in FEATURES]
    model = make_classifier("toy", False, fitted, join(logits, EXAMPLES, EVERYTHING))

    assert all(abs(model.logit(e.text) - logit) < 0.1 for e, logit in zip(EXAMPLES, logits, strict=True))


def test_training_twice_gives_the_same() -> None:
    first, second = (fit(FEATURES, EXAMPLES, EVERYTHING) for _ in range(2))

    assert (first.bias, list(first.weights)) == (second.bias, list(second.weights))


def test_caution_makes_positives_rarer() -> None:
    logits = [fit(FEATURES, EXAMPLES, EVERYTHING).logit(row) for row in FEATURES]

    plain, careful = (join(logits, EXAMPLES, EVERYTHING, caution) for caution in (1.0, 5.0))

    assert careful.probability(0.0, 0.0) < plain.probability(0.0, 0.0)
