"""`endurance evaluate FILE.jsonl`: score recorded exchanges on this machine, without a server or a store."""

import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import orjson
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from config.errors import InvalidInputError, TooLargeError
from config.settings import Settings
from endurance import app
from exporters.api.bodies import validated
from exporters.api.evaluate_body import EvaluateBody, exchange_of
from scorer.model import Evaluation, new_session_id
from scorer.pipeline import Pipeline

QUERY_SHOWN = 60
EXIT_BAD_LINES = 1


def evaluate_file(file: Path, settings: Settings, as_json: bool) -> int:
    """Score each line; return 0, or 1 when a line could not be scored (each is named on standard error)."""
    pipeline = app.build_pipeline(settings, app.build_policy_book(settings))
    lines = [(number, line) for number, line in enumerate(_lines(file), start=1) if line.strip()]
    table = Table("line", "service", "query", "overall", "claims", "flags")
    bad_lines = 0
    with _progress() as progress:
        for number, line in progress.track(lines, description="Scoring"):
            try:
                evaluation = _evaluate(line, pipeline, settings.api.document_limit)
            except (InvalidInputError, TooLargeError) as error:
                bad_lines += 1
                click.echo(f"endurance: {file}:{number}: {error}", err=True)
                continue
            if as_json:
                click.echo(evaluation.model_dump_json())
            else:
                table.add_row(str(number), *_cells(evaluation))
    if not as_json:
        Console().print(table)
        click.echo(f"{len(lines) - bad_lines} scored, {bad_lines} not")
    return EXIT_BAD_LINES if bad_lines else 0


def _lines(file: Path) -> Iterator[bytes]:
    with file.open("rb") as stream:
        yield from stream


def _progress() -> Progress:
    console = Console(file=sys.stderr)
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, disable=not console.is_terminal)


def _evaluate(line: bytes, pipeline: Pipeline, document_limit: int) -> Evaluation:
    try:
        data = orjson.loads(line)
    except orjson.JSONDecodeError as error:
        raise InvalidInputError(f"expected a JSON object, got what is not JSON: {error}") from error
    new_id = new_session_id(int(time.time() * 1000), os.urandom(10))
    exchange = exchange_of(validated(EvaluateBody, data), new_id, new_id, app.utc_now(), document_limit)
    return pipeline.evaluate(exchange)


def _cells(evaluation: Evaluation) -> tuple[str, str, str, str, str]:
    found = evaluation.verification
    overall = "not assessed" if evaluation.overall_score is None else f"{evaluation.overall_score:.1f}"
    claims = f"{found.verified_claims} of {found.total_claims} verified"
    query = " ".join(evaluation.query.split())
    shown = query if len(query) <= QUERY_SHOWN else query[: QUERY_SHOWN - 1] + "…"
    return evaluation.service_id, shown, overall, claims, "; ".join(evaluation.flag_reasons)
