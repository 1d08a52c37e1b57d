"""What generating one answer takes in energy and carbon, by EcoLogits' method, from tables in `config/data/`. Pure.

Method: EcoLogits 0.11.3 (Rincé and Banse, MPL-2.0; ecologits.ai, "Environmental Impacts of LLM Inference"), fitted to
the ML.ENERGY Leaderboard (vLLM on H100 80 GB). It knows an answer by its output tokens alone, and supposes a server of
eight GPUs that works on a fixed batch of requests:

    GPUs            memory of the weights over the memory of one GPU, rounded up to a power of two
    GPU energy      tokens x (alpha x exp(beta x batch) x active parameters + gamma), for each GPU
    time            tokens / measured speed + time to the first token where the source measured them, else tokens x
                    (alpha x active parameters + beta x batch + gamma); never longer than the exchange took
    server energy   time x power x share of its GPUs / batch
    energy          (server energy + GPU energy of all GPUs) x PUE of the provider's data centres
    carbon          energy x intensity of the grid + time x hardware's embodied carbon / (its lifetime x batch)

Lower and upper end: the method at the lower and at the upper size and PUE. It does not know input tokens, training,
networks, caches or the user's device. WUE enters water alone, which is not measured here.
The code is our own; `tests/config/test_footprint_source.py` holds it against the library.
"""

import math
import re
from collections import Counter
from dataclasses import dataclass
from functools import cached_property, lru_cache
from importlib import resources
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, model_validator

Positive = Annotated[float, Field(gt=0)]
WORLD = "WOR"
"""Code of the world's mix in the grid's table."""

_ID_LIMIT_CHARACTERS = 128
"""A longer model id is no model's."""
_ROUTE = re.compile(r"^(?:.*/)?(?:[a-z]+\.)*(?:meta-(?=llama))?")
"""What hosts put before a model's name: folders, `us.anthropic.`, `meta-`."""
_HOST_VERSION = re.compile(r"-v\d+:\d+$")
_RELEASE_DATE = re.compile(r"[-@](?:20\d{6}|20\d\d-\d\d-\d\d)$")
_TOKEN = re.compile(r"v\d+(?:\.\d+)*|[a-z]+|\d+[a-z]*")
_SAME_SIZE = re.compile(r"instruct|chat|it|hf|instant|versatile|v\d+(?:\.\d+)*|\d+k|\d{5,6}")
"""What follows the name of an open model without changing its size: tuning, version, context window."""


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Range(_Data):
    """A quantity between two ends; in YAML a number, or a pair `[low, high]`."""

    low: Annotated[float, Field(ge=0)]
    high: Annotated[float, Field(ge=0)]

    @model_validator(mode="before")
    @classmethod
    def _from_yaml(cls, value: object) -> object:
        match value:
            case int() | float():
                return {"low": value, "high": value}
            case [low, high]:
                return {"low": low, "high": high}
            case _:
                return value

    @model_validator(mode="after")
    def _is_ordered(self) -> "Range":
        if self.low > self.high:
            raise ValueError("expected the lower end first")
        return self


class EnergyMethod(_Data):
    """Constants of the method, in the source's units."""

    gpu_energy_alpha_wh: Positive
    """Wh per output token and billion active parameters, on one GPU, for a batch of one."""
    gpu_energy_beta: float
    """Exponent per request of the batch."""
    gpu_energy_gamma_wh: Positive
    """Wh per output token, on one GPU."""
    latency_alpha_seconds: Positive
    """Seconds per output token and billion active parameters."""
    latency_beta_seconds: Positive
    """Seconds per output token and request of the batch."""
    latency_gamma_seconds: Positive
    """Seconds per output token."""
    batch_size: Annotated[int, Field(gt=0)]
    """Requests that a server works on at once."""
    quantization_bits: Annotated[int, Field(gt=0)]
    memory_overhead: Positive
    """Factor on the memory of the weights."""
    gpu_memory_gb: Positive
    server_gpus: Annotated[int, Field(gt=0)]
    server_power_kw: Positive
    """Without its GPUs."""
    gpu_embodied_kg: Positive
    """kgCO2e of making one GPU."""
    server_embodied_kg: Positive
    """kgCO2e of making a server without its GPUs."""
    hardware_lifetime_seconds: Positive


class ModelSize(_Data):
    """Parameters of a model and its measured speed, as the source has them."""

    name: str
    provider: str
    ids: tuple[str, ...] = ()
    """What the model is called, where that is not `name`."""
    total_billions: Annotated[Range, Field(alias="total")]
    """All parameters; they decide how many GPUs."""
    active_given: Annotated[Range | None, Field(alias="active")] = None
    estimated: bool = False
    """The maker has not published the size; it is the source's estimate."""
    tokens_per_second: Annotated[Positive | None, Field(alias="tps")] = None
    first_token_seconds: Annotated[float | None, Field(alias="ttft", ge=0)] = None

    @property
    def active_billions(self) -> Range:
        """Parameters that work on each token; all of them in a dense model."""
        return self.active_given or self.total_billions

    @property
    def spellings(self) -> frozenset[str]:
        """Its name and ids as words."""
        return frozenset(_spelled(id_) for id_ in (*self.ids, self.name))


class Provider(_Data):
    """Whose data centres a model runs in."""

    pue: Range
    """Power usage effectiveness: energy of the data centre over that of its machines."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """What generating one answer takes."""

    energy_wh: Range
    embodied_g: Range
    """gCO2e of the hardware's making, by the time that the answer used it."""

    def carbon_g(self, intensity: float) -> Range:
        """Return gCO2e on a grid of that many gCO2e per kWh, the hardware's share with it."""
        return Range(
            low=self.energy_wh.low / 1000 * intensity + self.embodied_g.low,
            high=self.energy_wh.high / 1000 * intensity + self.embodied_g.high,
        )


class EnergyTable(_Data):
    """Method, data centres and models."""

    method: EnergyMethod
    providers: dict[str, Provider]
    models: tuple[ModelSize, ...]

    @model_validator(mode="before")
    @classmethod
    def _name_providers(cls, data: dict[str, object]) -> dict[str, object]:
        grouped = data.get("models")
        if not isinstance(grouped, dict):
            return data
        return data | {"models": [row | {"provider": name} for name, rows in grouped.items() for row in rows]}

    @model_validator(mode="after")
    def _is_whole(self) -> "EnergyTable":
        unknown = {size.provider for size in self.models} - set(self.providers)
        if unknown:
            raise ValueError(f"no PUE for {', '.join(sorted(unknown))}")
        ids = Counter(id_ for size in self.models for id_ in size.spellings)
        twice = sorted(id_ for id_, count in ids.items() if count > 1)
        if twice:
            raise ValueError(f"two models are called {', '.join(twice)}")
        return self

    @cached_property
    def _by_id(self) -> dict[str, ModelSize]:
        return {id_: size for size in self.models for id_ in size.spellings}

    def size_of(self, model: str) -> ModelSize | None:
        """Return the model of that id, however a host spells it, or None: a model is never guessed from its relatives.

        The longest known name counts, and only when nothing follows it that may mean another size: a release date, and
        for an open model its tuning, version or context window.
        """
        if len(model) > _ID_LIMIT_CHARACTERS:
            return None
        exact = self._by_id.get(_spelled(model))
        if exact is not None:
            return exact
        words = _spelled(_RELEASE_DATE.sub("", _HOST_VERSION.sub("", model.lower()))).split()
        for count in range(len(words), 0, -1):
            size = self._by_id.get(" ".join(words[:count]))
            if size is not None:
                rest = words[count:]
                is_same = all(map(_SAME_SIZE.fullmatch, rest)) and not (rest and size.estimated)
                return size if is_same else None
        return None

    def footprint_of(self, size: ModelSize, output_tokens: int, duration_seconds: float | None = None) -> Footprint:
        """Return what an answer of that many tokens takes; `duration_seconds` is how long its exchange took."""
        pue = self.providers[size.provider].pue
        low, high = (
            _generation(self.method, size, total, active, output_tokens, duration_seconds)
            for total, active in (
                (size.total_billions.low, size.active_billions.low),
                (size.total_billions.high, size.active_billions.high),
            )
        )
        return Footprint(
            energy_wh=Range(low=pue.low * low.energy_wh, high=pue.high * high.energy_wh),
            embodied_g=Range(low=low.embodied_g, high=high.embodied_g),
        )


class GridTable(_Data):
    """Carbon intensity by region."""

    intensity: dict[str, Positive]
    """gCO2e per kWh by ISO 3166-1 alpha-3 code, `WOR` for the world."""
    alpha_2: dict[str, str]

    def intensity_of(self, region: str) -> float | None:
        """Return gCO2e per kWh for an ISO 3166-1 code of two or three letters, or None."""
        code = region.strip().upper()
        return self.intensity.get(self.alpha_2.get(code, code))


@dataclass(frozen=True, slots=True)
class _Generation:
    energy_wh: float
    """Before the data centre's overhead."""
    embodied_g: float


def _generation(
    method: EnergyMethod, size: ModelSize, total: float, active: float, tokens: int, duration: float | None
) -> _Generation:
    memory_gb = method.memory_overhead * total * method.quantization_bits / 8
    gpus = 2 ** math.ceil(math.log2(math.ceil(memory_gb / method.gpu_memory_gb)))
    if size.tokens_per_second is None:
        per_token = (
            method.latency_alpha_seconds * active
            + method.latency_beta_seconds * method.batch_size
            + method.latency_gamma_seconds
        )
    else:
        per_token = 1 / size.tokens_per_second
    seconds = tokens * per_token + (size.first_token_seconds or 0.0)
    if duration is not None:
        seconds = min(seconds, duration)
    per_gpu_wh = tokens * (
        method.gpu_energy_alpha_wh * math.exp(method.gpu_energy_beta * method.batch_size) * active
        + method.gpu_energy_gamma_wh
    )
    servers = gpus / method.server_gpus
    server_wh = seconds / 3600 * method.server_power_kw * 1000 * servers / method.batch_size
    hardware_g = 1000 * (servers * method.server_embodied_kg + gpus * method.gpu_embodied_kg)
    share = seconds / (method.hardware_lifetime_seconds * method.batch_size)
    return _Generation(server_wh + gpus * per_gpu_wh, share * hardware_g)


def _spelled(model: str) -> str:
    """The words of a model id, in lower case: `gpt 4o`, `llama 3 1 8b`."""
    return " ".join(_TOKEN.findall(_ROUTE.sub("", model.lower())))


@lru_cache(maxsize=1)
def energy_table() -> EnergyTable:
    """Return the bundled table."""
    return EnergyTable.model_validate(_read("energy.yaml"))


@lru_cache(maxsize=1)
def grid_table() -> GridTable:
    """Return the bundled table."""
    return GridTable.model_validate(_read("grid.yaml"))


def _read(name: str) -> object:
    return yaml.safe_load((resources.files("config") / "data" / name).read_text("utf-8"))
