"""`endurance verify`: whether the audit is what was written, asked of hashes and numbers and not of the database."""

import asyncio
from pathlib import Path

import click

from config.errors import ConfigurationError, UnavailableError
from config.settings import Settings
from endurance.opened_store import opened_store
from exporters.audit import HEAD_NAME
from exporters.store.audit import Head
from exporters.store.audit_chain import ChainCheck, heads_of_text, heads_to_text
from exporters.store.base import Store

EXIT_BROKEN = 1
PAGE = 1000


def verify(settings: Settings, anchor_file: Path | None) -> int:
    """Print a line per finding and one in all; return 0 without a finding, else 1.

    The engine's own head file is compared where it is there; `anchor_file` holds heads of an earlier check, and after
    one without a finding those of this one. Raises ConfigurationError: the store is away, a file cannot be used.
    """
    anchors = [*_heads(settings.data_dir / HEAD_NAME), *([] if anchor_file is None else _heads(anchor_file))]
    try:
        checks, findings = asyncio.run(_verify(settings, anchors))
    except UnavailableError as error:
        raise ConfigurationError(f"store: {error}") from error
    for line in findings:
        click.echo(line)
    entries = sum(check.head.number for check in checks)
    click.echo(f"{entries} entries of {len(checks)} writers, {len(findings)} findings")
    if findings:
        return EXIT_BROKEN
    if anchor_file is not None:
        _keep(anchor_file, {check.head.writer: check.head for check in checks})
    return 0


async def _verify(settings: Settings, anchors: list[Head]) -> tuple[list[ChainCheck], list[str]]:
    checks, findings = [], list[str]()
    async with opened_store(settings) as store:
        for writer in sorted({*await store.audit_writers(), *(anchor.writer for anchor in anchors)}):
            check = ChainCheck(writer, anchors)
            findings += await _walk(store, check)
            checks.append(check)
    return checks, findings


async def _walk(store: Store, check: ChainCheck) -> list[str]:
    findings: list[str] = []
    while rows := await store.read_chain(check.head.writer, check.head.number, PAGE):
        findings += check.walk(rows)
    return [*findings, *check.finish()]


def _heads(path: Path) -> list[Head]:
    """Return what the file has; nothing where there is none, as before the first entry or the first check."""
    try:
        return list(heads_of_text(path.read_text(encoding="ascii")).values())
    except FileNotFoundError:
        return []
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"cannot use {path} as heads of the audit: {error}") from error


def _keep(path: Path, heads: dict[str, Head]) -> None:
    try:
        part = path.with_name(path.name + ".part")
        part.write_text(heads_to_text(heads), encoding="ascii")
        part.replace(path)
    except OSError as error:
        raise ConfigurationError(f"cannot write {path}: {error.strerror}") from error
