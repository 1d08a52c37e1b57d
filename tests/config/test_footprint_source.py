"""Every number of `config/data/energy.yaml` and `grid.yaml` against the library that it was read from.

Runs where the extra `environment` is installed: `pip install -e '.[environment]'`.
"""

import math
from importlib.metadata import version
from types import ModuleType
from typing import Any

import pytest

from config.footprint import ModelSize, Range, energy_table, grid_table

pytest.importorskip("ecologits", reason="ecologits is not installed: pip install -e '.[environment]'")

from ecologits.electricity_mix_repository import electricity_mixes
from ecologits.impacts import llm
from ecologits.model_repository import ParametersMoE, models
from ecologits.tracers.utils import PROVIDER_CONFIG_MAP, llm_impacts
from ecologits.utils.range_value import RangeValue

TABLE = energy_table()
GRID = grid_table()
OF_EACH_MODEL = pytest.mark.parametrize("size", TABLE.models, ids=lambda size: size.name)


def test_installed_library_is_the_one_that_was_read() -> None:
    assert version("ecologits") == "0.11.3"


def test_constants_are_the_source_s() -> None:
    method = TABLE.method.model_dump()

    assert method == {"memory_overhead": 1.2} | {
        name: _constant(llm, name) for name in method.keys() - {"memory_overhead"}
    }
    # a literal in the library: the memory of a model of one billion parameters of 8 bits is the factor itself
    assert llm.model_required_memory(1, 8) == TABLE.method.memory_overhead


def _constant(module: ModuleType, name: str) -> float:
    special = {
        "quantization_bits": "MODEL_QUANTIZATION_BITS",
        "gpu_embodied_kg": "GPU_EMBODIED_IMPACT_GWP",
        "server_embodied_kg": "SERVER_EMBODIED_IMPACT_GWP",
        "hardware_lifetime_seconds": "HARDWARE_LIFESPAN",
        "server_gpus": "SERVER_GPUS",
    }
    unit = name.rpartition("_")[0] if name.endswith(("_wh", "_seconds", "_gb", "_kw")) else name
    value: float = getattr(module, special.get(name, unit.upper()))
    return value


def test_data_centres_are_the_source_s() -> None:
    ours = {name: _ends(provider.pue) for name, provider in TABLE.providers.items()}

    assert ours == {name: _ends(theirs.datacenter_pue) for name, theirs in PROVIDER_CONFIG_MAP.items()}


@OF_EACH_MODEL
def test_size_and_speed_are_the_source_s(size: ModelSize) -> None:
    theirs = models.find_model(size.provider, size.name)

    assert theirs is not None
    parameters = theirs.architecture.parameters
    is_moe = isinstance(parameters, ParametersMoE)
    assert _ends(size.total_billions) == _ends(parameters.total if is_moe else parameters)
    assert _ends(size.active_billions) == _ends(parameters.active if is_moe else parameters)
    assert size.estimated == ("model-arch-not-released" in {warning.code for warning in theirs.warnings})
    speed = theirs.deployment
    assert (size.tokens_per_second, size.first_token_seconds) == ((speed.tps, speed.ttft) if speed else (None, None))


@pytest.mark.parametrize(("tokens", "duration_seconds"), [(1, None), (777, None), (2000, 2.5)])
@OF_EACH_MODEL
def test_energy_and_carbon_are_the_source_s(size: ModelSize, tokens: int, duration_seconds: float | None) -> None:
    latency = math.inf if duration_seconds is None else duration_seconds
    theirs = llm_impacts(size.provider, size.name, tokens, latency, "IND")

    ours = TABLE.footprint_of(size, tokens, duration_seconds)

    assert theirs.energy is not None
    assert theirs.gwp is not None
    assert [1e-3 * end for end in _ends(ours.energy_wh)] == pytest.approx(_ends(theirs.energy.value), rel=1e-9)
    carbon = ours.carbon_g(GRID.intensity["IND"])
    assert [1e-3 * end for end in _ends(carbon)] == pytest.approx(_ends(theirs.gwp.value), rel=1e-9)


def test_grid_is_the_source_s_but_for_what_is_left_out() -> None:
    theirs = {mix.zone: mix.gwp * 1000 for mix in electricity_mixes.list_electricity_mixes()}

    assert theirs.keys() - GRID.intensity.keys() == {"EEE", "CAF"}
    assert GRID.intensity == pytest.approx({code: theirs[code] for code in GRID.intensity}, rel=1e-9)


def _ends(value: Any) -> list[float]:
    """Both ends of a range, ours or the library's, or a number twice."""
    match value:
        case Range():
            return [value.low, value.high]
        case RangeValue():
            return [value.min, value.max]
        case _:
            return [value, value]
