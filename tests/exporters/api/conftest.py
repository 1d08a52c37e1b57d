"""The admin port with its default settings, for every test of a group of routes."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.fakes.admin import Admin, running_admin


@pytest.fixture
async def admin(tmp_path: Path) -> AsyncIterator[Admin]:
    async with running_admin(tmp_path) as running:
        yield running
