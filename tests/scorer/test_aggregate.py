import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.aggregate import GATE_CAP, aggregate
from scorer.model import DimensionName, Role, Signal, Status
from scorer.policy import Policy
from tests.fakes.exchanges import BOOK, make_exchange, make_signal

Name = DimensionName
POLICY = BOOK.policy_for(make_exchange())
NOTHING = {"status": Status.NOT_APPLICABLE}


def _weighted(**weights: float) -> Policy:
    own = {Name(name): weight for name, weight in weights.items()}
    return BOOK.policy_for(make_exchange(custom_weights=own))


def _security(*signals: Signal) -> float | None:
    return aggregate(signals, POLICY).dimensions[Name.SECURITY]


def test_dimension_is_the_weighted_mean_of_its_qualities() -> None:
    assert _security(make_signal("a", 100, weight=3), make_signal("b", 20)) == 80


def test_worst_fault_caps_the_mean() -> None:
    assert (
        _security(make_signal("a", 100), make_signal("b", 30, role=Role.FAULT), make_signal("c", 60, role=Role.FAULT))
        == 30
    )


def test_fault_above_the_mean_does_not_lift_it() -> None:
    assert _security(make_signal("a", 50), make_signal("b", 100, role=Role.FAULT)) == 50


def test_faults_alone_give_their_minimum() -> None:
    assert _security(make_signal("a", 100, role=Role.FAULT), make_signal("b", 70, role=Role.FAULT)) == 70


@pytest.mark.parametrize(("missing", "score"), [(2, 100), (3, None)])
def test_dimension_needs_a_third_of_its_weight(missing: int, score: float | None) -> None:
    signals = [make_signal("a", 100), *(make_signal(f"m{number}", None) for number in range(missing))]

    assert _security(*signals) == score


def test_not_applicable_signals_leave_the_coverage() -> None:
    assert _security(make_signal("a", 100), *(make_signal(f"n{n}", None, **NOTHING) for n in range(9))) == 100


def test_overall_is_the_weighted_mean_of_what_has_a_score() -> None:
    signals = (make_signal("a", 100, Name.SECURITY), make_signal("b", 40, Name.RESPONSE_QUALITY))

    result = aggregate(signals, _weighted(security=1, response_quality=3))

    assert (result.overall, result.coverage) == (55, 1)


def test_dimension_without_an_occasion_leaves_the_denominator() -> None:
    signals = (make_signal("a", 80, Name.SECURITY), make_signal("b", None, Name.HUMAN_CONTROL, **NOTHING))

    result = aggregate(signals, _weighted(security=1, human_control=9))

    assert (result.overall, result.coverage) == (80, 1)


@pytest.mark.parametrize(("weight", "overall"), [(2, 80), (3, None)])
def test_overall_needs_a_third_of_the_weight(weight: float, overall: float | None) -> None:
    signals = (make_signal("a", 80, Name.SECURITY), make_signal("b", None, Name.DATA_GROUNDING))

    assert aggregate(signals, _weighted(security=1, data_grounding=weight)).overall == overall


def test_gate_caps_the_overall_score_and_is_told_once() -> None:
    signals = tuple(make_signal(name, 90, gate="gate_pii") for name in ("a", "b"))

    result = aggregate(signals, POLICY)

    assert (result.overall, result.gates) == (GATE_CAP, ("gate_pii",))


def test_experimental_signal_trips_no_gate_and_stops_at_the_threshold() -> None:
    weak = make_signal("weak", 0, role=Role.FAULT, experimental=True, gate="gate_hate")

    result = aggregate((make_signal("a", 100), weak), POLICY)

    assert result.gates == ()
    assert result.dimensions[Name.SECURITY] == POLICY.thresholds[Name.SECURITY]


def test_experimental_signal_does_not_lift_what_is_low_without_it() -> None:
    weak = make_signal("weak", 0, role=Role.FAULT, experimental=True)

    assert _security(make_signal("a", 10), weak) == 10


def test_reasoning_names_the_worst_signals_and_why_a_score_is_missing() -> None:
    signals = (make_signal("leak", 10), make_signal("fine", 100), make_signal("b", None, Name.DATA_GROUNDING))

    reasons = {entry.dimension: entry.reason for entry in aggregate(signals, POLICY).reasoning}

    assert list(reasons) == list(Name)
    assert reasons[Name.SECURITY].startswith("leak 10: leak says so")
    assert reasons[Name.DATA_GROUNDING] == "not assessed: b says so"
    assert reasons[Name.HUMAN_CONTROL] == "not applicable"


def test_nothing_at_all_has_no_score() -> None:
    result = aggregate((), POLICY)

    assert (result.overall, result.coverage, result.not_assessed) == (None, 0, tuple(Name))


_SIGNAL = st.builds(
    make_signal,
    st.sampled_from("abcdef"),
    st.one_of(st.none(), st.floats(0, 100)),
    st.sampled_from(list(Name)),
    role=st.sampled_from(list(Role)),
    weight=st.floats(0.1, 10),
    experimental=st.booleans(),
)


@given(st.lists(_SIGNAL, max_size=30))
def test_scores_stay_in_range_and_below_no_gate(signals: list[Signal]) -> None:
    result = aggregate(signals, POLICY)

    assert all(score is None or 0 <= score <= 100 for score in (result.overall, *result.dimensions.values()))
    assert 0 <= result.coverage <= 1
    assert list(result.dimensions) == list(Name)


@given(st.lists(_SIGNAL, min_size=1, max_size=20), st.sampled_from(list(Name)))
def test_another_fault_never_raises_a_dimension(signals: list[Signal], name: Name) -> None:
    before = aggregate(signals, POLICY).dimensions[name]
    after = aggregate([*signals, make_signal("fault", 0, name, role=Role.FAULT)], POLICY).dimensions[name]

    assert before is None or after is None or after <= before
