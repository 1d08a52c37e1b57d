"""Processes of the first run: watched with their logs, stopped in time, never left behind."""

import asyncio
import os
import signal
import socket
import sys
from pathlib import Path

import pytest

from config.errors import ConfigurationError
from endurance.demo.children import Child, ChildError, choose_port, first_end, running

SLEEPER = "import time; print('up', flush=True); time.sleep(600)"
STUBBORN = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); " + SLEEPER


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


async def said_up(child: Child) -> bool:
    return "up" in child.log_path.read_text()


async def never() -> bool:
    return False


async def test_a_child_is_over_when_its_block_is_left(tmp_path: Path) -> None:
    async with running("it", python(SLEEPER), tmp_path / "log", stop_seconds=20) as child:
        await child.wait_until_ready(lambda: said_up(child), 20)

    assert child.process.returncode == -signal.SIGTERM


async def test_a_child_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    async with running("it", python(STUBBORN), tmp_path / "log", stop_seconds=0.2) as child:
        await child.wait_until_ready(lambda: said_up(child), 20)

    assert child.process.returncode == -signal.SIGKILL


async def test_an_early_end_is_told_with_the_end_of_the_log(tmp_path: Path) -> None:
    code = "import sys; [print('line', n) for n in range(50)]; sys.exit('the reason')"
    async with running("the bot", python(code), tmp_path / "log", stop_seconds=5) as child:
        with pytest.raises(ChildError) as caught:
            await child.wait_until_ready(never, 20)

    message = str(caught.value)
    assert "the bot ended with exit code 1" in message
    assert "the reason" in message
    assert "line 10\n" not in message


async def test_a_child_that_does_not_answer_is_told_too(tmp_path: Path) -> None:
    async with running("the bot", python(SLEEPER), tmp_path / "log", stop_seconds=20) as child:
        with pytest.raises(ChildError, match=r"no answer within 0\.2 s; the bot is running"):
            await child.wait_until_ready(never, 0.2)


async def test_the_first_end_is_told(tmp_path: Path) -> None:
    lasting = running("lasting", python(SLEEPER), tmp_path / "lasting.log", stop_seconds=20)
    brief = running("brief", python("raise SystemExit(3)"), tmp_path / "brief.log", stop_seconds=20)
    async with lasting as one, brief as two, asyncio.timeout(20):
        text = await first_end([one, two])

    assert text.startswith("brief ended with exit code 3")
    assert "(it said nothing)" in text


async def test_a_cancelled_stop_kills_at_once(tmp_path: Path) -> None:
    started = asyncio.Event()

    async def run() -> None:
        async with running("it", python(STUBBORN), tmp_path / "log", stop_seconds=600) as child:
            pids.append(child.process.pid)
            await child.wait_until_ready(lambda: said_up(child), 20)
            started.set()
            await asyncio.Event().wait()

    pids: list[int] = []
    task = asyncio.ensure_future(run())
    await started.wait()
    task.cancel()  # the first Ctrl-C: the child is asked, and does not care
    await asyncio.sleep(0)
    task.cancel()  # the second one

    with pytest.raises(asyncio.CancelledError):
        await task
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def test_a_default_port_in_use_gives_way_to_a_free_one() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        default = taken.getsockname()[1]

        chosen = choose_port("127.0.0.1", None, default)

    assert chosen != default
    socket.create_server(("127.0.0.1", chosen)).close()


def test_a_wanted_port_in_use_is_refused() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ConfigurationError, match="is in use"):
        choose_port("127.0.0.1", taken.getsockname()[1], 9)


def test_a_free_wanted_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]

    assert choose_port("127.0.0.1", port, 9) == port
