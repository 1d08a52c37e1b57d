"""How an export is written as text: an evaluation a line of JSON, or a row of CSV. Pure."""

import csv
import io
from collections.abc import Sequence
from typing import Protocol

from scorer.model import DimensionName, Evaluation, format_moment

Cell = str | float | bool | None
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is run as a formula by spreadsheets (OWASP, "CSV Injection")."""
COLUMNS = (
    "session_id", "service_id", "conversation_id", "timestamp", "scored_at", "revision", "model", "language", "preset",
    "compliance_mode", "scorer_version", "overall_score", *(name.value for name in DimensionName), "coverage",
    "flagged", "flag_codes", "total_claims", "verified_claims", "hallucinated_claims", "unverifiable_claims",
    "approved", "rejected", "query", "response",
)  # fmt: skip
"""What a table has of an evaluation: everything but its claims, signals and documents."""


class Encoder(Protocol):
    """Writes the pages of one export in their order."""

    def head(self) -> bytes:
        """Return what stands before the first page."""

    def rows(self, evaluations: Sequence[Evaluation]) -> bytes:
        """Return a page."""

    def end(self, manifest: str) -> bytes:
        """Return what stands behind the last page; `manifest` is JSON, and stands in it."""


class JsonLines:
    """An evaluation a line, whole; the manifest is an object with that one key."""

    def head(self) -> bytes:
        """Return nothing."""
        return b""

    def rows(self, evaluations: Sequence[Evaluation]) -> bytes:
        """Return a line each."""
        return b"".join(one.model_dump_json().encode() + b"\n" for one in evaluations)

    def end(self, manifest: str) -> bytes:
        """Return the manifest's line."""
        return b'{"manifest":' + manifest.encode() + b"}\n"


class Csv:
    """A row an evaluation (RFC 4180); text that a spreadsheet would run gets a `'`, the manifest is a comment."""

    def head(self) -> bytes:
        """Return the names of the columns."""
        return _row(COLUMNS)

    def rows(self, evaluations: Sequence[Evaluation]) -> bytes:
        """Return a row each."""
        return b"".join(_row(cells_of(one)) for one in evaluations)

    def end(self, manifest: str) -> bytes:
        """Return the manifest's line."""
        return f"# manifest {manifest}\r\n".encode()


def cells_of(one: Evaluation) -> tuple[Cell, ...]:
    """Return an evaluation's values, in the order of `COLUMNS`."""
    checked = one.verification
    return (
        one.session_id, one.service_id, one.conversation_id, format_moment(one.timestamp),
        format_moment(one.scored_at), one.revision, one.model, one.language, one.preset, one.compliance_mode,
        one.scorer_version, one.overall_score, *(one.dimensions.get(name) for name in DimensionName), one.coverage,
        one.flagged, " ".join(one.flag_codes), checked.total_claims, checked.verified_claims,
        checked.hallucinated_claims, checked.unverifiable_claims, sum(given.approved for given in one.feedback),
        sum(not given.approved for given in one.feedback), one.query, one.response,
    )  # fmt: skip


def _row(cells: tuple[Cell, ...]) -> bytes:
    into = io.StringIO()
    csv.writer(into, lineterminator="\r\n").writerow([_cell(cell) for cell in cells])
    return into.getvalue().encode()


def _cell(value: Cell) -> Cell:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value
