import pytest

from config.presets import load_presets
from scorer.dimensions.environmental_cost import EnvironmentalCost
from scorer.model import Capture, Status, Usage
from tests.fakes.exchanges import make_context, make_document, signal_of

COST = EnvironmentalCost()
USAGE = Usage(input_tokens=1000, output_tokens=400)
TOTAL = 1400
OPEN_MODEL = "meta-llama/Llama-3.1-8B-Instruct"
OFFICE_REGIONS = {"RTI": ("IN", None), "UK_GDPR": ("GB", None), "EU_AI_ACT": ("DE", None)}


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
    assert signal.value == pytest.approx(0.0065)


def test_unknown_model_has_neither_price_nor_energy() -> None:
    context = make_context(usage=USAGE, model="house-model-1")

    assert {signal_of(COST, name, context).status for name in ("cost", "energy", "carbon")} == {Status.NOT_ASSESSED}


@pytest.mark.parametrize("name", ["energy", "carbon"])
@pytest.mark.parametrize(
    ("usage", "model", "why"),
    [
        (Usage(total_tokens=500), OPEN_MODEL, "the bot gave no output tokens"),
        (USAGE, None, "the model is not known"),
        (USAGE, "house-model-1", "the size of the model is not known to EcoLogits 0.11.3"),
    ],
)
def test_missing_input_is_named(name: str, usage: Usage, model: str | None, why: str) -> None:
    signal = signal_of(COST, name, make_context(usage=usage, model=model))

    assert signal.status is Status.NOT_ASSESSED
    assert signal.reason == why


def test_upper_end_of_the_energy_is_scored() -> None:
    # gpt-4o, 400 tokens: 0.579 to 0.964 Wh; ten times that is beyond the preset's 2.5 Wh at the upper end
    signal = signal_of(COST, "energy", make_context(usage=Usage(output_tokens=4000), model="gpt-4o"))

    assert signal.value is not None
    assert signal.value > 2.5
    assert signal.score == pytest.approx(100 * 2.5 / signal.value)
    assert "the upper end is scored, budget 2.5 Wh" in signal.reason


def test_size_of_a_closed_model_is_called_an_estimate() -> None:
    reason = signal_of(COST, "energy", make_context(usage=USAGE, model="gpt-4o-2024-11-20")).reason

    assert reason.startswith("0.565 to 0.95 Wh by the estimated size of gpt-4o-2024-11-20;")


def test_size_of_an_open_model_is_called_published() -> None:
    reason = signal_of(COST, "carbon", make_context(usage=USAGE, model=OPEN_MODEL)).reason

    assert " by the published size of meta-llama/Meta-Llama-3.1-8B-Instruct, on the world's mix" in reason


def test_estimated_tokens_are_told_beside_the_size() -> None:
    usage = Usage(output_tokens=400, estimated=True)

    assert "size of mistral-large-2512 and estimated tokens;" in (
        signal_of(COST, "energy", make_context(usage=usage, model="mistral-large-2512")).reason
    )


def test_short_exchange_limits_the_time_of_the_server() -> None:
    at_leisure = signal_of(COST, "energy", make_context(usage=USAGE, model="gpt-4o")).value
    in_haste = signal_of(
        COST,
        "energy",
        make_context(usage=USAGE, model="gpt-4o", capture=Capture(format="openai_chat", duration_seconds=3.0)),
    ).value

    # EcoLogits 0.11.3, request_latency=3.0
    assert in_haste == pytest.approx(0.9260139038287136)
    assert at_leisure == pytest.approx(0.9637064713962811)


@pytest.mark.parametrize(
    ("region", "grams", "where"),
    [
        # EcoLogits 0.11.3, zones FRA and WOR; the hardware's share included
        ("FR", 0.004326724802606713, "on the grid of FR;"),
        (" fra ", 0.004326724802606713, "on the grid of FRA;"),
        (None, 0.018454527967284664, "on the world's mix, no region being given;"),
        ("Atlantis", 0.018454527967284664, "on the world's mix, the region being none of the table's;"),
        (7, 0.018454527967284664, "on the world's mix, the region being none of the table's;"),
    ],
)
def test_carbon_follows_the_grid_of_the_region(region: object, grams: float, where: str) -> None:
    signal = signal_of(COST, "carbon", make_context(usage=USAGE, model=OPEN_MODEL, metadata={"region": region}))

    assert signal.value == pytest.approx(grams)
    assert where in signal.reason


@pytest.mark.parametrize("name", sorted(load_presets()))
def test_budgets_hold_the_reference_answer_and_little_more(name: str) -> None:
    preset = load_presets()[name]
    regions = OFFICE_REGIONS[preset.compliance_mode]

    within = [_scores(name, preset.budgets.tokens, region) for region in regions]
    beyond = [_scores(name, preset.budgets.tokens * 5 // 4, region) for region in regions]

    # the reference answer: gpt-4o, a quarter of the tokens are output, on the office's own grid or on the world's mix
    assert within == [{"tokens": 100, "cost": 100, "energy": 100, "carbon": 100}] * 2
    assert all(min(score[signal] for score in beyond) < 100 for signal in ("tokens", "cost", "energy", "carbon"))


def _scores(preset: str, tokens: int, region: str | None) -> dict[str, float | None]:
    usage = Usage(input_tokens=tokens - tokens // 4, output_tokens=tokens // 4)
    context = make_context(usage=usage, model="gpt-4o", preset=preset, metadata={"region": region})
    return {signal.name: signal.score for signal in COST.signals(context) if signal.name != "waste"}


def test_documents_that_gave_nothing_are_waste() -> None:
    used = make_document("The fee is ten rupees for each application.", "1")
    idle = make_document("Rivers carry silt to the sea. " * 40, "2")

    none = signal_of(COST, "waste", make_context(usage=USAGE, documents=(used,)))
    half = signal_of(COST, "waste", make_context(usage=USAGE, documents=(used, idle)))

    assert (none.value, none.score) == (0, 100)
    assert half.value == pytest.approx(len(idle.content or "") / 4 / TOTAL)


def test_refusal_of_an_ordinary_request_is_waste() -> None:
    context = make_context("What is the fee?", "I cannot help with that.", usage=USAGE, documents=())

    assert signal_of(COST, "waste", context).value == pytest.approx(400 / TOTAL)


def test_waste_needs_usage_and_documents() -> None:
    assert signal_of(COST, "waste", make_context(documents=())).status is Status.NOT_ASSESSED
    assert signal_of(COST, "waste", make_context(usage=USAGE)).status is Status.NOT_ASSESSED
