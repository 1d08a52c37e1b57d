import pytest

from bench.quality.separation import GOOD, separations
from tests.fakes.evaluations import make_evaluation

FILE = GOOD[0]


def test_good_and_bad_answers_are_set_against_each_other() -> None:
    items = {FILE: [{"label": 1}, {"label": 1}, {"label": 0}, {"label": 0}]}
    scores = (90.0, 80.0, 70.0, None)
    evaluations = {FILE: [make_evaluation(n, overall_score=score) for n, score in enumerate(scores)]}

    (found,) = separations(items, evaluations)

    assert (found.good, found.bad, found.auroc) == (2, 1, 1.0)
    assert found.gap == pytest.approx(15)
    assert "15.0 points apart" in found.told()


def test_missing_files_are_left_out() -> None:
    assert separations({}, {}) == ()
