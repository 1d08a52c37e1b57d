"""What a command does to the record stands in the audit."""

from pathlib import Path

import pytest

from config.errors import ConfigurationError
from config.settings import Settings
from endurance.opened_store import opened_store
from exporters.store.audit import Action, AuditFilter


async def written(settings: Settings) -> list[tuple[str, str, str]]:
    async with opened_store(settings) as store:
        links = (await store.list_audit(AuditFilter(), 10, None)).links
    assert all(link.entry.actor.startswith("command line: ") for link in links)
    return [(link.entry.operation, link.entry.action, link.entry.outcome) for link in reversed(links)]


async def test_what_a_command_does_is_written_before_and_after(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)

    async with opened_store(settings, Action.EXPORT, "endurance export"):
        begun = await written(settings)

    assert begun == [("endurance export", "export", "begun")]
    assert await written(settings) == [*begun, ("endurance export", "export", "done")]


async def test_a_command_that_ends_in_an_error_failed(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)

    with pytest.raises(ConfigurationError):
        async with opened_store(settings, Action.CHANGE, "endurance reseal"):
            raise ConfigurationError("a key is missing")

    assert [outcome for _, _, outcome in await written(settings)] == ["begun", "failed"]


async def test_a_command_that_tells_of_nobody_is_not_written(tmp_path: Path) -> None:
    assert await written(Settings(data_dir=tmp_path)) == []
