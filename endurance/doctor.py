"""`endurance doctor`: look at everything this installation leans on, and say in one line each what is wrong.

`--live` asks only whether the running Endurance answers: the health check of a container.
"""

import asyncio
import json
import os
import shutil
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from http.client import HTTPConnection, HTTPException
from typing import Final, assert_never
from urllib.parse import urlsplit

import click
from rich.console import Console
from rich.table import Table

from config.errors import ConfigurationError, EnduranceError
from config.settings import Settings

EXIT_UNWELL: Final = 1
ASK_SECONDS: Final = 3.0
"""For one question: shorter than the time-out of a container's health check."""
STORE_SECONDS: Final = 10.0
ANY_ADDRESSES: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  compared, not listened on


class State(StrEnum):
    """How a finding stands."""

    WELL = "ok"
    WARNING = "warning"
    """It runs, and something will be missed."""
    UNWELL = "error"


@dataclass(frozen=True)
class Finding:
    """What one look found."""

    part: str
    state: State
    detail: str


def doctor(settings: Settings, *, is_live: bool) -> int:
    """Print what was found; return 0, or 1 when something is wrong."""
    if is_live:
        finding = _look_live(settings)
        click.echo(f"{finding.part}: {finding.detail}")
        return EXIT_UNWELL if finding.state is State.UNWELL else 0
    findings = [look(settings) for look in LOOKS]
    table = Table("part", "", "found")
    for finding in findings:
        table.add_row(finding.part, _shown(finding.state), finding.detail)
    Console().print(table)
    return EXIT_UNWELL if any(finding.state is State.UNWELL for finding in findings) else 0


def _shown(state: State) -> str:
    match state:
        case State.WELL:
            return "[green]ok[/green]"
        case State.WARNING:
            return "[yellow]warning[/yellow]"
        case State.UNWELL:
            return "[red]error[/red]"
        case _:
            assert_never(state)


def _look_live(settings: Settings) -> Finding:
    """Ask the probe port where there is one: the proxy answers there whatever becomes of the rest."""
    if settings.probe_port is not None:
        return _ask("proxy", settings.host, settings.probe_port)
    return _ask("admin port", settings.admin_host, settings.admin_port)


def _look_running(settings: Settings) -> Finding:
    finding = _look_live(settings)
    if finding.state is State.UNWELL:
        return Finding("running", State.WARNING, f"not running here: {finding.detail}")
    return Finding("running", finding.state, finding.detail)


def _ask(part: str, host: str, port: int) -> Finding:
    address = ANY_ADDRESSES.get(host, host)
    connection = HTTPConnection(address, port, timeout=ASK_SECONDS)
    try:
        connection.request("GET", "/health")
        answer = connection.getresponse()
        status = json.loads(answer.read()).get("status")
    except (OSError, HTTPException, ValueError, AttributeError) as error:
        return Finding(part, State.UNWELL, f"{address}:{port} gives no answer to /health: {_tell(error)}")
    finally:
        connection.close()
    if answer.status == 200 and status == "healthy":
        return Finding(part, State.WELL, f"healthy at {address}:{port}")
    if answer.status == 200:
        return Finding(part, State.WARNING, f"{status} at {address}:{port}: the store or the queue does not answer")
    return Finding(part, State.UNWELL, f"{address}:{port} answered {answer.status}")


def _look_data_dir(settings: Settings) -> Finding:
    path = settings.data_dir
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe = path / f".doctor-{os.getpid()}"
        probe.write_bytes(b"")
        probe.unlink()
        free_bytes = shutil.disk_usage(path).free
    except OSError as error:
        return Finding("data directory", State.UNWELL, f"{path} cannot be written: {error.strerror}")
    free = f"{path}, {free_bytes / 1e9:.1f} GB free"
    if settings.spool.mode == "disk" and free_bytes < settings.spool.limit_bytes:
        return Finding("data directory", State.WARNING, f"{free}: less than spool.limit_bytes may need")
    return Finding("data directory", State.WELL, free)


def _look_upstream(settings: Settings) -> Finding:
    if settings.upstream is None:
        return Finding("upstream", State.WELL, "none: an evaluation service only")
    url = urlsplit(settings.upstream)
    port = url.port or (443 if url.scheme == "https" else 80)
    try:
        with socket.create_connection((url.hostname or "", port), timeout=ASK_SECONDS) as plain:
            if url.scheme == "https":
                with ssl.create_default_context().wrap_socket(plain, server_hostname=url.hostname):
                    pass
    except OSError as error:
        return Finding("upstream", State.UNWELL, f"{settings.upstream}: {_tell(error)}")
    return Finding("upstream", State.WELL, f"{settings.upstream} takes connections")


def _look_store(settings: Settings) -> Finding:
    from endurance.opened_store import opened_store  # loads the store

    async def count() -> int:
        async with asyncio.timeout(STORE_SECONDS), opened_store(settings, is_made=True) as store:
            return sum(service.total_sessions for service in await store.all_stats())

    try:
        total = asyncio.run(count())
    except (EnduranceError, TimeoutError, OSError) as error:
        return Finding("store", State.UNWELL, _tell(error))
    return Finding("store", State.WELL, f"answers; {total} sessions")


def _look_queue(settings: Settings) -> Finding:
    from endurance.app import check_bus

    if settings.queue is None:
        return Finding("queue", State.WELL, "the spool on this machine")
    try:
        check_bus()
        from endurance.bus import look_at_queue  # loads the client

        missing, disks = asyncio.run(look_at_queue(settings))
    except (EnduranceError, TimeoutError, OSError) as error:
        return Finding("queue", State.UNWELL, _tell(error))
    if missing or disks:
        # The first start makes what is missing; what differs ends it.
        is_made = all(line.endswith("is missing") for line in missing)
        return Finding("queue", State.WARNING if is_made else State.UNWELL, "; ".join([*missing, *disks]))
    return Finding("queue", State.WELL, "NATS answers; its streams are as set")


def _look_scorer(settings: Settings) -> Finding:
    from endurance import app  # loads the scorer

    try:
        app.build_pipeline(settings, app.build_policy_book(settings))
    except ConfigurationError as error:
        return Finding("scorer", State.UNWELL, str(error))
    return Finding("scorer", State.WELL, "presets, rule packs and models load")


def _tell(error: BaseException) -> str:
    if isinstance(error, TimeoutError):
        return "no answer in time"
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text or type(error).__name__


LOOKS: Final[tuple[Callable[[Settings], Finding], ...]] = (
    _look_running,
    _look_data_dir,
    _look_upstream,
    _look_store,
    _look_queue,
    _look_scorer,
)
