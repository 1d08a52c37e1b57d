"""The record, opened for one command beside or without a running engine."""

import getpass
import os
import uuid
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

from config.errors import ConfigurationError, StoreUnavailableError
from config.settings import Settings
from endurance import app
from exporters.store.audit import Action, Details, Draft, Outcome
from exporters.store.base import Store
from exporters.store.record import clean_text

DETAIL_LIMIT: Final = 256
"""Characters of a detail that are kept."""
_WORDS: Final = "q"
"""The condition whose value is never written down: words that were searched for."""


@dataclass
class Deed:
    """What a command does to people's records, as the audit tells it."""

    action: Action
    command: str
    details: Details = field(default_factory=dict)
    """What was asked for; told when it begins and when it ends."""
    results: Details = field(default_factory=dict)
    """What came of it so far, to be set by the command; told when it ends, however that is."""


def details_of(conditions: Mapping[str, str]) -> Details:
    """Return a filter's conditions as an entry tells them: that words were searched for, never which."""
    return {name: "given" if name == _WORDS else clean_text(value)[:DETAIL_LIMIT] for name, value in conditions.items()}


@asynccontextmanager
async def opened_store(
    settings: Settings, deed: Deed | None = None, saves_as: str = "command", *, is_made: bool = False
) -> AsyncIterator[Store]:
    """Yield the store that the settings name, and close it after. Raises ConfigurationError.

    The deed stands in the audit, before it begins and when it ends. `saves_as` tells this process from others that
    save to a shared store from the same data directory. Unless `is_made`, there must be a record already: a new one in
    a folder whose name was mistyped would be found to be in perfect order.
    """
    is_there = is_made or app.store_kind(settings) == "mongodb" or app.store_path(settings).exists()
    if is_there:
        settings.data_dir.mkdir(parents=True, exist_ok=True)  # a shared store's writer id is kept there
    store = app.build_store(settings, saves_as)
    if not is_there:
        raise ConfigurationError(
            f"store: there is no record at {app.store_path(settings)}; give its --data-dir or --store"
        )
    try:
        await store.open()
        if deed is None:
            yield store
        else:
            async with _written_down(store, deed):
                yield store
    finally:
        await store.close()


@asynccontextmanager
async def _written_down(store: Store, deed: Deed) -> AsyncIterator[None]:
    async def write(outcome: Outcome) -> None:
        details = {**deed.details, **deed.results}
        now, id_ = app.utc_now(), str(uuid.uuid4())
        await store.append_audit([Draft(id_, now, _actor(), deed.action, outcome, deed.command, details=details)])

    await write(Outcome.BEGUN)
    try:
        yield
    except BaseException:
        with suppress(StoreUnavailableError):  # what ended the command is told
            await write(Outcome.FAILED)
        raise
    await write(Outcome.DONE)


def _actor() -> str:
    """Return who runs the command, as the system knows: a container's user may have no name."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):
        name = str(os.getuid())
    return f"command line: {name}"
