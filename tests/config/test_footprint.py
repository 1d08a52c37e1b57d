import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from config.footprint import EnergyTable, Footprint, Range, energy_table, grid_table

TABLE = energy_table()
MODEL_NAMES = [size.name for size in TABLE.models]


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", "meta-llama/Meta-Llama-3.1-8B-Instruct"),
        ("llama3.1:8b", "meta-llama/Meta-Llama-3.1-8B-Instruct"),
        ("llama-3.1-8b-instant", "meta-llama/Meta-Llama-3.1-8B-Instruct"),
        ("meta.llama3-1-8b-instruct-v1:0", "meta-llama/Meta-Llama-3.1-8B-Instruct"),
        ("mixtral-8x7b-32768", "mistralai/Mixtral-8x7B-Instruct-v0.1"),
        ("Mistral-7B-Instruct-v0.2", "mistralai/Mistral-7B-Instruct-v0.3"),
        ("gpt-oss:20b", "openai/gpt-oss-20b"),
        ("gpt-4o-2024-08-06", "gpt-4o-2024-08-06"),
        ("gpt-4o-2031-01-01", "gpt-4o"),
        ("gpt-35-turbo", "gpt-3.5-turbo"),
        ("anthropic/claude-sonnet-4.5", "claude-sonnet-4-5-20250929"),
        ("claude-sonnet-4-5@20250929", "claude-sonnet-4-5-20250929"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5-20250929"),
        ("models/gemini-2.5-flash", "gemini-2.5-flash"),
    ],
)
def test_model_is_found_however_a_host_spells_it(model: str, name: str) -> None:
    size = TABLE.size_of(model)

    assert size is not None
    assert size.name == name


@pytest.mark.parametrize(
    "model",
    [
        "",
        "house-model",
        "my-gpt-4o",
        "gpt-4o-audio-preview",
        "gpt-4-1106-preview",
        "gpt-4-0314",
        "gpt-5-chat",
        "o1-preview",
        "mistral-small-2409",
        "llama-3.3-70b-instruct",
        "llama3.1:8b-instruct-q4_K_M",
        "gpt-4o" + "-" * 200,
    ],
)
def test_relative_of_a_known_model_is_not_guessed(model: str) -> None:
    assert TABLE.size_of(model) is None


@given(st.text(max_size=200))
def test_any_text_is_a_model_id(model: str) -> None:
    size = TABLE.size_of(model)

    assert size is None or size in TABLE.models


@pytest.mark.parametrize("name", MODEL_NAMES)
def test_every_model_is_found_by_its_own_name(name: str) -> None:
    size = TABLE.size_of(name)

    assert size is not None
    assert size.name == name


@pytest.mark.parametrize(
    ("model", "tokens", "duration_seconds", "intensity", "energy_wh", "carbon_g", "embodied_g"),
    [
        # Computed with the library on 24 November 2026, kWh and kg x 1000:
        #   from ecologits.tracers.utils import llm_impacts   (ecologits 0.11.3)
        #   llm_impacts(provider, model, tokens, request_latency, zone), request_latency=math.inf for None
        # huggingface_hub, zone FRA: dense and open, PUE 1.09 to 1.14, time by the regression
        (
            "meta-llama/Meta-Llama-3.1-8B-Instruct", 400, None, 41.44,
            (0.03240533158117884, 0.03389181468123291), (0.004265124942940473, 0.004326724802606713),
            (0.0029222480022164216, 0.0029222480022164216),
        ),
        # huggingface_hub, zone IND: a mixture of experts
        (
            "openai/gpt-oss-120b", 400, None, 670.13,
            (0.1244544235974919, 0.1301633421111383), (0.09457191853705356, 0.09839763610060342),
            (0.011171275651666305, 0.011171275651666305),
        ),
        # openai, zone WOR: closed, the source's range of sizes, measured speed
        (
            "gpt-4o", 400, None, 458.29,
            (0.5788737899565864, 0.9637064713962811), (0.2809571874424472, 0.4573221570194449),
            (0.015665118243243244, 0.015665118243243244),
        ),
        # the same with request_latency=3.0
        (
            "gpt-4o", 400, 3.0, 458.29,
            (0.5411812223890189, 0.9260139038287136), (0.2558304424086635, 0.43219541198566115),
            (0.0078125, 0.0078125),
        ),
    ],
)  # fmt: skip
def test_figures_are_those_of_the_library(
    model: str,
    tokens: int,
    duration_seconds: float | None,
    intensity: float,
    energy_wh: tuple[float, float],
    carbon_g: tuple[float, float],
    embodied_g: tuple[float, float],
) -> None:
    footprint = _footprint(model, tokens, duration_seconds)

    assert _ends(footprint.energy_wh) == pytest.approx(energy_wh, rel=1e-9)
    assert _ends(footprint.carbon_g(intensity)) == pytest.approx(carbon_g, rel=1e-9)
    assert _ends(footprint.embodied_g) == pytest.approx(embodied_g, rel=1e-9)


@given(st.sampled_from(MODEL_NAMES), st.integers(0, 200_000), st.none() | st.floats(0, 3600))
def test_lower_end_is_never_above_the_upper(model: str, tokens: int, duration_seconds: float | None) -> None:
    footprint = _footprint(model, tokens, duration_seconds)

    assert 0 <= footprint.energy_wh.low <= footprint.energy_wh.high
    assert 0 <= footprint.embodied_g.low <= footprint.embodied_g.high


def test_long_exchange_does_not_raise_the_time_of_generation() -> None:
    assert _footprint("gpt-4o", 400, 3600.0) == _footprint("gpt-4o", 400, None)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"models": {"openai": [{"name": "gpt-4o", "total": [9, 1]}]}}, "expected the lower end first"),
        ({"models": {"openai": [{"name": "gpt-4o", "total": "many"}]}}, "total"),
        ({"models": {"nobody": [{"name": "gpt-4o", "total": 1}]}}, "no PUE for nobody"),
        ({"models": {"openai": [{"name": n, "total": 1} for n in ("a-1.5", "a-1-5")]}}, "two models are called a 1 5"),
        ({"models": None}, "models"),
    ],
)
def test_wrong_table_is_refused(change: dict[str, object], message: str) -> None:
    data = {"method": TABLE.method.model_dump(), "providers": {"openai": {"pue": 1.2}}} | change

    with pytest.raises(ValidationError, match=message):
        EnergyTable.model_validate(data)


def test_range_is_read_from_itself_too() -> None:
    assert Range.model_validate({"low": 1, "high": 2}) == Range.model_validate([1, 2])


def test_region_is_known_by_two_or_three_letters() -> None:
    grid = grid_table()

    assert grid.intensity_of("in") == grid.intensity_of(" IND ") == 670.13
    assert grid.intensity_of("NO") == 28.11
    assert grid.intensity_of("UK") == grid.intensity_of("GB") == 217.41
    assert grid.intensity_of("Atlantis") is None


def test_every_region_has_one_code_of_two_letters() -> None:
    grid = grid_table()

    codes = [alpha_3 for alpha_2, alpha_3 in grid.alpha_2.items() if alpha_2 != "UK"]
    assert sorted([*codes, "WOR"]) == sorted(grid.intensity)


def _footprint(model: str, tokens: int, duration_seconds: float | None) -> Footprint:
    size = TABLE.size_of(model)
    assert size is not None
    return TABLE.footprint_of(size, tokens, duration_seconds)


def _ends(found: Range) -> tuple[float, float]:
    return found.low, found.high
