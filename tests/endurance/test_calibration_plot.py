from pathlib import Path

import pytest
from PIL import Image

from config.errors import ConfigurationError
from endurance.calibration_plot import POINT, SIZE, bins_of, draw_plot, place_of, why_no_plot
from scorer.trust import CALIBRATION_RECORDS, Judged


def judged(risk: float, faults: int, passes: int) -> list[Judged]:
    return [Judged(risk >= 0.5, number < faults, risk) for number in range(faults + passes)]


def test_a_class_holds_its_answers_mean_risk_and_share_of_faults() -> None:
    low, high = bins_of([*judged(0.12, 1, 3), *judged(0.18, 0, 4), *judged(1.0, 5, 0)])

    assert (round(low.mean_risk, 4), low.unsupported.value, low.unsupported.records) == (0.15, 0.125, 8)
    assert (high.mean_risk, high.unsupported.value, high.unsupported.records) == (1.0, 1.0, 5)


def test_a_plot_needs_as_many_answers_as_a_calibration() -> None:
    assert why_no_plot(judged(0.5, CALIBRATION_RECORDS, 0)) is None
    assert why_no_plot(judged(0.5, 3, 0)) == f"3 labelled answers were checked, and a plot needs {CALIBRATION_RECORDS}"


def test_points_stand_where_risk_and_share_say(tmp_path: Path) -> None:
    draw_plot([*judged(0.25, 5, 15), *judged(0.85, 18, 2)], "40 answers", tmp_path / "plot.png")

    with Image.open(tmp_path / "plot.png") as image:
        assert (image.format, image.size) == ("PNG", SIZE)
        assert image.getpixel(place_of(0.25, 0.25)) == POINT
        assert image.getpixel(place_of(0.85, 0.9)) == POINT
        assert image.getpixel(place_of(0.5, 0.1)) == (255, 255, 255)


def test_a_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot write"):
        draw_plot(judged(0.5, 20, 0), "t", tmp_path / "none" / "plot.png")
