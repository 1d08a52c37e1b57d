"""A command of the first run becomes `endurance`, and dies with whoever started it."""

import asyncio
import contextlib
import os
import subprocess
import sys
from pathlib import Path

from endurance.demo.children import command_line, running
from tests.fakes.ports import free_port

# Stands for the first run: starts the example chatbot as its child, tells the child's id, waits to be killed.
PARENT = """
import pathlib, subprocess, sys, time
from endurance.demo.children import command_line
process = subprocess.Popen(command_line(["demo", "--port", "PORT"]))
path = pathlib.Path(sys.argv[1])
path.with_suffix(".part").write_text(str(process.pid))
path.with_suffix(".part").rename(path)
time.sleep(600)
"""


def test_the_command_becomes_endurance_with_its_arguments() -> None:
    done = subprocess.run(command_line(["--version"]), capture_output=True, text=True, timeout=60, check=True)

    assert done.stdout.startswith("endurance, version")


def test_a_command_whose_parent_is_gone_ends_at_once() -> None:
    command = [sys.executable, "-m", "endurance.demo.child", str(os.getpid() + 1), "--version"]

    done = subprocess.run(command, capture_output=True, timeout=60, check=False)

    assert (done.returncode, done.stdout) == (-9, b"")


async def test_a_command_does_not_outlive_a_killed_parent(tmp_path: Path) -> None:
    pid_path = tmp_path / "pid"
    command = [sys.executable, "-c", PARENT.replace("PORT", str(free_port())), str(pid_path)]
    async with running("parent", command, tmp_path / "log", stop_seconds=20) as parent:

        async def is_demo() -> bool:
            return (
                pid_path.exists() and b"\0demo\0" in command_of(pid_path) and b"demo.child" not in command_of(pid_path)
            )

        await parent.wait_until_ready(is_demo, 60)
        parent.process.kill()

        assert await is_gone_within(pid_path, 20)


async def is_gone_within(pid_path: Path, seconds: float) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while command_of(pid_path):
                await asyncio.sleep(0.02)
            return True
    return False


def command_of(pid_path: Path) -> bytes:
    """Return the command line of the process; empty when it is gone, or a zombie."""
    try:
        return Path(f"/proc/{pid_path.read_text()}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""
