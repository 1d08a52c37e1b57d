"""`endurance rescore`: judge history again with the present scorer, and tell what moved.

It may run beside `endurance serve` on the same store, embedded or shared: every save is a transaction of its own that
takes its number there, and the running engine's feed finds the new revisions. Two runs on one data directory exclude
one another.
"""

import asyncio
import fcntl
import os
import sys
import uuid
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl

import click
import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from config.errors import ConfigurationError, InvalidInputError, ScoringError, UnavailableError
from config.logging import configure_logging
from config.settings import Settings
from endurance.app import build_metrics, build_pool, check_scoring
from endurance.opened_store import Deed, details_of, opened_store
from endurance.outbound import open_scorer
from endurance.rescoring import PlaceFile, Rescorer, RescoreRun, counts_of, new_run
from endurance.version import VERSION
from exporters.api.bodies import validated
from exporters.api.sessions import FilterQuery, filter_of
from exporters.store.audit import Action
from exporters.store.base import SessionFilter, Store, TotalKind
from scorer.rescoring import Moves, ScoreMove

PLACE_NAME = "rescore.json"


@dataclass(frozen=True, slots=True)
class RescoreOrder:
    """What to score again, and how to tell of it."""

    wanted: SessionFilter
    is_everything: bool
    is_resumed: bool
    is_dry: bool
    as_json: bool


def read_order(where: str, *, everything: bool, resume: bool, dry_run: bool, as_json: bool) -> RescoreOrder:
    """Return the order; `where` is a query string as `/v1/sessions` takes it. Raises ConfigurationError."""
    if resume and dry_run:
        raise ConfigurationError("--resume: a dry run keeps no place to go on from")
    try:
        query = validated(FilterQuery, dict(parse_qsl(where, keep_blank_values=True, strict_parsing=bool(where))))
        return RescoreOrder(filter_of(query), everything, resume, dry_run, as_json)
    except (InvalidInputError, ValueError) as error:
        raise ConfigurationError(f"--where: {error}") from error


def rescore(order: RescoreOrder, settings: Settings) -> None:
    """Carry the order out and print what moved. Raises ConfigurationError: nothing to go on with, the store is away."""
    configure_logging("rescore", settings.log.level, settings.log.format)
    check_scoring(settings)
    run = new_run(str(uuid.uuid4()), VERSION, order.wanted, is_everything=order.is_everything)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    place = PlaceFile(settings.data_dir / PLACE_NAME)
    with _alone(settings.data_dir / "rescore.lock"):
        if order.is_resumed:
            run = place.read(run)
        try:
            run, erased = asyncio.run(_carry_out(order, settings, place, run))
        except (UnavailableError, InvalidInputError, ScoringError) as error:
            raise ConfigurationError(f"rescore: {error}; go on with --resume") from error
        except OSError as error:
            raise ConfigurationError(f"rescore: cannot write {place.path}: {error.strerror}") from error
    _tell(order, run, erased)


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConfigurationError(f"{path}: another `endurance rescore` runs on this data directory") from error
        yield
    finally:
        os.close(lock)


async def _carry_out(
    order: RescoreOrder, settings: Settings, place: PlaceFile, run: RescoreRun
) -> tuple[RescoreRun, int]:
    async with AsyncExitStack() as opened:
        deed = _deed_of(order, run)
        store = await opened.enter_async_context(opened_store(settings, deed, saves_as="rescore"))
        pool = build_pool(settings)
        opened.push_async_callback(pool.close)
        await pool.start()
        scorer = await open_scorer(opened, settings, pool, build_metrics(settings, "endurance.rescore"))
        done = run.moves.sessions + sum(run.skipped.values())
        with _progress() as progress:
            task = progress.add_task("Scoring", completed=done, total=await _total(store, order.wanted))
            keep = None if order.is_dry else place.write
            rescorer = Rescorer(store, scorer, order.wanted, run)
            try:
                run = await rescorer.run(keep, lambda number: progress.advance(task, number))
            finally:
                deed.results = counts_of(rescorer.so_far)
        wanted = order.wanted
        return run, await store.count_erased(wanted.service_id, wanted.since, wanted.until)


def _deed_of(order: RescoreOrder, run: RescoreRun) -> Deed:
    action = Action.READ if order.is_dry else Action.CHANGE
    command = "endurance rescore --dry-run" if order.is_dry else "endurance rescore"
    asked = {"run": run.run_id, "scorer_version": run.scorer_version, "everything": str(run.is_everything).lower()}
    return Deed(action, command, {**asked, **details_of(run.where)})


async def _total(store: Store, wanted: SessionFilter) -> int | None:
    page = await store.list_sessions(wanted, 1, None)
    return page.total if page.total_is is TotalKind.EXACT else None


def _progress() -> Progress:
    console = Console(file=sys.stderr)
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal)


def _tell(order: RescoreOrder, run: RescoreRun, erased: int) -> None:
    if order.as_json:
        means = {name: {"before": one.before_mean, "after": one.after_mean} for name, one in run.moves.scores.items()}
        told = {"dry_run": order.is_dry, "erased": erased, **run.model_dump(mode="json"), "means": means}
        click.echo(orjson.dumps(told, option=orjson.OPT_INDENT_2))
        return
    console = Console()
    if run.moves.sessions:
        console.print(_scores_table(run.moves), _other_table(run.moves))
    skipped = "".join(f", {number} {reason.value}" for reason, number in sorted(run.skipped.items()))
    what = "would be scored again" if order.is_dry else "scored again"
    click.echo(f"{run.moves.sessions} {what} by version {run.scorer_version}{skipped}, {erased} without text")


def _scores_table(moves: Moves) -> Table:
    table = Table("score", "mean before", "mean after", "difference", "raised", "lowered", "had it", "have it")
    for name, one in moves.scores.items():
        table.add_row(name, *_means(one), *map(str, (one.raised, one.lowered, one.before, one.after)))
    return table


def _means(one: ScoreMove) -> tuple[str, str, str]:
    before, after = one.before_mean, one.after_mean
    difference = "" if before is None or after is None else f"{after - before:+.2f}"
    return _shown(before), _shown(after), difference


def _shown(mean: float | None) -> str:
    return "not assessed" if mean is None else f"{mean:.2f}"


def _other_table(moves: Moves) -> Table:
    table = Table("what", "before", "after", "raised", "taken back")
    for verdict, counts in moves.claims.items():
        table.add_row(f"{verdict.value} claims", str(counts.before), str(counts.after), "", "")
    table.add_row("sessions with other verdicts", "", str(moves.sessions_with_other_verdicts), "", "")
    for name, one in {"flagged sessions": moves.flagged, **moves.flags}.items():
        table.add_row(name, "", "", str(one.on), str(one.off))
    return table
