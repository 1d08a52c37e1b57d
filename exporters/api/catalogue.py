"""The catalogue: presets and compliance modes that an evaluation may name."""

from typing import Final

from aiohttp import web

from config.presets import Budgets, Preset, ReadabilityBand
from exporters.api.base import SERVICES, Answer, Role, Route
from exporters.api.bodies import Told, json_response
from scorer.model import DimensionName
from scorer.policy import COMPLIANCE_MODES, DEFAULT_PRESET

DEFAULT_MODE: Final = COMPLIANCE_MODES[0]


class PresetEntry(Told):
    """One preset."""

    name: str
    """What `preset` of an evaluate body takes."""
    title: str
    purpose: str
    compliance_mode: str
    weights: dict[DimensionName, float]
    thresholds: dict[str, float]
    """`overall` and each dimension: a score below it raises a flag."""
    budgets: Budgets
    readability: ReadabilityBand
    register_name: str | None
    """`formal` scores profanity, slang and emoji."""


class PresetList(Told):
    """All presets of this installation."""

    presets: list[PresetEntry]
    default: str


class ModeList(Told):
    """All compliance modes."""

    modes: list[str]
    default: str


async def list_presets(request: web.Request) -> web.Response:
    """List presets with their weights and thresholds."""
    presets = request.app[SERVICES].book.presets
    entries = [_entry(name, preset) for name, preset in presets.items()]
    return json_response(PresetList(presets=entries, default=DEFAULT_PRESET))


async def list_modes(_: web.Request) -> web.Response:
    """List compliance modes."""
    return json_response(ModeList(modes=list(COMPLIANCE_MODES), default=DEFAULT_MODE))


def _entry(name: str, preset: Preset) -> PresetEntry:
    limits = preset.thresholds
    given = limits.model_dump(exclude={"default"})
    return PresetEntry(
        name=name,
        title=preset.name,
        purpose=preset.purpose,
        compliance_mode=preset.compliance_mode,
        weights=preset.weights.model_dump(),
        thresholds={key: limits.default if value is None else value for key, value in given.items()},
        budgets=preset.budgets,
        readability=preset.readability,
        register_name=preset.register_,
    )


ROUTES = (
    Route(
        "GET", "/v1/presets", list_presets, Role.READ, "List presets", (Answer("The presets.", PresetList),),
    ),
    Route(
        "GET", "/v1/compliance-modes", list_modes, Role.READ, "List compliance modes",
        (Answer("The modes.", ModeList),),
    ),
)  # fmt: skip
