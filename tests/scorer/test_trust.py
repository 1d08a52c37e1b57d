import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.trust import Judged, calibrate, drift, follow, group_gaps, wilson

GOOD = [80.0, 84.0] * 20
scores = st.lists(st.floats(0, 100), max_size=200)


def test_no_record_has_no_course() -> None:
    course = follow([])

    assert (course.smoothed, course.limit, course.is_alarm) == (None, None, False)


def test_steady_scores_raise_no_alarm() -> None:
    course = follow(GOOD * 5)

    assert course.smoothed == pytest.approx(82, abs=1)
    assert not course.is_alarm


def test_lasting_fall_raises_the_alarm_and_one_bad_record_does_not() -> None:
    assert follow([*GOOD, *[60.0] * 20]).is_alarm
    assert not follow([*GOOD, 80.0, 79.0, 82.0]).is_alarm


def test_alarm_stays_until_the_score_has_recovered_for_a_while() -> None:
    fallen = [*[50.0] * 30, *[0.0] * 30]

    assert follow([*fallen, *[100.0] * 10]).is_alarm
    assert not follow([*fallen, *[100.0] * 60]).is_alarm


@given(scores)
def test_smoothed_score_stays_in_range(values: list[float]) -> None:
    course = follow(values)

    assert course.smoothed is None or -1e-9 <= course.smoothed <= 100 + 1e-9


def test_same_distribution_is_no_drift_and_another_one_is() -> None:
    before = [float(n % 100) for n in range(300)]

    assert not drift(before, before[::-1]).is_significant
    assert drift(before, [50 + value / 2 for value in before]).is_significant


def test_too_few_records_have_no_drift() -> None:
    found = drift([1.0] * 49, [2.0] * 500)

    assert found.stability_index is None
    assert not found.is_significant


@given(st.lists(st.floats(0, 100), min_size=50, max_size=80), st.lists(st.floats(0, 100), min_size=50, max_size=80))
def test_stability_index_is_finite_and_not_negative(before: list[float], after: list[float]) -> None:
    index = drift(before, after).stability_index

    assert index is not None
    assert math.isfinite(index)
    assert index >= -1e-12


def test_groups_are_compared_with_the_one_that_fares_best() -> None:
    low, high, small = group_gaps({"a": (20, 40), "b": (36, 40), "c": (1, 5)})

    assert low.difference == pytest.approx(-0.4)
    assert low.impact_ratio == pytest.approx(0.5 / 0.9)
    assert (low.is_below_four_fifths, high.is_below_four_fifths) == (True, False)
    assert (small.difference, small.impact_ratio) == (None, None)


def test_single_large_group_has_no_gap() -> None:
    assert group_gaps({"a": (20, 40), "b": (3, 4)})[0].difference is None


def test_groups_without_a_good_answer_have_no_ratio() -> None:
    assert [gap.impact_ratio for gap in group_gaps({"a": (0, 40), "b": (0, 40)})] == [None, None]


def test_wilson_interval_is_the_published_one() -> None:
    rate = wilson(9, 10)  # Newcombe 1998: 0.596 to 0.982

    assert rate is not None
    assert (rate.low, rate.high) == (pytest.approx(0.596, abs=0.001), pytest.approx(0.982, abs=0.001))
    assert wilson(0, 0) is None


def test_agreement_with_people_is_told() -> None:
    judged = [Judged(True, True, 0.9)] * 9 + [Judged(False, True, 0.1)] + [Judged(False, False, 0.1)] * 10

    found = calibrate(judged)

    assert found.kappa == pytest.approx(0.9)
    assert found.true_positive_rate is not None
    assert found.true_positive_rate.value == pytest.approx(0.9)
    assert found.true_negative_rate is not None
    assert found.true_negative_rate.value == 1
    assert found.brier == pytest.approx((9 * 0.01 + 0.81 + 10 * 0.01) / 20)
    assert found.calibration_error == pytest.approx((9 * 0.1 + 11 * abs(0.1 - 1 / 11)) / 20)


def test_few_verdicts_give_rates_with_intervals_and_no_kappa() -> None:
    found = calibrate([Judged(True, True)])

    assert (found.kappa, found.brier, found.calibration_error, found.probabilities) == (None, None, None, 0)
    assert found.true_positive_rate is not None
    assert found.true_positive_rate.low < 0.3


def test_one_sided_verdicts_have_no_kappa() -> None:
    assert calibrate([Judged(False, False)] * 30).kappa is None
