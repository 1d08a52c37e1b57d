"""The generated pages say what the code says."""

from pathlib import Path

import pytest

from bench.docs_dimensions import MODELS, models_page, page, pages
from scorer.dimensions.registry import DIMENSIONS
from scorer.model import DimensionName
from tests.fakes.exchanges import make_context

PAGES = pages()


@pytest.mark.parametrize("path", sorted(PAGES), ids=lambda path: path.stem)
def test_page_is_what_the_code_says(path: Path) -> None:
    assert path.read_text("utf-8") == PAGES[path], "run python -m bench.docs_dimensions"


def test_every_signal_of_a_dimension_has_its_section() -> None:
    rules = {DimensionName.LEGAL_COMPLIANCE: 3}  # the rules' signals stand in a table
    for dimension in DIMENSIONS:
        text = page(dimension)
        for signal in dimension.signals(make_context())[: rules.get(dimension.name)]:
            assert f"\n## {signal.name}\n" in text


def test_models_page_without_marks_is_refused() -> None:
    with pytest.raises(ValueError, match=MODELS.name):
        models_page("no marks")
