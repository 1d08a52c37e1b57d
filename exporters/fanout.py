"""Tells every exporter of a committed save, so that a broken one disturbs neither the others nor the scorer.

An exporter of today (metrics, feed) takes note in microseconds and returns. One that talks to the outside keeps a
bounded queue of its own behind `export`, and drops and counts beyond it: nothing here waits.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from config.logging import get_logger
from scorer.model import Evaluation


class Exporter(Protocol):
    """Something that wants to know of each evaluation once."""

    name: str
    """From a closed set: a label of `endurance_export_failures_total`."""

    def export(self, evaluation: Evaluation) -> None:
        """Take note of a saved evaluation; does no I/O, never blocks."""


class Fanout:
    """All exporters of an engine."""

    def __init__(self, exporters: Sequence[Exporter], count_failure: Callable[[str], None]) -> None:
        self._exporters = tuple(exporters)
        self._count_failure = count_failure
        self._failing: set[str] = set()
        self._log = get_logger("exporters.fanout")

    def publish(self, evaluation: Evaluation) -> None:
        """Hand the evaluation to each exporter, in order; never raises."""
        for exporter in self._exporters:
            try:
                exporter.export(evaluation)
            except Exception as error:  # noqa: BLE001 - the boundary of one exporter
                self._note_failure(exporter.name, error)
            else:
                self._note_success(exporter.name)

    def _note_failure(self, name: str, error: Exception) -> None:
        self._count_failure(name)
        if name not in self._failing:
            self._failing.add(name)
            # Only the error's type: its text may hold what was being exported.
            self._log.error("an exporter fails, its events are lost", exporter=name, error=type(error).__name__)

    def _note_success(self, name: str) -> None:
        if name in self._failing:
            self._failing.discard(name)
            self._log.info("an exporter works again", exporter=name)
