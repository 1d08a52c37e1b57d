"""The vendors' own clients, through the real proxy and engine: what the client understood is what is scored.

`make test-all` installs the clients. Each question is asked of a model server that is not ours (`tests/fakes/`), and
the stored session is compared with what the client itself made of the answer.
"""

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.fakes.model_server import NODE_MODULES, running_model_server
from tests.fakes.product import SCORED_SECONDS, Product, running_product
from tests.fakes.waiting import until

pytestmark = [pytest.mark.clients, pytest.mark.asyncio(loop_scope="module")]

HERE = Path(__file__).parent
ANSWERS = HERE / "model_answers.json"
ANSWER: str = json.loads(ANSWERS.read_text())["fixtures"][0]["response"]["content"]
ASKED_MODEL = "demo-1"
ASK_SECONDS = 120.0
"""A bound on one client's process, start included."""
PYTHON = (sys.executable, str(HERE / "ask.py"))
NODE = ("node", str(HERE / "ask.cjs"))


@dataclass(frozen=True)
class Client:
    """One client, and the format that must read its exchange."""

    program: tuple[str, ...]
    name: str
    format: str


CLIENTS = (
    Client(PYTHON, "openai_chat", "openai_chat"),
    Client(PYTHON, "openai_responses", "openai_responses"),
    Client(PYTHON, "anthropic_messages", "anthropic_messages"),
    Client(PYTHON, "ollama_chat", "ollama"),
    Client(PYTHON, "ollama_generate", "ollama"),
    Client(PYTHON, "cohere_v2", "cohere_v2"),
    Client(PYTHON, "gemini", "gemini"),
    Client(PYTHON, "langchain_openai", "openai_chat"),
    Client(NODE, "openai_chat", "openai_chat"),
    Client(NODE, "openai_responses", "openai_responses"),
    Client(NODE, "anthropic_messages", "anthropic_messages"),
)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def product(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Product]:
    """Endurance in front of the model server."""
    folder = tmp_path_factory.mktemp("clients")
    async with running_model_server(ANSWERS, folder / "models.log") as url, running_product(folder, url) as running:
        yield running


async def ask(client: Client, mode: str, url: str, question: str) -> dict[str, Any]:
    """Return what the client understood."""
    # The machine's own keys, proxies and tracing switches are none of this.
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), "NODE_PATH": str(NODE_MODULES)}
    process = await asyncio.create_subprocess_exec(
        *client.program, client.name, mode, url, question,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=environment,
    )  # fmt: skip
    async with asyncio.timeout(ASK_SECONDS):
        output, errors = await process.communicate()
    assert process.returncode == 0, errors.decode()
    return dict(json.loads(output))


async def scored(product: Product, question: str) -> dict[str, Any]:
    """Return the session of that question once it is stored."""
    found: list[dict[str, Any]] = []

    async def is_stored() -> bool:
        found[:] = [row for row in await product.rows() if row["query"] == question]
        return bool(found)

    await until(is_stored, f"a session with the query {question!r}", SCORED_SECONDS)
    assert len(found) == 1
    return await product.session(found[0]["session_id"])


@pytest.mark.parametrize("mode", ["whole", "streamed"])
@pytest.mark.parametrize("client", CLIENTS, ids=lambda client: f"{Path(client.program[0]).stem}-{client.name}")
async def test_what_the_client_understood_is_what_is_scored(product: Product, client: Client, mode: str) -> None:
    question = f"What is the application fee? ({client.name} of {Path(client.program[-1]).suffix}, {mode})"

    understood = await ask(client, mode, product.traffic_url, question)
    session = await scored(product, question)

    assert understood["text"] == ANSWER
    assert session["response"] == understood["text"]
    assert session["model"] == (understood["model"] or ASKED_MODEL)
    usage = session["usage"]
    assert (usage["input_tokens"], usage["output_tokens"], usage["estimated"]) == (
        understood["input_tokens"],
        understood["output_tokens"],
        False,
    )
    capture = {key: session["capture"][key] for key in ("outcome", "format", "end", "truncated", "guessed", "status")}
    assert capture == {
        "outcome": "scored",
        "format": client.format,
        "end": "complete",
        "truncated": False,
        "guessed": False,
        "status": 200,
    }
    assert session["overall_score"] is not None
