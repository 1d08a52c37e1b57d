"""Tables of energy and grid intensity, as data in `config/data/`; read once, checked as they are read."""

import re
from functools import lru_cache
from importlib import resources
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field

Positive = Annotated[float, Field(gt=0)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class EnergyMethod(_Data):
    """Constants of EcoLogits' method; units end the names."""

    source: str
    gpu_energy_alpha_wh: Positive
    gpu_energy_beta_wh: Positive
    gpu_energy_stdev_wh: Positive
    gpu_latency_alpha_seconds: Positive
    gpu_latency_beta_seconds: Positive
    gpu_memory_gb: Positive
    server_gpus: Annotated[int, Field(gt=0)]
    server_power_w: Positive
    quantization_bits: Annotated[int, Field(gt=0)]
    memory_overhead: Positive
    pue: Positive
    server_embodied_g: Positive
    gpu_embodied_g: Positive
    hardware_lifetime_seconds: Positive


class ModelSize(_Data):
    """Parameters of an open-weights model, billions."""

    name: str
    total: Positive
    active: Positive


class EnergyTable(_Data):
    """Method and models."""

    method: EnergyMethod
    models: tuple[ModelSize, ...]

    def size_of(self, model: str) -> ModelSize | None:
        """Return the first entry whose name is part of the model id, or None."""
        plain = _plain(model)
        return next((size for size in self.models if _plain(size.name) in plain), None)


class GridTable(_Data):
    """Carbon intensity by region."""

    source: str
    intensity: dict[str, Positive]
    """gCO2e per kWh by ISO 3166-1 alpha-3 code, `WOR` for the world."""
    alpha_2: dict[str, str]

    def intensity_of(self, region: str) -> float | None:
        """Return gCO2e per kWh for an ISO code of two or three letters, or None."""
        code = region.strip().upper()
        return self.intensity.get(self.alpha_2.get(code, code))


def _plain(model: str) -> str:
    return re.sub(r"[^a-z0-9]", "", model.lower())


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
