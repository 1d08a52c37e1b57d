"""`make run` as a person sees it: the table, the URLs, a clean end, and nothing left behind."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from endurance.demo.answering import load_wrong_answers
from endurance.demo.conversations import load_conversations
from tests.fakes.ports import free_port
from tests.fakes.product import clean_environment
from tests.fakes.waiting import until

pytestmark = pytest.mark.system

START_SECONDS = 90.0
STOP_SECONDS = 60.0


@dataclass
class FirstRun:
    """A running `python -m endurance.demo.showcase`."""

    process: asyncio.subprocess.Process
    output_path: Path
    data_dir: Path
    traffic_url: str
    admin_url: str

    def output(self) -> str:
        return self.output_path.read_text()

    async def wait_for(self, text: str) -> None:
        async def is_said() -> bool:
            assert self.process.returncode is None or text in self.output(), self.output()
            return text in self.output()

        await until(is_said, f"{text!r} in:\n{self.output()}", START_SECONDS)

    async def wait(self) -> int:
        async with asyncio.timeout(START_SECONDS + STOP_SECONDS):
            return await self.process.wait()

    def processes(self) -> list[int]:
        """Its children and theirs: they inherit the mark in its environment."""
        mark = f"FIRST_RUN_MARK={self.data_dir}".encode()
        found = []
        for entry in Path("/proc").iterdir():
            with suppress(OSError, ValueError):
                is_alive = bool((entry / "cmdline").read_bytes())
                if is_alive and mark in (entry / "environ").read_bytes() and int(entry.name) != self.process.pid:
                    found.append(int(entry.name))
        return found

    async def wait_gone(self) -> None:
        async def is_gone() -> bool:
            return not self.processes()

        await until(is_gone, "every process of the first run gone", STOP_SECONDS)


@asynccontextmanager
async def first_run(folder: Path, *flags: str) -> AsyncIterator[FirstRun]:
    traffic, admin, demo = free_port(), free_port(), free_port()
    data_dir, output_path = folder / "data", folder / "output"
    ports = ["--port", str(traffic), "--admin-port", str(admin), "--demo-port", str(demo)]
    with output_path.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "endurance.demo.showcase", *ports, "--data-dir", str(data_dir), *flags,
            stdout=output, stderr=output, env={**clean_environment(), "FIRST_RUN_MARK": str(data_dir)},
        )  # fmt: skip
    run = FirstRun(process, output_path, data_dir, f"http://127.0.0.1:{traffic}", f"http://127.0.0.1:{admin}")
    try:
        yield run
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()
        await run.wait_gone()


async def test_once_scores_every_sample_and_ends_with_nothing_left(tmp_path: Path) -> None:
    async with first_run(tmp_path, "--once") as run:
        code = await run.wait()

        assert code == 0, run.output()
        assert run.processes() == []
        text = run.output()
    assert text.count("example-bot") == len(load_conversations())
    assert "The first session was scored" in text
    assert f"{run.admin_url}/metrics" in text
    assert (tmp_path / "data" / "logs" / "endurance.log").stat().st_size > 0


async def test_it_flags_what_is_wrong_on_purpose_and_nothing_else(tmp_path: Path) -> None:
    wrong = {entry.question for entry in load_wrong_answers()}
    async with first_run(tmp_path) as run, httpx.AsyncClient() as client:
        await run.wait_for("Running until Ctrl-C")
        rows = (await client.get(f"{run.admin_url}/v1/sessions")).json()["sessions"]

    flagged = {row["query"] for row in rows if row["flagged"]}
    assert flagged == wrong


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_it_runs_until_it_is_asked_to_end(tmp_path: Path, number: signal.Signals) -> None:
    async with first_run(tmp_path) as run, httpx.AsyncClient() as client:
        await run.wait_for("Running until Ctrl-C")
        page = await client.get(run.traffic_url)
        os.kill(run.process.pid, number)
        code = await run.wait()

        assert (code, run.processes()) == (0, []), run.output()
    assert "Example chatbot" in page.text


async def test_a_killed_first_run_leaves_no_process(tmp_path: Path) -> None:
    async with first_run(tmp_path) as run:
        await run.wait_for("Running until Ctrl-C")
        assert len(run.processes()) >= 4

        run.process.kill()
        await run.wait()

        await run.wait_gone()


async def test_a_bot_of_ones_own_is_asked_nothing(tmp_path: Path) -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.Response(text="mine")

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    async with TestServer(app) as bot:
        upstream = f"http://127.0.0.1:{bot.port}"
        async with first_run(tmp_path, "--upstream", upstream) as run, httpx.AsyncClient() as client:
            await run.wait_for("Running until Ctrl-C")
            asked_before = list(asked)
            through = await client.get(f"{run.traffic_url}/hello")

    assert asked_before == []
    assert through.text == "mine"
    assert asked == ["/hello"]
