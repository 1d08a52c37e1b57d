"""Every measure that the command line names can be loaded and run."""

import importlib
import inspect

import pytest

from bench.__main__ import MEASURES


@pytest.mark.parametrize("name", MEASURES)
def test_a_measure_loads_and_takes_quick(name: str) -> None:
    run = importlib.import_module(f"bench.{name}").run

    assert "quick" in inspect.signature(run).parameters
