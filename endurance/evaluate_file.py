"""`endurance evaluate FILE.jsonl`: score recorded exchanges on this machine, without a server or a store.

Every line ends in a row or in a named fault; none stops the others. No text leaves the machine: a judge that is set is
not asked.
"""

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TimeRemainingColumn
from rich.table import Table

from config.errors import ConfigurationError, EnduranceError, InvalidInputError, TooLargeError
from config.settings import Settings
from endurance import app
from endurance.calibration_plot import draw_plot, require_plotting, why_no_plot
from endurance.evaluate_lines import Line, count_lines, parse_line, read_label, read_lines
from endurance.evaluate_results import Outcome, ResultFile, encode_result, outcome_of
from exporters.api.bodies import validated
from exporters.api.evaluate_body import EvaluateBody, exchange_of
from scorer.defects import describe_error
from scorer.model import Evaluation, new_session_id
from scorer.redact.evaluation import redact
from scorer.redact.plan import is_redacting
from scorer.trust import Judged, Rate, calibrate

QUERY_SHOWN = 60
EXIT_BAD_LINES = 1


@dataclass(frozen=True, slots=True)
class EvaluateOrder:
    """What was asked for on the command line."""

    file: Path
    as_json: bool = False
    """Print one evaluation a line in place of the table."""
    output: Path | None = None
    """File of results, one a line."""
    resume: bool = False
    """Go on behind the results that the file holds."""
    plot: Path | None = None
    """PNG of the calibration against the lines' labels."""


@dataclass(frozen=True, slots=True)
class _Scored:
    """One line on its way out."""

    line: int
    evaluation: Evaluation | None
    label: bool | None
    error: str | None


def evaluate_file(order: EvaluateOrder, settings: Settings) -> int:
    """Score each line; return 0, or 1 when a line could not be scored (each is named on standard error).

    Raises ConfigurationError when results or plot cannot be written.
    """
    _check(order)
    score = _scorer(settings)
    limit = settings.api.body_limit_bytes
    table = Table("line", "service", "query", "overall", "claims", "flags")
    with ExitStack() as opened:
        results = _open_results(order, opened)
        outcomes = [] if results is None else list(results.earlier)
        done = {outcome.line for outcome in outcomes}
        for line in _tracked(order.file, limit, opened):
            if line.number in done:
                continue
            scored = _score_line(line, limit, score)
            outcomes.append(outcome_of(scored.line, scored.evaluation, scored.label))
            _tell(order, scored, table)
            if results is not None:
                results.append(encode_result(scored.line, scored.evaluation, scored.label, scored.error))
    if not order.as_json:
        Console().print(table)
    return _summarise(order, outcomes)


def _check(order: EvaluateOrder) -> None:
    """Raise ConfigurationError for what would fail only after all was scored."""
    if order.resume and order.output is None:
        raise ConfigurationError("--resume goes on with the file that --output names, and none is named")
    if order.plot is not None:
        require_plotting()
        if not order.plot.absolute().parent.is_dir():
            raise ConfigurationError(f"cannot write {order.plot}: its folder is not there")


def _open_results(order: EvaluateOrder, opened: ExitStack) -> ResultFile | None:
    if order.output is None:
        return None
    return opened.enter_context(closing(ResultFile(order.output, resume=order.resume)))


def _scorer(settings: Settings) -> Callable[[dict[str, object]], Evaluation]:
    """Return what scores one body; what may not be stored is taken out, as in the engine."""
    pipeline = app.build_pipeline(settings, app.build_policy_book(settings))
    redacts = is_redacting(settings.redaction, settings.services)
    if redacts:
        settings.data_dir.mkdir(parents=True, exist_ok=True)  # the salt of hashes is kept there
    redactions = app.build_redactions(settings) if redacts else None

    def score(data: dict[str, object]) -> Evaluation:
        new_id = new_session_id(int(time.time() * 1000), os.urandom(10))
        body = validated(EvaluateBody, data)
        exchange = exchange_of(body, new_id, new_id, app.utc_now(), settings.api.document_limit)
        evaluation = pipeline.evaluate(exchange)
        return evaluation if redactions is None else redact(evaluation, redactions.plan_for(evaluation.service_id))

    return score


def _score_line(line: Line, limit_bytes: int, score: Callable[[dict[str, object]], Evaluation]) -> _Scored:
    label = None
    try:
        data = parse_line(line, limit_bytes)
        label = read_label(data)
        return _Scored(line.number, score(data), label, None)
    except (InvalidInputError, TooLargeError) as error:
        return _Scored(line.number, None, label, str(error))
    except EnduranceError as error:
        return _Scored(line.number, None, label, f"{type(error).__name__}: {error}")
    except Exception as error:  # noqa: BLE001 - the boundary of one exchange: named and counted, the others go on
        return _Scored(line.number, None, label, f"a defect of the scorer: {describe_error(error)}")


def _tell(order: EvaluateOrder, scored: _Scored, table: Table) -> None:
    if scored.evaluation is None:
        click.echo(f"endurance: {order.file}:{scored.line}: {scored.error}", err=True)
    elif order.as_json:
        click.echo(scored.evaluation.model_dump_json())
    else:
        table.add_row(str(scored.line), *_cells(scored.evaluation))


def _tracked(file: Path, limit_bytes: int, opened: ExitStack) -> Iterator[Line]:
    """Yield the lines, with a progress bar where a person looks on."""
    console = Console(file=sys.stderr)
    if not console.is_terminal:
        return read_lines(file, limit_bytes)
    columns = ("{task.description}", BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    progress = opened.enter_context(Progress(*columns, console=console))
    lines = read_lines(file, limit_bytes)
    return iter(progress.track(lines, total=count_lines(file, limit_bytes), description="Scoring"))


def _cells(evaluation: Evaluation) -> tuple[str, str, str, str, str]:
    found = evaluation.verification
    overall = "not assessed" if evaluation.overall_score is None else f"{evaluation.overall_score:.1f}"
    claims = f"{found.verified_claims} of {found.total_claims} verified"
    query = " ".join(evaluation.query.split())
    shown = query if len(query) <= QUERY_SHOWN else query[: QUERY_SHOWN - 1] + "…"
    return evaluation.service_id, shown, overall, claims, "; ".join(evaluation.flag_reasons)


def _summarise(order: EvaluateOrder, outcomes: list[Outcome]) -> int:
    """Print the counts, and how well the labels were met; return the exit code."""
    bad = sum(not outcome.is_scored for outcome in outcomes)
    labelled = sum(outcome.is_labelled for outcome in outcomes)
    judged = [outcome.judged for outcome in outcomes if outcome.judged is not None]
    # With --json standard output holds evaluations and nothing else.
    click.echo(f"{len(outcomes) - bad} scored, {bad} not", err=order.as_json)
    if labelled:
        click.echo(_agreement(judged, labelled), err=order.as_json)
    if order.plot is not None:
        reason = why_no_plot(judged)
        if reason is not None:
            click.echo(f"endurance: no plot: {reason}", err=True)
            return EXIT_BAD_LINES
        draw_plot(judged, f"{len(judged)} labelled answers of {order.file.name}", order.plot)
    return EXIT_BAD_LINES if bad else 0


def _agreement(judged: list[Judged], labelled: int) -> str:
    found = calibrate(judged)
    parts = [
        f"found of the unsupported {_rate(found.true_positive_rate)}",
        f"passed of the supported {_rate(found.true_negative_rate)}",
        f"kappa {_number(found.kappa)}",
        f"Brier {_number(found.brier)}",
        f"calibration error {_number(found.calibration_error)}",
    ]
    return f"{labelled} labelled, {labelled - len(judged)} of them not checked: " + "; ".join(parts)


def _rate(rate: Rate | None) -> str:
    return "(none)" if rate is None else f"{rate.value:.0%} [{rate.low:.0%}, {rate.high:.0%}] of {rate.records}"


def _number(value: float | None) -> str:
    return "(too few)" if value is None else f"{value:.3f}"
