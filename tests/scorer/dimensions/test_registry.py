import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from scorer.dimensions.registry import DIMENSIONS
from scorer.model import DimensionName, Signal, Status
from tests.fakes.exchanges import make_context, make_document

HUGE = 5_000_000
TEXT = st.one_of(
    st.text(max_size=400),
    st.text(alphabet=st.characters(categories=["Cs", "Cc", "Cf", "Mn", "So"]), max_size=100),
    st.sampled_from(["", " ", "\ud800", "I can't", "ज" * 90, "\u202e" * 40, "|||\n" * 60, "a@b." * 50, "(" * 300]),
)


def _signals(query: str, response: str) -> list[Signal]:
    context = make_context(query, response, documents=(make_document(response),))
    return [signal for dimension in DIMENSIONS for signal in dimension.signals(context)]


def test_nine_dimensions_stand_in_the_order_of_the_names() -> None:
    assert [dimension.name for dimension in DIMENSIONS] == list(DimensionName)


def test_every_dimension_has_two_signals_of_its_own() -> None:
    for dimension in DIMENSIONS:
        signals = dimension.signals(make_context())

        assert len(signals) >= 2
        assert len({signal.name for signal in signals}) == len(signals)
        assert {signal.dimension for signal in signals} == {dimension.name}


@settings(max_examples=150, deadline=None)
@given(TEXT, TEXT)
def test_any_text_gives_signals_that_hold_together(query: str, response: str) -> None:
    for signal in _signals(query, response):
        assert signal.status is not Status.FAILED, signal
        assert (signal.score is not None) is (signal.status is Status.ASSESSED)
        for evidence in signal.evidence:
            if evidence.field == "response":
                assert evidence.text == response[evidence.start : evidence.end]


@pytest.mark.parametrize("piece", ["a", "I can't. ", "1 ", "a@b.co ", "word " * 9, "\u0938", "<a ", "secret-"])
def test_answer_of_five_megabytes_is_judged_or_said_to_be_too_long(piece: str) -> None:
    signals = _signals("What is the fee?", piece * (HUGE // len(piece.encode())))

    assert all(signal.status is not Status.FAILED for signal in signals)
    by_name = {signal.name: signal for signal in signals}
    assert by_name["readability"].status in (Status.NOT_ASSESSED, Status.NOT_APPLICABLE)
    assert by_name["pii_leak"].status is Status.ASSESSED
