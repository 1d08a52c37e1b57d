"""The record as a file: JSON lines or CSV, page by page, newest first, with a manifest that proves it whole.

The manifest counts the sessions, hashes every byte before itself, and names the cursor at which the next part begins.
"""

import csv
import hashlib
import io
from collections.abc import AsyncIterator
from dataclasses import fields
from datetime import datetime
from enum import StrEnum

from exporters.store.base import SessionFilter
from exporters.store.restricted import VisibleStore
from scorer.model import DimensionName, Evaluation, Value, format_moment

PAGE = 100
"""Evaluations read at a time: about two megabytes."""
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is run as a formula by spreadsheets (OWASP, "CSV Injection")."""


class Format(StrEnum):
    """What an export is written as."""

    JSONL = "jsonl"
    """An evaluation a line, whole."""
    CSV = "csv"
    """A row an evaluation, without its claims, signals and documents; text that a spreadsheet would run gets a `'`."""


class Manifest(Value):
    """What an export holds; its last line."""

    format: Format
    filter: dict[str, str]
    """The conditions that were given."""
    sessions: int
    size_bytes: int
    sha256: str
    """Of these bytes, in hexadecimal."""
    next_cursor: str | None
    """Where the next part begins; null when this one reaches the end."""


class Export:
    """One export: `pieces` are its bytes, `manifest` says what they were so far."""

    def __init__(self, store: VisibleStore, wanted: SessionFilter, format_: Format, cursor: str | None = None) -> None:
        self._store = store
        self._wanted = wanted
        self._format = format_
        self._cursor = cursor
        self._hash = hashlib.sha256()
        self._sessions = self._size = 0

    def take_up(self, manifest: Manifest, written: bytes) -> None:
        """Go on after what was written of it before. `written` may be given in pieces, with the same manifest."""
        self._hash.update(written)
        self._size += len(written)
        self._sessions, self._cursor = manifest.sessions, manifest.next_cursor

    async def pieces(self, limit: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes, a page at a time, of at most `limit` sessions.

        Raises InvalidInputError for a bad cursor and StoreUnavailableError, both also before the first piece.
        """
        head = _row(_COLUMNS).encode() if self._format is Format.CSV and self._size == 0 else b""
        is_last = False
        while not is_last:
            wanted = PAGE if limit is None else min(PAGE, limit)
            page = await self._store.read_evaluations(self._wanted, wanted, self._cursor)
            self._cursor, self._sessions = page.next_cursor, self._sessions + len(page.evaluations)
            limit = None if limit is None else limit - len(page.evaluations)
            is_last = page.next_cursor is None or limit == 0
            yield self._counted(head + b"".join(_line(self._format, one) for one in page.evaluations))
            head = b""

    def manifest(self) -> Manifest:
        """Return what was written so far."""
        return Manifest(
            format=self._format,
            filter=conditions(self._wanted),
            sessions=self._sessions,
            size_bytes=self._size,
            sha256=self._hash.hexdigest(),
            next_cursor=self._cursor,
        )

    def last_line(self) -> bytes:
        """Return the manifest as the export's last line: an object with the one key `manifest`, in CSV a comment."""
        text = self.manifest().model_dump_json()
        if self._format is Format.CSV:
            return f"# manifest {text}\r\n".encode()
        return b'{"manifest":' + text.encode() + b"}\n"

    def _counted(self, piece: bytes) -> bytes:
        self._hash.update(piece)
        self._size += len(piece)
        return piece


def conditions(wanted: SessionFilter) -> dict[str, str]:
    """Return the conditions that a filter holds, as text."""
    given = {field.name: getattr(wanted, field.name) for field in fields(SessionFilter)}
    return {name: _told(value) for name, value in given.items() if value is not None and value is not False}


def _told(value: object) -> str:
    return format_moment(value) if isinstance(value, datetime) else str(value)


_COLUMNS = (
    "session_id", "service_id", "conversation_id", "timestamp", "scored_at", "revision", "model", "language", "preset",
    "compliance_mode", "overall_score", *(name.value for name in DimensionName), "coverage", "flagged", "flag_codes",
    "total_claims", "verified_claims", "hallucinated_claims", "unverifiable_claims", "approved", "rejected", "query",
    "response",
)  # fmt: skip


def _line(format_: Format, one: Evaluation) -> bytes:
    if format_ is Format.JSONL:
        return one.model_dump_json().encode() + b"\n"
    checked = one.verification
    cells = (
        one.session_id, one.service_id, one.conversation_id, format_moment(one.timestamp),
        format_moment(one.scored_at), one.revision, one.model, one.language, one.preset, one.compliance_mode,
        one.overall_score, *(one.dimensions.get(name) for name in DimensionName), one.coverage, one.flagged,
        " ".join(one.flag_codes), checked.total_claims, checked.verified_claims, checked.hallucinated_claims,
        checked.unverifiable_claims, sum(given.approved for given in one.feedback),
        sum(not given.approved for given in one.feedback), one.query, one.response,
    )  # fmt: skip
    return _row(cells).encode()


def _row(cells: tuple[str | float | bool | None, ...]) -> str:
    into = io.StringIO()
    csv.writer(into, lineterminator="\r\n").writerow([_cell(cell) for cell in cells])  # RFC 4180
    return into.getvalue()


def _cell(value: str | float | bool | None) -> str | float | bool | None:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value
