"""`endurance export FILE`: the record as a file, with its manifest beside it; a cut-off export can be taken up again.

FILE is complete when `FILE.manifest.json` says `next_cursor: null`; until then that names where to go on.
"""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO
from urllib.parse import parse_qsl

import click
from pydantic import ValidationError

from config.errors import ConfigurationError, InvalidInputError, UnavailableError
from config.settings import Settings
from endurance.opened_store import opened_store
from exporters.api.bodies import validated
from exporters.api.sessions import FilterQuery, filter_of
from exporters.export import Export, Format, Manifest, conditions
from exporters.store.base import SessionFilter

_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """What to write, and where."""

    file: Path
    format: Format
    wanted: SessionFilter
    is_resumed: bool

    @property
    def manifest_file(self) -> Path:
        """Where the manifest stands."""
        return self.file.with_name(self.file.name + ".manifest.json")


def read_order(file: Path, format_: str, where: str, is_resumed: bool) -> ExportOrder:
    """Return the order; `where` is a query string as `/v1/sessions` takes it. Raises ConfigurationError."""
    try:
        query = validated(FilterQuery, dict(parse_qsl(where, keep_blank_values=True, strict_parsing=bool(where))))
        return ExportOrder(file, Format(format_), filter_of(query), is_resumed)
    except (InvalidInputError, ValueError) as error:
        raise ConfigurationError(f"--where: {error}") from error


def export_file(order: ExportOrder, settings: Settings) -> None:
    """Write the file and its manifest. Raises ConfigurationError: FILE exists or cannot be written, store away."""
    before = _earlier(order)
    if before is None and not order.is_resumed and order.file.exists():
        raise ConfigurationError(f"{order.file} exists; give another name, or --resume to go on with it")
    if before is not None and before.next_cursor is None:
        click.echo(f"{order.file} is complete: {before.sessions} sessions")
        return
    try:
        manifest = asyncio.run(_export(order, settings, before))
    except (UnavailableError, InvalidInputError) as error:
        raise ConfigurationError(f"export: {error}; go on with --resume") from error
    except OSError as error:
        raise ConfigurationError(f"export: cannot write {order.file}: {error.strerror}") from error
    click.echo(f"{manifest.sessions} sessions, {manifest.size_bytes} bytes, SHA-256 {manifest.sha256}")


def _earlier(order: ExportOrder) -> Manifest | None:
    """Return the manifest to go on from; None to begin. Raises ConfigurationError."""
    if not order.is_resumed or not order.manifest_file.exists():
        return None
    try:
        manifest = Manifest.model_validate_json(order.manifest_file.read_bytes())
    except (OSError, ValidationError) as error:
        raise ConfigurationError(f"cannot read {order.manifest_file}; export anew without --resume") from error
    if manifest.format is not order.format:
        raise ConfigurationError(f"{order.file} was begun as {manifest.format}, not as {order.format}")
    if manifest.filter != conditions(order.wanted):
        raise ConfigurationError(f"{order.file} was begun with other conditions; export anew without --resume")
    if not order.file.exists() or order.file.stat().st_size < manifest.size_bytes:
        raise ConfigurationError(f"{order.file} is shorter than its manifest says; export anew without --resume")
    return manifest


async def _export(order: ExportOrder, settings: Settings, before: Manifest | None) -> Manifest:
    async with opened_store(settings) as store:
        export = Export(store, order.wanted, order.format)
        with order.file.open("wb" if before is None else "r+b") as file:
            if before is not None:
                for piece in _written(file, before.size_bytes):
                    export.take_up(before, piece)
                if export.manifest() != before:
                    raise ConfigurationError(f"{order.file} is not what its manifest says; export anew")
                file.truncate()  # what came after the last manifest
            async for piece in export.pieces():
                await asyncio.to_thread(_keep, file, piece, order.manifest_file, export.manifest())
        return export.manifest()


def _written(file: BinaryIO, size: int) -> Iterator[bytes]:
    while size > 0 and (piece := file.read(min(size, _CHUNK))):
        size -= len(piece)
        yield piece


def _keep(file: BinaryIO, piece: bytes, manifest_file: Path, manifest: Manifest) -> None:
    """Write the piece, then the manifest that counts it, so that it never says more than is there."""
    file.write(piece)
    file.flush()
    os.fsync(file.fileno())
    written = manifest_file.with_name(manifest_file.name + ".part")
    written.write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
    written.replace(manifest_file)
