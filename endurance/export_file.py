"""`endurance export FILE`: the record as a file, with its manifest beside it; a cut-off export can be taken up again.

FILE is complete when its manifest says `next_cursor: null`; until then that names where to go on. As Parquet, FILE is a
folder of parts.
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
from endurance.export_check import find_faults
from endurance.export_parts import PartsExport
from endurance.opened_store import Deed, details_of, opened_store
from exporters.api.bodies import validated
from exporters.api.sessions import FilterQuery, filter_of
from exporters.export import Export, Format, Manifest, conditions
from exporters.store.audit import Action
from exporters.store.base import SessionFilter, Store

EXIT_FAULTY = 1
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ExportOrder:
    """What to write, and where."""

    file: Path
    format: Format
    wanted: SessionFilter
    is_resumed: bool
    manifest: Path | None = None

    @property
    def manifest_file(self) -> Path:
        """Where the manifest stands: beside the file unless given."""
        return self.manifest or self.file.with_name(self.file.name + ".manifest.json")


def read_order(file: Path, format_: str, where: str, is_resumed: bool, manifest: Path | None = None) -> ExportOrder:
    """Return the order; `where` is a query string as `/v1/sessions` takes it. Raises ConfigurationError."""
    try:
        query = validated(FilterQuery, dict(parse_qsl(where, keep_blank_values=True, strict_parsing=bool(where))))
        return ExportOrder(file, Format(format_), filter_of(query), is_resumed, manifest)
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
    whole = f"{len(manifest.parts)} parts" if manifest.sha256 is None else f"SHA-256 {manifest.sha256}"
    click.echo(f"{manifest.sessions} sessions, {manifest.size_bytes} bytes, {whole}")


def check_export(order: ExportOrder) -> int:
    """Compare the file with its manifest; return 0, or 1 with a line for each fault. Raises ConfigurationError."""
    manifest, faults = find_faults(order.file, order.manifest_file)
    for fault in faults:
        click.echo(fault)
    if not faults:
        click.echo(f"{order.file}: {manifest.sessions} sessions, as its manifest says")
    return EXIT_FAULTY if faults else 0


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
    if order.format is Format.PARQUET:
        _check_parts(order, manifest)
    elif not order.file.exists() or order.file.stat().st_size < (manifest.size_bytes or 0):
        raise ConfigurationError(f"{order.file} is shorter than its manifest says; export anew without --resume")
    return manifest


def _check_parts(order: ExportOrder, manifest: Manifest) -> None:
    for part in manifest.parts:
        file = order.file / part.name
        if not file.exists() or file.stat().st_size != part.size_bytes:
            raise ConfigurationError(f"{file} is not what its manifest says; export anew without --resume")


async def _export(order: ExportOrder, settings: Settings, before: Manifest | None) -> Manifest:
    asked = {"format": order.format.value, **details_of(conditions(order.wanted))}
    deed = Deed(Action.EXPORT, "endurance export", asked)
    async with opened_store(settings, deed) as store:
        if order.format is Format.PARQUET:
            return await _export_parts(order, store, before, deed)
        return await _export_lines(order, store, before, deed)


async def _export_lines(order: ExportOrder, store: Store, before: Manifest | None, deed: Deed) -> Manifest:
    export = Export(store, order.wanted, order.format)
    with order.file.open("wb" if before is None else "r+b") as file:
        if before is not None:
            for piece in _written(file, before.size_bytes or 0):
                export.take_up(before, piece)
            if export.manifest() != before:
                raise ConfigurationError(f"{order.file} is not what its manifest says; export anew")
            file.truncate()  # what came after the last manifest
        async for piece in export.pieces():
            manifest = export.manifest()
            await asyncio.to_thread(_keep, file, piece, order.manifest_file, manifest)
            deed.results = {"sessions": manifest.sessions}
    return export.manifest()


async def _export_parts(order: ExportOrder, store: Store, manifest: Manifest | None, deed: Deed) -> Manifest:
    order.file.mkdir(exist_ok=True)
    parts = PartsExport(store, order.wanted, order.format, order.file)
    while manifest is None or manifest.next_cursor is not None:
        manifest = await parts.next(manifest)
        await asyncio.to_thread(_keep_manifest, order.manifest_file, manifest)
        deed.results = {"sessions": manifest.sessions}
    return manifest


def _written(file: BinaryIO, size: int) -> Iterator[bytes]:
    while size > 0 and (piece := file.read(min(size, _CHUNK))):
        size -= len(piece)
        yield piece


def _keep(file: BinaryIO, piece: bytes, manifest_file: Path, manifest: Manifest) -> None:
    """Write the piece, then the manifest that counts it, so that it never says more than is there."""
    file.write(piece)
    file.flush()
    os.fsync(file.fileno())
    _keep_manifest(manifest_file, manifest)


def _keep_manifest(manifest_file: Path, manifest: Manifest) -> None:
    written = manifest_file.with_name(manifest_file.name + ".part")
    written.write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
    written.replace(manifest_file)
