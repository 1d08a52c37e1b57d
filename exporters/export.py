"""The record as a file: JSON lines, CSV or Parquet, page by page, newest first, with a manifest that proves it whole.

The manifest counts the sessions, names the first and the last, hashes every byte before itself, and gives the cursor at
which the next part begins.
"""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from dataclasses import fields
from datetime import datetime
from enum import StrEnum
from typing import assert_never

from exporters.export_parquet import Parquet
from exporters.export_rows import Csv, Encoder, JsonLines
from exporters.store.base import SessionFilter
from exporters.store.restricted import VisibleStore
from scorer.model import SCHEMA_VERSION, Evaluation, Moment, Value, format_moment

PAGE = 100
"""Evaluations read at a time: about two megabytes."""


class Format(StrEnum):
    """What an export is written as."""

    JSONL = "jsonl"
    """An evaluation a line, whole."""
    CSV = "csv"
    """A row an evaluation, without its claims, signals and documents; text that a spreadsheet would run gets a `'`."""
    PARQUET = "parquet"
    """The columns of the CSV with their types, and the whole evaluation as JSON; needs the extra `parquet`."""


class Place(Value):
    """Where a session stands in the list."""

    timestamp: Moment
    session_id: str


class Part(Value):
    """One file of an export in several."""

    name: str
    sessions: int
    size_bytes: int
    sha256: str
    """Of the whole file, in hexadecimal."""
    first: Place | None = None
    last: Place | None = None


class Manifest(Value):
    """What an export holds; its last line, or in a Parquet file its metadata."""

    format: Format
    schema_version: int = SCHEMA_VERSION
    """Of the evaluations."""
    filter: dict[str, str]
    """The conditions that were given."""
    sessions: int
    first: Place | None = None
    """The newest session; null when there is none."""
    last: Place | None = None
    """The oldest."""
    size_bytes: int | None
    sha256: str | None
    """Of these bytes, in hexadecimal; null inside a Parquet file, which cannot hold its own."""
    next_cursor: str | None
    """Where the next part begins; null when this one reaches the end."""
    parts: tuple[Part, ...] = ()
    """The files, where there are several."""


class Export:
    """One export: `pieces` are its bytes, `manifest` says what they were so far."""

    def __init__(self, store: VisibleStore, wanted: SessionFilter, format_: Format, cursor: str | None = None) -> None:
        """Raises InvalidInputError for a format whose library is not installed."""
        self._store = store
        self._wanted = wanted
        self._format = format_
        self._cursor = cursor
        self._encoder = _encoder_of(format_)
        self._hash = hashlib.sha256()
        self._sessions = self._size = 0
        self._first: Place | None = None
        self._last: Place | None = None

    def take_up(self, manifest: Manifest, written: bytes) -> None:
        """Go on after what was written of it before, as text. `written` may come in pieces, with the same manifest."""
        self._hash.update(written)
        self._size += len(written)
        self._sessions, self._cursor = manifest.sessions, manifest.next_cursor
        self._first, self._last = manifest.first, manifest.last

    async def pieces(self, limit: int | None = None) -> AsyncIterator[bytes]:
        """Yield the bytes, a page at a time, of at most `limit` sessions; `ending` is what follows them.

        Raises InvalidInputError for a bad cursor and StoreUnavailableError, both also before the first piece.
        """
        head = self._encoder.head() if self._size == 0 else b""
        is_last = False
        while not is_last:
            wanted = PAGE if limit is None else min(PAGE, limit)
            page = await self._store.read_evaluations(self._wanted, wanted, self._cursor)
            self._note(page.evaluations, page.next_cursor)
            limit = None if limit is None else limit - len(page.evaluations)
            is_last = page.next_cursor is None or limit == 0
            yield self._counted(head + await asyncio.to_thread(self._encoder.rows, page.evaluations))
            head = b""

    def _note(self, evaluations: tuple[Evaluation, ...], cursor: str | None) -> None:
        self._cursor, self._sessions = cursor, self._sessions + len(evaluations)
        if evaluations:
            self._first = self._first or _place_of(evaluations[0])
            self._last = _place_of(evaluations[-1])

    def manifest(self, *, is_hashed: bool = True) -> Manifest:
        """Return what was written so far."""
        return Manifest(
            format=self._format,
            filter=conditions(self._wanted),
            sessions=self._sessions,
            first=self._first,
            last=self._last,
            size_bytes=self._size if is_hashed else None,
            sha256=self._hash.hexdigest() if is_hashed else None,
            next_cursor=self._cursor,
        )

    async def ending(self) -> bytes:
        """Return what stands behind the last piece: the manifest's line, or a Parquet file's last rows and footer."""
        is_text = self._format is not Format.PARQUET
        text = self.manifest(is_hashed=is_text).model_dump_json(exclude={"parts"})
        end = await asyncio.to_thread(self._encoder.end, text)
        return end if is_text else self._counted(end)

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


def _place_of(evaluation: Evaluation) -> Place:
    return Place(timestamp=evaluation.timestamp, session_id=evaluation.session_id)


def _encoder_of(format_: Format) -> Encoder:
    match format_:
        case Format.JSONL:
            return JsonLines()
        case Format.CSV:
            return Csv()
        case Format.PARQUET:
            return Parquet()
        case _:
            assert_never(format_)
