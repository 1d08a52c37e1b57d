from scorer.dimensions.base import PASSAGE_CHARACTERS, Context, SignalKind, detect_all, quote
from scorer.model import DimensionName, Signal, Status, Unit
from tests.fakes.exchanges import make_context

KIND = SignalKind(DimensionName.SECURITY, "a_signal", Unit.COUNT, "a test")


def _good(kind: SignalKind, context: Context) -> Signal:
    return kind.assessed(140, f"{len(context.exchange.response)} characters")


def _broken(kind: SignalKind, context: Context) -> Signal:
    raise KeyError(f"{kind.name}: {context.exchange.response}")


def test_detector_that_raises_costs_its_own_signal_only() -> None:
    good, broken = detect_all(((KIND, _good), (KIND, _broken)), make_context())

    assert (good.status, good.score) == (Status.ASSESSED, 100)
    assert (broken.status, broken.score, broken.reason) == (Status.FAILED, None, "the detector failed: KeyError")


def test_quoted_passage_is_cut_with_its_offsets() -> None:
    text = "x" * 5000

    evidence = quote("response", text, 10, 5000)

    assert evidence.text == text[evidence.start : evidence.end]
    assert len(evidence.text) == PASSAGE_CHARACTERS
