import pytest

from scorer.dimensions.environmental_cost import EnvironmentalCost
from scorer.model import Status, Usage
from tests.fakes.exchanges import make_context, signal_of

COST = EnvironmentalCost()
USAGE = Usage(input_tokens=1000, output_tokens=100)


def test_without_usage_nothing_is_assessed() -> None:
    assert {signal.status for signal in COST.signals(make_context())} == {Status.NOT_ASSESSED}


def test_tokens_beyond_the_budget_cost_points() -> None:
    assert signal_of(COST, "tokens", make_context(usage=USAGE)).score == 100
    assert signal_of(COST, "tokens", make_context(usage=Usage(total_tokens=8000))).score == 50


def test_estimate_is_marked() -> None:
    context = make_context(usage=Usage(total_tokens=100, estimated=True))

    assert "(estimated)" in signal_of(COST, "tokens", context).reason


def test_money_is_the_list_price() -> None:
    signal = signal_of(COST, "cost", make_context(usage=USAGE, model="gpt-4o"))

    # $2.50 per million input tokens and $10 per million output tokens
    assert signal.value == pytest.approx(0.0035)


def test_unknown_model_has_neither_price_nor_energy() -> None:
    context = make_context(usage=USAGE, model="house-model-1")

    assert {signal_of(COST, name, context).status for name in ("cost", "energy", "carbon")} == {Status.NOT_ASSESSED}


def test_energy_is_the_middle_of_the_published_range() -> None:
    signal = signal_of(COST, "energy", make_context(usage=USAGE, model="meta-llama/Llama-3.1-8B-Instruct"))

    # EcoLogits 1.0 by hand, one GPU: (8.91e-5 · 8 + 1.43e-3) · 100 = 0.21428 Wh;
    # latency 2.8716 s · 1 kW / 8 = 0.09971 Wh; PUE 1.2
    assert signal.value == pytest.approx(1.2 * (0.21428 + 0.0997083), rel=1e-4)
    assert " to " in signal.reason


def test_carbon_follows_the_grid_of_the_region() -> None:
    model = "llama-3.1-8b"
    france = signal_of(COST, "carbon", make_context(usage=USAGE, model=model, metadata={"region": "FR"})).value
    india = signal_of(COST, "carbon", make_context(usage=USAGE, model=model, metadata={"region": "ind"})).value
    nowhere = signal_of(COST, "carbon", make_context(usage=USAGE, model=model, metadata={"region": "Atlantis"}))

    assert france is not None
    assert india is not None
    assert france < india
    assert "the world's mix" in nowhere.reason
