"""The record, opened for one command beside or without a running engine."""

import getpass
import os
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from config.errors import StoreUnavailableError
from config.settings import Settings
from endurance import app
from exporters.store.audit import Action, Draft, Outcome
from exporters.store.base import Store


@asynccontextmanager
async def opened_store(settings: Settings, action: Action | None = None, command: str = "") -> AsyncIterator[Store]:
    """Yield the store that the settings name, and close it after. Raises ConfigurationError.

    What `command` does to people's records stands in the audit, before it begins and when it ends.
    """
    settings.data_dir.mkdir(parents=True, exist_ok=True)  # a shared store's writer id is kept there
    store = app.build_store(settings)
    try:
        await store.open()
        if action is None:
            yield store
        else:
            async with _written_down(store, action, command):
                yield store
    finally:
        await store.close()


@asynccontextmanager
async def _written_down(store: Store, action: Action, command: str) -> AsyncIterator[None]:
    async def write(outcome: Outcome) -> None:
        await store.append_audit([Draft(str(uuid.uuid4()), app.utc_now(), _actor(), action, outcome, command)])

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
