"""Scores history again with the present scorer, page by page from the newest on, and keeps its place in a file.

A session gets the next revision of itself, under a submission id that follows from the run: whatever dies when, going
on saves nothing twice. What was changed or erased since it was read stays as it is. Sessions that arrive meanwhile are
scored by this version anyway, and lie before the place where the run began.
"""

import asyncio
import os
from collections.abc import Callable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import Final

from pydantic import Field, ValidationError

from config.errors import ConfigurationError, ConflictError, InvalidInputError, ScoringError
from exporters.export import conditions
from exporters.store.base import SessionFilter, Store
from scorer.model import Evaluation, Value
from scorer.protocols import Job, JobKind, Scorer
from scorer.rescoring import Moves, documents_of, exchange_again, submission_of

PAGE: Final = 50
"""Sessions between two notes of the place; as many are with the scorer at a time."""
ATTEMPTS: Final = 2
"""A scoring process that dies costs one retry: the fault may have been another job's."""


class Skip(StrEnum):
    """Why a session was not scored again."""

    CURRENT = "current"
    """This version has scored it already."""
    REDACTED = "redacted"
    """Stored masked: what was taken out could no longer be seen, and the flag for it would be gone."""
    CHANGED = "changed"
    """Changed or erased between reading and saving."""
    FAILED = "failed"
    """The scorer refused it twice, such as for a preset that is no more."""


Outcome = Skip | tuple[Evaluation, Evaluation]
"""Why a session was left as it is, or the evaluation before and after."""


class RescoreRun(Value):
    """A run: what was asked for, how far it is, what moved so far."""

    run_id: str
    scorer_version: str
    where: dict[str, str]
    """The conditions that were given."""
    is_everything: bool
    """Sessions of this scorer version too."""
    cursor: str | None = None
    """Where to go on."""
    is_complete: bool = False
    skipped: dict[Skip, int] = Field(default_factory=dict)
    moves: Moves = Moves()


class PlaceFile:
    """The run as it stands in a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self, fresh: RescoreRun) -> RescoreRun:
        """Return the run to go on with. Raises ConfigurationError: there is none, or it is another one."""
        try:
            found = RescoreRun.model_validate_json(self.path.read_bytes())
        except FileNotFoundError:
            raise ConfigurationError(f"{self.path}: no run to go on with; leave --resume out") from None
        except (OSError, ValidationError) as error:
            raise ConfigurationError(f"cannot read {self.path}; start anew without --resume") from error
        asked = {"scorer_version", "where", "is_everything"}
        if found.model_dump(include=asked) != fresh.model_dump(include=asked):
            raise ConfigurationError(
                f"{self.path} is of a run with other conditions or another version; start anew without --resume"
            )
        return found

    def write(self, run: RescoreRun) -> None:
        """Put the run in the place of the one before, or leave that one whole."""
        part = self.path.with_name(self.path.name + ".part")
        with part.open("w", encoding="utf-8") as file:
            file.write(run.model_dump_json(indent=1) + "\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(self.path)


class Rescorer:
    """Carries a run out."""

    def __init__(self, store: Store, scorer: Scorer, wanted: SessionFilter, run: RescoreRun) -> None:
        self._store = store
        self._scorer = scorer
        self._wanted = wanted
        self._run = run

    @property
    def so_far(self) -> RescoreRun:
        """The run as it stands."""
        return self._run

    async def run(self, keep: Callable[[RescoreRun], None] | None, on_progress: Callable[[int], None]) -> RescoreRun:
        """Go on to the end; `keep` is given the run after each page, None saves nothing and only tells what would move.

        Raises StoreUnavailableError and InvalidInputError (a cursor of another store); what was kept is right then too.
        """
        while not self._run.is_complete:
            page = await self._store.read_evaluations(self._wanted, PAGE, self._run.cursor)
            for outcome in await self._all_again(page.evaluations, is_saved=keep is not None):
                self._note(outcome)
            end = {"cursor": page.next_cursor, "is_complete": page.next_cursor is None}
            self._run = self._run.model_copy(update=end)
            if keep is not None:
                await asyncio.to_thread(keep, self._run)
            on_progress(len(page.evaluations))
        return self._run

    async def _all_again(self, old: Sequence[Evaluation], *, is_saved: bool) -> list[Outcome]:
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._again(one, is_saved=is_saved)) for one in old]
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from errors  # the others are of the same kind: the store or the scorer is away
        return [task.result() for task in tasks]

    def _note(self, outcome: Outcome) -> None:
        if isinstance(outcome, Skip):
            skipped = {**self._run.skipped, outcome: self._run.skipped.get(outcome, 0) + 1}
            self._run = self._run.model_copy(update={"skipped": skipped})
        else:
            self._run = self._run.model_copy(update={"moves": self._run.moves.plus(*outcome)})

    async def _again(self, old: Evaluation, *, is_saved: bool) -> Outcome:
        submission_id = submission_of(self._run.run_id, old.session_id)
        is_current = old.scorer_version == self._run.scorer_version and not self._run.is_everything
        if is_current or old.submission_id == submission_id:
            return Skip.CURRENT
        if old.redacted:
            return Skip.REDACTED
        exchange = exchange_again(old, documents_of(old), submission_id)
        text = await asyncio.to_thread(exchange.model_dump_json)
        new = await self._score(Job(submission_id, JobKind.EVALUATE, text.encode()))
        if new is None:
            return Skip.FAILED
        if is_saved:
            try:
                new = (await self._store.save_after(new, old.revision)).evaluation
            except ConflictError:
                return Skip.CHANGED
        return old, new

    async def _score(self, job: Job) -> Evaluation | None:
        for _ in range(ATTEMPTS):
            try:
                result = await self._scorer.score(job)
            except InvalidInputError:
                return None
            except ScoringError:
                continue
            return result if isinstance(result, Evaluation) else None
        return None


def new_run(run_id: str, scorer_version: str, wanted: SessionFilter, *, is_everything: bool) -> RescoreRun:
    """Return a run that has not begun."""
    return RescoreRun(
        run_id=run_id, scorer_version=scorer_version, where=conditions(wanted), is_everything=is_everything
    )


def counts_of(run: RescoreRun) -> dict[str, int]:
    """Return how many sessions were scored again and how many were left, by reason."""
    return {"sessions": run.moves.sessions, **{reason.value: number for reason, number in sorted(run.skipped.items())}}
