"""`docs/formats.md` and the registry tell of the same formats."""

import re
from pathlib import Path

import pytest
import yaml

from config.settings import ServiceSettings
from scorer.formats.json_mapping import mapping_error
from scorer.formats.plain_text import QUERY_NAMES
from scorer.formats.registry import FORMATS
from scorer.model import CaptureOutcome

PAGE = (Path(__file__).parents[3] / "docs" / "formats.md").read_text()
SECTIONS = re.findall(r"^## (.+)$", PAGE, re.MULTILINE)


def test_every_format_has_a_section_in_the_order_it_is_asked() -> None:
    names = [format_.name for format_ in FORMATS]

    described = [section for section in SECTIONS if re.fullmatch(r"[a-z][a-z0-9_]*", section)]

    assert described == names


def test_every_outcome_of_reading_is_explained() -> None:
    elsewhere = {CaptureOutcome.OPTED_OUT, CaptureOutcome.DROPPED}  # they end in the proxy

    assert all(f"`{outcome.value}`" in PAGE for outcome in set(CaptureOutcome) - elsewhere)


def test_the_mapping_that_is_shown_can_be_used() -> None:
    shown = re.search(r"^    services:\n(?:    .*\n)+", PAGE, re.MULTILINE)

    assert shown is not None
    (service,) = yaml.safe_load(shown[0])["services"]
    assert mapping_error(ServiceSettings.model_validate(service).mappings[0]) is None


@pytest.mark.parametrize("name", QUERY_NAMES)
def test_every_field_that_may_hold_a_question_is_named(name: str) -> None:
    section = PAGE.split("## plain_text")[1]

    assert f"`{name}`" in section
