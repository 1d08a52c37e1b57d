"""An evaluation in OpenTelemetry's words: nothing invented, and no text of the exchange."""

from exporters.otlp_records import score_events, span_attributes
from scorer.model import DimensionName, DimensionScore, Usage
from tests.fakes.evaluations import make_evaluation


def test_a_score_that_was_not_assessed_has_no_event() -> None:
    evaluation = make_evaluation(1)

    names = [event.name for event in score_events(evaluation)]

    assert names[0] == "overall"
    assert set(names[1:]) == {name.value for name in DimensionName} - {"explainability"}
    assert span_attributes(evaluation)["endurance.not_assessed"] == ("explainability",)


def test_an_event_tells_name_value_label_and_explanation() -> None:
    evaluation = make_evaluation(
        1,
        dimensions=dict.fromkeys(DimensionName) | {DimensionName.SECURITY: 20.0, DimensionName.BIAS_FAIRNESS: 90.0},
        flag_codes=("low_security",),
        reasoning=(DimensionScore(dimension=DimensionName.SECURITY, score=20.0, reason="a secret was leaked"),),
        overall_score=None,
    )

    events = {event.name: event.attributes for event in score_events(evaluation, with_explanations=True)}

    assert events.keys() == {"security", "bias_fairness"}
    assert events["security"]["gen_ai.evaluation.score.value"] == 20.0
    assert events["security"]["gen_ai.evaluation.score.label"] == "fail"
    assert events["security"]["gen_ai.evaluation.explanation"] == "a secret was leaked"
    assert events["bias_fairness"]["gen_ai.evaluation.score.label"] == "pass"
    assert "gen_ai.evaluation.explanation" not in events["bias_fairness"]


def test_what_is_not_known_is_left_out() -> None:
    attributes = span_attributes(make_evaluation(1, model=None, overall_score=None))

    assert not attributes.keys() & {"gen_ai.response.model", "gen_ai.conversation.id", "endurance.overall_score"}
    assert all(value is not None for value in attributes.values())


def test_estimated_tokens_are_not_told_as_used() -> None:
    counted = make_evaluation(1, usage=Usage(input_tokens=5, output_tokens=7))
    estimated = make_evaluation(1, usage=Usage(input_tokens=5, output_tokens=7, estimated=True))

    assert span_attributes(counted)["gen_ai.usage.input_tokens"] == 5
    assert "gen_ai.usage.input_tokens" not in span_attributes(estimated)


def test_no_text_of_the_exchange_is_told() -> None:
    evaluation = make_evaluation(
        1,
        query="quixotic question",
        response="quixotic answer",
        metadata={"a": "quixotic"},
        reasoning=(DimensionScore(dimension=DimensionName.SECURITY, score=1.0, reason="it says quixotic"),),
    )

    told = [span_attributes(evaluation), *(event.attributes for event in score_events(evaluation))]

    assert "quixotic" not in str(told)
