from scorer.aggregate import aggregate
from scorer.flags import FLAG_CODES, GATE_TEXTS, raise_flags
from scorer.model import DimensionName, Flag, Signal, Verification
from tests.fakes.exchanges import BOOK, make_exchange, make_signal

POLICY = BOOK.policy_for(make_exchange())


def _flags(*signals: Signal, hallucinated: int = 0) -> tuple[Flag, ...]:
    return raise_flags(aggregate(signals, POLICY), POLICY, Verification(hallucinated_claims=hallucinated))


def test_low_scores_are_told_overall_first() -> None:
    flags = _flags(make_signal("a", 25, DimensionName.EXPLAINABILITY))

    assert [(flag.code, flag.text) for flag in flags] == [
        ("low_overall", "Low overall score: 25.0"),
        ("low_explainability", "Low explainability: 25.0"),
    ]


def test_score_at_the_threshold_is_not_low() -> None:
    assert _flags(make_signal("a", 40)) == ()


def test_score_is_compared_as_it_is_told() -> None:
    assert _flags(make_signal("a", 39.96)) == ()
    assert _flags(make_signal("a", 39.94))[0].text == "Low overall score: 39.9"


def test_null_score_raises_nothing() -> None:
    assert _flags(make_signal("a", None)) == ()


def test_hallucinations_are_counted() -> None:
    assert [flag.text for flag in _flags(hallucinated=5)] == ["Hallucinations detected: 5"]


def test_gate_is_told_with_its_consequence() -> None:
    flags = _flags(make_signal("a", 90, gate="gate_pii"))

    assert [flag.text for flag in flags] == ["Low overall score: 39.9", "Gate: personal data leaked"]


def test_every_code_is_in_the_closed_set() -> None:
    signals = [
        make_signal("a", 0, name, gate=gate) for name, gate in zip(DimensionName, [*GATE_TEXTS] * 2, strict=False)
    ]

    codes = [flag.code for flag in _flags(*signals, hallucinated=1)]

    assert sorted(codes) == sorted(FLAG_CODES)
