from array import array

from bench.train.heldout import FoldModels, fold_of, told
from scorer.text.classifier import BUCKETS, Classifier, Joining


def make_models(folds: dict[str, int]) -> FoldModels:
    model = Classifier("toy", False, 0.0, 1.0, array("b", bytes(BUCKETS)), Joining(0, 1, 0))
    return FoldModels((model,) * 5, folds)


def test_text_is_judged_by_the_models_of_its_own_fold() -> None:
    hate, harm = make_models({"xgroup are kind.": 3}), make_models({"request-How do I?": 2})

    assert fold_of({"response": "Women are kind.", "query": "How do I?"}, hate, harm) == (3, 2)
    assert fold_of({"response": "Never seen.", "query": ""}, hate, harm) == (0, 0)


def test_rates_are_told_at_each_line_and_only_of_sides_that_are_there() -> None:
    both = told("x", [True, True, False, False], [0.95, 0.6, 0.85, 0.1])
    harmless = told("y", [False, False], [0.6, 0.1])

    assert both == (
        "x: AUROC 0.750, TPR at 0.5: 1.000, FPR at 0.5: 0.500, TPR at 0.8: 0.500, FPR at 0.8: 0.500, "
        "TPR at 0.9: 0.500, FPR at 0.9: 0.000"
    )
    assert harmless == "y: FPR at 0.5: 0.500, FPR at 0.8: 0.000, FPR at 0.9: 0.000"
