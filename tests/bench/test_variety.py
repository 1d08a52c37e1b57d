from bench.quality.variety import ENOUGH_ITEMS, Variety
from scorer.model import Evaluation, Signal
from tests.fakes.evaluations import make_evaluation
from tests.fakes.exchanges import make_signal


def _with(*signals: Signal) -> Evaluation:
    return make_evaluation(1, signals=signals)


def test_signal_that_never_says_anything_else_is_constant() -> None:
    variety = Variety()
    for n in range(ENOUGH_ITEMS):
        variety.add(_with(make_signal("same", 100.0), make_signal("varied", float(n)), make_signal("unseen", None)))

    assert variety.constant() == ("same",)
    assert variety.unseen() == ("unseen",)


def test_value_that_moves_under_a_still_score_is_no_constant() -> None:
    variety = Variety()
    for n in range(ENOUGH_ITEMS):
        variety.add(_with(make_signal("attempt", 100.0, value=float(n))))

    assert variety.constant() == ()


def test_few_items_may_agree_by_chance() -> None:
    variety = Variety()
    for _ in range(ENOUGH_ITEMS - 1):
        variety.add(_with(make_signal("same", 100.0)))

    assert variety.constant() == ()
