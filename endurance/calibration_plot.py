"""A calibration plot as a PNG: what share of answers people call unsupported, by the risk that we gave them.

Drawn with Pillow (the extra `plot`). A perfect engine's points lie on the diagonal; bars are 95 % intervals (Wilson
1927), the numbers are answers per class. The classes are those of the calibration error.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from config.errors import ConfigurationError
from scorer.trust import CALIBRATION_CLASSES, CALIBRATION_RECORDS, Judged, Rate, wilson

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

SIDE: Final = 480
"""Pixels of the square of the axes."""
LEFT, TOP, RIGHT, BOTTOM = 80, 60, 30, 70
SIZE: Final = (LEFT + SIDE + RIGHT, TOP + SIDE + BOTTOM)
INK: Final = (38, 43, 51)
FAINT: Final = (214, 218, 224)
POINT: Final = (27, 94, 166)
_TEXT_PIXELS: Final = 14


@dataclass(frozen=True, slots=True)
class Bin:
    """The answers of one class of risk."""

    mean_risk: float
    """0 to 1."""
    unsupported: Rate
    """The share that people call unsupported."""


def bins_of(judged: Sequence[Judged]) -> tuple[Bin, ...]:
    """Return the classes that hold answers, by rising risk."""
    classes: dict[int, list[Judged]] = {}
    for one in judged:
        if one.probability_fault is not None:
            place = min(CALIBRATION_CLASSES - 1, int(one.probability_fault * CALIBRATION_CLASSES))
            classes.setdefault(place, []).append(one)
    found = []
    for _, members in sorted(classes.items()):
        rate = wilson(sum(one.is_fault for one in members), len(members))
        assert rate is not None  # a class has members
        found.append(Bin(sum(one.probability_fault or 0.0 for one in members) / len(members), rate))
    return tuple(found)


def require_plotting() -> None:
    """Raise ConfigurationError where the library that draws is not installed."""
    try:
        import PIL.ImageDraw  # noqa: F401 - only whether it is there
    except ImportError as error:
        raise ConfigurationError("--plot needs Pillow: pip install 'endurance[plot]'") from error


def why_no_plot(judged: Sequence[Judged]) -> str | None:
    """Return why there is too little to draw; None when there is enough."""
    if len(judged) >= CALIBRATION_RECORDS:
        return None
    return f"{len(judged)} labelled answers were checked, and a plot needs {CALIBRATION_RECORDS}"


def draw_plot(judged: Sequence[Judged], title: str, path: Path) -> None:
    """Write the plot. Raises ConfigurationError when it cannot be written."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", SIZE, "white")
    pen = ImageDraw.Draw(image)
    _draw_axes(pen, title)
    for one in bins_of(judged):
        _draw_bin(pen, one)
    try:
        image.save(path, format="PNG")
    except OSError as error:
        raise ConfigurationError(f"cannot write {path}: {error.strerror or error}") from error


def place_of(risk: float, share: float) -> tuple[int, int]:
    """Return the pixel of a point, both 0 to 1."""
    return round(LEFT + risk * SIDE), round(TOP + (1 - share) * SIDE)


def _draw_axes(pen: "ImageDraw", title: str) -> None:
    for tenth in range(0, 11, 2):
        share = tenth / 10
        pen.line([place_of(share, 0), place_of(share, 1)], fill=FAINT)
        pen.line([place_of(0, share), place_of(1, share)], fill=FAINT)
        across, down = place_of(share, 0), place_of(0, share)
        pen.text((across[0], across[1] + 8), f"{share:.1f}", INK, anchor="mt", font_size=_TEXT_PIXELS)
        pen.text((down[0] - 8, down[1]), f"{share:.1f}", INK, anchor="rm", font_size=_TEXT_PIXELS)
    pen.line([place_of(0, 0), place_of(1, 1)], fill=INK)
    pen.rectangle([place_of(0, 1), place_of(1, 0)], outline=INK)
    middle = LEFT + SIDE // 2
    pen.text((middle, TOP - 24), title, INK, anchor="ms", font_size=_TEXT_PIXELS)
    pen.text((middle, TOP + SIDE + 40), "risk that we gave", INK, anchor="mt", font_size=_TEXT_PIXELS)
    pen.text((8, TOP - 8), "share that people call unsupported", INK, anchor="ls", font_size=_TEXT_PIXELS)


def _draw_bin(pen: "ImageDraw", one: Bin) -> None:
    rate = one.unsupported
    pen.line([place_of(one.mean_risk, rate.low), place_of(one.mean_risk, rate.high)], fill=POINT, width=2)
    x, y = place_of(one.mean_risk, rate.value)
    pen.ellipse([x - 5, y - 5, x + 5, y + 5], fill=POINT)
    pen.text((x + 9, y), str(rate.records), INK, anchor="lm", font_size=_TEXT_PIXELS)
