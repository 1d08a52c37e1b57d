"""Schemathesis against the real admin port: it answers what fits `/openapi.json`, and what does not, as that says."""

import asyncio
import os
import re
import sys
from pathlib import Path

import pytest

from tests.fakes.admin import running_admin
from tests.fakes.evaluations import make_evaluation

CONFIGURATION = Path(__file__).with_name("schemathesis.toml")
OPTIONS = ("--generation-deterministic", "--no-color", "--request-timeout", "60", "--exclude-path", "/v1/stream")
"""The live feed has no end, which the tool waits for; `test_stream.py` sends what it refuses."""
STOP_SECONDS = 540.0


async def examine(folder: Path, *options: str) -> tuple[int, str]:
    """Run the tool against an admin port with a few sessions; return its exit code and what it said."""
    async with running_admin(folder) as admin:
        await admin.save(*(make_evaluation(number) for number in range(5)))
        arguments = ("--config-file", str(CONFIGURATION), "run", str(admin.client.make_url("/openapi.json")))
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "schemathesis.cli", *arguments, *OPTIONS, *options,
            stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=folder,
            env=os.environ | {"NO_PROXY": "127.0.0.1"},
        )  # fmt: skip
        try:
            async with asyncio.timeout(STOP_SECONDS):
                said, _ = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def test_the_admin_port_keeps_its_document(tmp_path: Path) -> None:
    code, said = await examine(tmp_path, "--phases", "examples,coverage,fuzzing", "--max-examples", "10")

    assert code == 0, said
    selected, tested = re.search(r"Selected: (\d+)/", said), re.search(r"Tested: (\d+)", said)
    assert selected is not None
    assert tested is not None
    assert int(tested[1]) == int(selected[1]) > 20, said


@pytest.mark.campaign
async def test_the_admin_port_keeps_its_document_for_long(tmp_path: Path) -> None:
    code, said = await examine(tmp_path, "--max-examples", "300")

    assert code == 0, said
