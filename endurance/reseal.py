"""`endurance reseal`: write the record's texts anew with the first key of `store_encryption.key_file`.

For a change of the key, and for a record that was plain. The engine may run, with the new key first in its file; what
is done is not done again, so that a run that was cut off is begun again.
"""

import asyncio
import sys

import click
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TimeElapsedColumn

from config.errors import ConfigurationError, UnavailableError
from config.settings import Settings
from endurance.opened_store import Deed, opened_store
from exporters.store.audit import Action
from exporters.store.base import Store
from exporters.store.sealed import SETTING

STEP_LIMIT = 100
"""Sessions looked at in one step, so that saves get in between."""
EXIT_UNFINISHED = 1


def reseal(settings: Settings) -> int:
    """Write anew what has another key and strike the other keys; return 0, or 1 when texts with another key came.

    Raises ConfigurationError: no key is set, or the store is away.
    """
    if settings.store_encryption.key_file is None:
        raise ConfigurationError(f"{SETTING}: expected a file of keys, the first of which seals")
    try:
        changed, is_finished = asyncio.run(_reseal(settings))
    except UnavailableError as error:
        raise ConfigurationError(f"store: {error}; begin again, what was done stays") from error
    click.echo(f"{changed} sessions written anew")
    if is_finished:
        click.echo("the record needs the first key alone now")
        return 0
    click.echo("an engine still writes with another key: restart it with the new key first, then run again", err=True)
    return EXIT_UNFINISHED


async def _reseal(settings: Settings) -> tuple[int, bool]:
    console = Console(file=sys.stderr)
    deed = Deed(Action.CHANGE, "endurance reseal")
    async with opened_store(settings, deed) as store:
        with Progress(
            SpinnerColumn(), "{task.description}", TimeElapsedColumn(), console=console, disable=not console.is_terminal
        ) as progress:
            changed = await _walk(store, progress)
        deed.results = {"sessions": changed}
        return changed, await store.forget_keys()


async def _walk(store: Store, progress: Progress) -> int:
    task = progress.add_task("Writing anew")
    changed, last, is_last = 0, None, False
    while not is_last:
        step = await store.reseal(last, STEP_LIMIT)
        changed, last, is_last = changed + step.changed, step.last, step.last is None
        progress.update(task, description=f"{changed} sessions written anew")
    return changed
