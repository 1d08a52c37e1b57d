"""Shared by the whole suite: switches for what a machine may lack, and what was found, in the header."""

import os
import shutil
from collections.abc import Iterator

import pytest
import structlog
from hypothesis import settings

pytest_plugins = ("tests.fakes.mongo_server", "tests.fakes.nats_server", "tests.workers")

REQUIRE_ALL = os.environ.get("ENDURANCE_REQUIRE_ALL") == "1"
REQUIRE_CAMPAIGNS = os.environ.get("ENDURANCE_REQUIRE_CAMPAIGNS") == "1"
settings.register_profile("endurance", deadline=None)  # no test is timed: a shared machine is as slow as it is
settings.load_profile("endurance")
PROGRAMS = {"browser": "chromium", "promtool": "promtool", "clients": "node", "image": "podman"}
LONG = ("campaign", "clients", "fuzz")
"""Markers of what only `make test-all` runs."""


def pytest_report_header() -> str:
    found = ", ".join(f"{name} {shutil.which(name) or 'not found'}" for name in PROGRAMS.values())
    return f"programs: {found}"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if any(item.get_closest_marker(marker) for marker in LONG) and not REQUIRE_CAMPAIGNS:
            item.add_marker(pytest.mark.skip(reason="a long campaign: make test-all"))
        for marker, program in PROGRAMS.items():
            if item.get_closest_marker(marker) and shutil.which(program) is None and not REQUIRE_ALL:
                item.add_marker(pytest.mark.skip(reason=f"{program} is not installed"))


@pytest.fixture(autouse=True)
def _logging_is_set_up_by_nobody_else() -> Iterator[None]:
    """Undo what a test that runs a command in this process set up: level, format and stream."""
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
