"""The first run's own decisions: its arguments, and what it says when a part cannot start.

The whole of it, with the real product, is in tests/system/test_first_run.py.
"""

import io
import os
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.console import Console

from endurance.demo.children import ChildError
from endurance.demo.showcase import Plan, show
from tests.fakes.ports import free_port

FAILING = [sys.executable, "-c", "raise SystemExit('cannot read settings')"]
RUN_DEMO = "import sys; from endurance.demo.bot import run_demo; run_demo('127.0.0.1', int(sys.argv[1]))"


def plan_in(folder: Path, upstream: str | None = None) -> Plan:
    plan = Plan(upstream, free_port(), free_port(), free_port(), folder / "data", is_once=True, started_at=0.0)
    plan.log_dir.mkdir(parents=True)
    return plan


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "endurance.demo.showcase", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_the_example_runs_under_a_service_of_its_own() -> None:
    plan = Plan(None, 1, 2, 3, Path("d"), is_once=False, started_at=0.0)

    arguments = plan.serve_arguments()

    assert arguments[:3] == ["serve", "--upstream", "http://127.0.0.1:3"]
    assert arguments[arguments.index("--service-id") + 1] == "example-bot"


def test_a_bot_of_ones_own_keeps_the_configured_service() -> None:
    plan = Plan("http://bot.example/base", 1, 2, 3, Path("d"), is_once=False, started_at=0.0)

    arguments = plan.serve_arguments()

    assert arguments[2] == "http://bot.example/base"
    assert "--service-id" not in arguments


def test_a_wanted_port_in_use_ends_with_one_line_and_code_2(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = run("--port", port, "--data-dir", str(tmp_path))

    assert done.returncode == 2
    assert done.stderr == f"endurance: port {port} on 127.0.0.1 is in use; choose another one\n"


def test_an_impossible_data_directory_ends_with_one_line_and_code_2(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")

    done = run("--data-dir", str(tmp_path / "file" / "below"))

    assert done.returncode == 2
    assert done.stderr.startswith("endurance: --data-dir: cannot make ")
    assert done.stderr.count("\n") == 1


async def test_a_part_that_cannot_start_is_told_with_its_log(tmp_path: Path) -> None:
    plan = plan_in(tmp_path, upstream="http://127.0.0.1:9")

    with pytest.raises(ChildError, match="cannot read settings"):
        await show(plan, Console(file=io.StringIO()), lambda _: FAILING)


async def test_the_example_chatbot_ends_when_endurance_cannot_start(tmp_path: Path) -> None:
    plan = plan_in(tmp_path)

    def command(arguments: Sequence[str]) -> list[str]:
        if arguments[0] == "serve":
            return FAILING
        return [sys.executable, "-c", "import os; print(os.getpid(), flush=True); " + RUN_DEMO, str(plan.demo_port)]

    with pytest.raises(ChildError, match="endurance serve ended with exit code 1"):
        await show(plan, Console(file=io.StringIO()), command)

    pid = int((plan.log_dir / "demo.log").read_text().splitlines()[0])
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
