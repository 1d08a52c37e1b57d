"""`endurance check-store`: count every session anew, say which aggregates differ, and put them right if asked."""

import asyncio

import click
from rich.console import Console
from rich.table import Table

from config.errors import ConfigurationError, ConflictError, UnavailableError
from config.settings import Settings
from endurance.opened_store import Deed, opened_store
from exporters.store.audit import Action
from exporters.store.base import Check
from scorer.model import format_moment

EXIT_DIFFERENT = 1
SHOWN = 50
"""Differences in the table; the rest is counted."""


def check_store(settings: Settings, is_repaired: bool) -> int:
    """Print what differs; return 0 when nothing does or it was put right, else 1.

    Raises ConfigurationError: the store is away, or others save to it meanwhile.
    """
    try:
        check = asyncio.run(_check(settings, is_repaired))
    except (UnavailableError, ConflictError) as error:
        raise ConfigurationError(f"store: {error}") from error
    click.echo(f"{check.sessions} sessions counted, {len(check.differences)} differences")
    if not check.differences:
        return 0
    Console().print(_table(check))
    if len(check.differences) > SHOWN:
        click.echo(f"and {len(check.differences) - SHOWN} more")
    click.echo("the aggregates are right now" if is_repaired else "run again with --repair to put them right")
    return 0 if is_repaired else EXIT_DIFFERENT


async def _check(settings: Settings, is_repaired: bool) -> Check:
    deed = Deed(Action.CHANGE, "endurance check-store --repair") if is_repaired else None
    async with opened_store(settings, deed) as store:
        check = await store.check(is_repaired=is_repaired)
        if deed is not None:
            deed.results = {"sessions": check.sessions, "differences": len(check.differences)}
        return check


def _table(check: Check) -> Table:
    table = Table("level", "start", "service or session", "counter", "kept", "counted")
    for one in check.differences[:SHOWN]:
        start = "" if one.start is None else format_moment(one.start)
        table.add_row(one.level, start, one.name, one.counter, str(one.kept), str(one.counted))
    return table
