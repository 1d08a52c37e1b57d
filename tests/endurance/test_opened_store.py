"""What a command does to the record stands in the audit."""

from pathlib import Path

import pytest

from config.errors import ConfigurationError
from config.settings import Settings
from endurance.app import writer_id
from endurance.opened_store import DETAIL_LIMIT, Deed, details_of, opened_store
from exporters.store.audit import Action, AuditFilter
from tests.fakes.evaluations import make_evaluation


async def written(settings: Settings) -> list[tuple[str, str, str]]:
    async with opened_store(settings) as store:
        links = (await store.list_audit(AuditFilter(), 10, None)).links
    assert all(link.entry.actor.startswith("command line: ") for link in links)
    return [(link.entry.operation, link.entry.action, link.entry.outcome) for link in reversed(links)]


async def test_what_a_command_does_is_written_before_and_after(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)

    async with opened_store(settings, Deed(Action.EXPORT, "endurance export"), is_made=True):
        begun = await written(settings)

    assert begun == [("endurance export", "export", "begun")]
    assert await written(settings) == [*begun, ("endurance export", "export", "done")]


async def test_a_command_that_ends_in_an_error_failed(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)

    with pytest.raises(ConfigurationError):
        async with opened_store(settings, Deed(Action.CHANGE, "endurance reseal"), is_made=True):
            raise ConfigurationError("a key is missing")

    assert [outcome for _, _, outcome in await written(settings)] == ["begun", "failed"]


async def test_a_command_that_tells_of_nobody_is_not_written(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)

    async with opened_store(settings, is_made=True):
        pass

    assert await written(settings) == []


@pytest.mark.parametrize("store", [None, "sqlite:///{folder}/other.db"])
async def test_a_record_that_is_not_there_is_said_so_and_none_is_made(tmp_path: Path, store: str | None) -> None:
    folder = tmp_path / "mistyped"
    settings = Settings(data_dir=folder, store=store and store.format(folder=folder))

    with pytest.raises(ConfigurationError, match=r"there is no record at .*mistyped"):
        async with opened_store(settings):
            pass

    assert not folder.exists()


async def test_what_was_asked_for_stands_at_both_ends_and_what_came_of_it_at_the_end(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    deed = Deed(Action.CHANGE, "endurance rescore", {"service_id": "desk"})

    async def begin_and_fail() -> None:
        async with opened_store(settings, deed, is_made=True):
            deed.results = {"sessions": 7}
            raise ConfigurationError("the store went away")

    with pytest.raises(ConfigurationError):
        await begin_and_fail()

    async with opened_store(settings) as store:
        links = (await store.list_audit(AuditFilter(), 10, None)).links
    assert [link.entry.details for link in links] == [{"service_id": "desk", "sessions": 7}, {"service_id": "desk"}]


def test_words_that_were_searched_for_are_not_told() -> None:
    told = details_of({"service_id": "desk", "q": "xylophone", "model": "m" * 1000, "end_user": "\ud800"})

    assert told == {"service_id": "desk", "q": "given", "model": "m" * DETAIL_LIMIT, "end_user": "\ufffd"}


@pytest.mark.mongo
async def test_a_command_on_a_shared_store_saves_under_its_own_name_and_writes_the_engines_chain(
    tmp_path: Path, mongo_url: str
) -> None:
    settings = Settings(data_dir=tmp_path, store=mongo_url)

    async with opened_store(settings, Deed(Action.READ, "endurance rescore --dry-run"), saves_as="rescore") as store:
        await store.save(make_evaluation(1))
        position = await store.position()
        chains = await store.audit_writers()

    engine = writer_id(tmp_path)
    assert position.through == {f"{engine}-rescore": 1}
    assert chains == [engine]
