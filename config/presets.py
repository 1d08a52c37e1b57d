"""Presets: what an answer is weighed by, as data in `config/presets/*.yaml`, one file a preset.

The file's name is the preset's name. An operator's own folder adds to the bundled ones or replaces them by name.
"""

from importlib import resources
from pathlib import Path
from typing import Annotated

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from config.errors import ConfigurationError

Weight = Annotated[float, Field(ge=0)]
Threshold = Annotated[float, Field(ge=0, le=100)]


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Weights(_Data):
    """Relative weight of each dimension; they need not sum to one."""

    bias_fairness: Weight = 0.0
    data_grounding: Weight = 0.0
    explainability: Weight = 0.0
    ethical_alignment: Weight = 0.0
    human_control: Weight = 0.0
    legal_compliance: Weight = 0.0
    security: Weight = 0.0
    response_quality: Weight = 0.0
    environmental_cost: Weight = 0.0

    @model_validator(mode="after")
    def _has_weight(self) -> "Weights":
        if not any(self.model_dump().values()):
            raise ValueError("at least one dimension needs a weight above 0")
        return self


class Thresholds(_Data):
    """A score below its threshold raises a flag; None for a dimension means the preset's `default`."""

    default: Threshold = 40.0
    overall: Threshold | None = None
    bias_fairness: Threshold | None = None
    data_grounding: Threshold | None = None
    explainability: Threshold | None = None
    ethical_alignment: Threshold | None = None
    human_control: Threshold | None = None
    legal_compliance: Threshold | None = None
    security: Threshold | None = None
    response_quality: Threshold | None = None
    environmental_cost: Threshold | None = None


class Budgets(_Data):
    """What one answer may cost; `environmental_cost` is scored as 100 · min(1, budget / value).

    Defaults, rounded up: what gpt-4o takes for 4000 tokens, a quarter of them output, on the world's mix.
    """

    energy_wh: Annotated[float, Field(gt=0)] = 2.5
    carbon_g: Annotated[float, Field(gt=0)] = 1.2
    cost_usd: Annotated[float, Field(gt=0)] = 0.02
    tokens: Annotated[int, Field(gt=0)] = 4000


class ReadabilityBand(_Data):
    """Flesch reading ease that the preset's audience reads well: 100 points inside, less outside."""

    low: float = 30.0
    high: float = 100.0


class Preset(_Data):
    """Weights, thresholds, budgets and register for one kind of office."""

    name: str
    purpose: str
    compliance_mode: str = "RTI"
    weights: Weights
    thresholds: Thresholds = Thresholds()
    budgets: Budgets = Budgets()
    readability: ReadabilityBand = ReadabilityBand()
    register_: Annotated[str | None, Field(alias="register")] = None
    """`formal` scores profanity, slang and emoji; None scores no register."""


def load_presets(folder: Path | None = None) -> dict[str, Preset]:
    """Return every preset by name, bundled ones first. Raises ConfigurationError naming the file and key."""
    bundled = resources.files("config") / "presets"
    files = [entry for entry in bundled.iterdir() if entry.name.endswith(".yaml")]
    texts = {entry.name.removesuffix(".yaml"): entry.read_text() for entry in sorted(files, key=lambda e: e.name)}
    if folder is not None:
        texts |= {path.stem: path.read_text() for path in sorted(folder.glob("*.yaml"))}
    return {name: _parse(name, text) for name, text in texts.items()}


def _parse(name: str, text: str) -> Preset:
    try:
        return Preset.model_validate(yaml.safe_load(text))
    except yaml.YAMLError as error:
        raise ConfigurationError(f"preset {name}: not valid YAML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"preset {name}: {where}: {first['msg']}") from error
