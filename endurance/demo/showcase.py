"""The first run: the example chatbot, Endurance in front of it, and a few conversations through the proxy.

    python -m endurance.demo.showcase [--upstream URL]

With an upstream of the user's own it asks that bot nothing: it stands in front of it and says where to look.
"""

import asyncio
import signal
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from pathlib import Path

import aiohttp
import click
from rich.console import Console

from config.errors import ConfigurationError, EnduranceError
from endurance.demo.children import Child, ChildError, choose_port, command_line, first_end, running
from endurance.demo.conversations import load_conversations, send
from endurance.demo.scored import ScoringResult, print_table, wait_until_scored

HOST = "127.0.0.1"
SERVICE_ID = "example-bot"
_READY_SECONDS = 30.0
_SCORED_SECONDS = 60.0
_ASK_SECONDS = 30.0
_PROBE_SECONDS = 2.0
_DEMO_STOP_SECONDS = 5.0
_SERVE_STOP_SECONDS = 40.0
"""More than `endurance serve` takes at most: its grace limit for open streams, then the stop of its own processes."""
EXIT_FAILURE = 1
EXIT_CONFIGURATION = 2


@dataclass(frozen=True, slots=True)
class Plan:
    """What will run where."""

    upstream: str | None
    """The user's own bot; None runs the example chatbot."""
    port: int
    admin_port: int
    demo_port: int
    data_dir: Path
    is_once: bool
    """End after the table."""
    started_at: float
    """`time.monotonic()` when the first run began."""

    @property
    def traffic_url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @property
    def admin_url(self) -> str:
        return f"http://{HOST}:{self.admin_port}"

    @property
    def demo_url(self) -> str:
        return f"http://{HOST}:{self.demo_port}"

    @property
    def log_dir(self) -> Path:
        return self.data_dir / "logs"

    def serve_arguments(self) -> list[str]:
        """Return the arguments of `endurance` that put it in front of the bot."""
        service = ["--service-id", SERVICE_ID] if self.upstream is None else []
        return [
            "serve", "--upstream", self.upstream or self.demo_url, "--host", HOST, "--port", str(self.port),
            "--admin-host", HOST, "--admin-port", str(self.admin_port), "--data-dir", str(self.data_dir), *service,
        ]  # fmt: skip


@click.command()
@click.option("--upstream", metavar="URL", help="Stand in front of this chatbot instead of the example one.")
@click.option("--port", type=click.IntRange(1, 65535), help="Traffic port [8080, or a free one].")
@click.option("--admin-port", type=click.IntRange(1, 65535), help="Admin port [8081, or a free one].")
@click.option("--demo-port", type=click.IntRange(1, 65535), help="Port of the example chatbot [9000, or a free one].")
@click.option("--data-dir", type=click.Path(path_type=Path), default="endurance-data", show_default=True)
@click.option("--once", is_flag=True, help="End after the table.")
def main(
    upstream: str | None,
    port: int | None,
    admin_port: int | None,
    demo_port: int | None,
    data_dir: Path,
    once: bool,
) -> None:
    """Show Endurance at work, in front of the example chatbot or of a chatbot of your own."""
    started_at, console = time.monotonic(), Console()
    try:
        ports = _choose_ports(console, port, admin_port, demo_port, needs_demo=upstream is None)
        plan = Plan(upstream, *ports, data_dir, once, started_at)
        _make_folder(plan.log_dir)
        sys.exit(asyncio.run(_until_signalled(lambda: show(plan, console))))
    except ConfigurationError as error:
        click.echo(f"endurance: {error}", err=True)
        sys.exit(EXIT_CONFIGURATION)
    except EnduranceError as error:
        click.echo(f"endurance: {error}", err=True)
        sys.exit(EXIT_FAILURE)


def _choose_ports(
    console: Console, port: int | None, admin_port: int | None, demo_port: int | None, *, needs_demo: bool
) -> tuple[int, int, int]:
    wanted = [("traffic", port, 8080), ("admin", admin_port, 8081)]
    wanted += [("example chatbot", demo_port, 9000)] if needs_demo else []
    chosen = []
    for name, number, default in wanted:
        chosen.append(choose_port(HOST, number, default))
        if number is None and chosen[-1] != default:
            console.print(f"Port {default} ({name}) is in use, taking {chosen[-1]} instead.", highlight=False)
    traffic, admin, *demo = chosen
    return traffic, admin, demo[0] if demo else 0


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"--data-dir: cannot make {folder}: {error.strerror}") from error


async def _until_signalled(work: Callable[[], Awaitable[int]]) -> int:
    """Run the work; SIGINT or SIGTERM ends it early, cleanly, with exit code 0; a second one ends it at once."""
    task, loop, is_stopped = asyncio.current_task(), asyncio.get_running_loop(), False
    assert task is not None  # a coroutine always runs in a task

    def stop() -> None:
        nonlocal is_stopped
        is_stopped = True
        task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        return await work()
    except asyncio.CancelledError:
        if not is_stopped:
            raise
        return 0


async def show(plan: Plan, console: Console, command: Callable[[Sequence[str]], list[str]] = command_line) -> int:
    """Start everything, ask, print, and stay until cancelled; return the exit code. Raises ChildError."""
    limit = aiohttp.ClientTimeout(total=_ASK_SECONDS)
    async with _processes(plan, command) as children, aiohttp.ClientSession(timeout=limit) as session:
        console.print(f"Logs: {plan.log_dir}", highlight=False, soft_wrap=True)
        await _wait_until_ready(plan, children, session)
        is_complete = True
        if plan.upstream is None:
            is_complete = await _ask_and_print(plan, session, console)
        _print_urls(plan, console)
        if plan.is_once:
            return 0 if is_complete else EXIT_FAILURE
        console.print("Running until Ctrl-C.")
        raise ChildError(await first_end(children))


@asynccontextmanager
async def _processes(plan: Plan, command: Callable[[Sequence[str]], list[str]]) -> AsyncIterator[Sequence[Child]]:
    serve = running(
        "endurance serve", command(plan.serve_arguments()), plan.log_dir / "endurance.log", _SERVE_STOP_SECONDS
    )
    if plan.upstream is not None:
        async with serve as endurance:
            yield [endurance]
        return
    demo_arguments = ["demo", "--host", HOST, "--port", str(plan.demo_port)]
    demo = running("the example chatbot", command(demo_arguments), plan.log_dir / "demo.log", _DEMO_STOP_SECONDS)
    async with demo as chatbot, serve as endurance:
        yield [endurance, chatbot]


async def _wait_until_ready(plan: Plan, children: Sequence[Child], session: aiohttp.ClientSession) -> None:
    async def answers(url: str) -> bool:
        try:
            async with session.get(url, timeout=aiohttp.ClientTimeout(total=_PROBE_SECONDS)) as response:
                return response.status == HTTPStatus.OK
        except (aiohttp.ClientError, TimeoutError):
            return False

    async def accepts_traffic() -> bool:
        if plan.upstream is None:
            return await answers(f"{plan.traffic_url}/health")  # through the proxy to the example chatbot
        try:  # nothing is sent to the user's own bot
            _, writer = await asyncio.open_connection(HOST, plan.port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return True

    endurance, *others = children
    for chatbot in others:
        await chatbot.wait_until_ready(lambda: answers(f"{plan.demo_url}/health"), _READY_SECONDS)
    await endurance.wait_until_ready(lambda: answers(f"{plan.admin_url}/ready"), _READY_SECONDS)
    await endurance.wait_until_ready(accepts_traffic, _READY_SECONDS)


async def _ask_and_print(plan: Plan, session: aiohttp.ClientSession, console: Console) -> bool:
    samples = load_conversations()
    console.print(f"Asking {len(samples)} questions through {plan.traffic_url}", highlight=False)
    since = datetime.now(UTC)
    questions = [sample.question for sample in samples]
    try:
        async with asyncio.TaskGroup() as group:
            waiting = group.create_task(
                wait_until_scored(session, plan.admin_url, questions, since, _SCORED_SECONDS, time.monotonic)
            )
            for sample in samples:
                await send(session, plan.traffic_url, sample)
    except* (aiohttp.ClientError, TimeoutError) as errors:
        first = errors.exceptions[0]
        raise ChildError(f"asking or reading the scores failed: {str(first) or type(first).__name__}") from first
    result = waiting.result()
    print_table(console, result.rows)
    _print_timing(plan, result, console)
    return not result.missing


def _print_timing(plan: Plan, result: ScoringResult, console: Console) -> None:
    if result.first_seen_at is not None:
        seconds = result.first_seen_at - plan.started_at
        console.print(f"The first session was scored {seconds:.1f} s after the start.", highlight=False)
    if result.missing:
        console.print(f"Not scored within {_SCORED_SECONDS:g} s:", *result.missing, sep="\n  ", markup=False)


def _print_urls(plan: Plan, console: Console) -> None:
    if plan.upstream is None:
        traffic = ("Example chatbot, through Endurance", plan.traffic_url + "/")
    else:
        traffic = (f"{plan.upstream}, through Endurance", plan.traffic_url + "/")
        console.print("Ask your chatbot through Endurance, and its answers appear on the page.")
    lines = (
        traffic,
        ("Page: live list, claims, dimensions", f"{plan.admin_url}/"),
        ("API", f"{plan.admin_url}/docs"),
        ("Metrics for Prometheus", f"{plan.admin_url}/metrics"),
    )
    width = max(len(name) for name, _ in lines)
    console.print()
    for name, url in lines:
        console.print(f"{name:{width}}  {url}", highlight=False, markup=False, soft_wrap=True)


if __name__ == "__main__":
    main()
