"""A chat over a WebSocket on real processes: passed untouched, each turn scored once, also with the engine killed."""

import contextlib
import json
import os
import signal
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.fakes.product import SCORED_SECONDS, Product, running_product
from tests.fakes.waiting import until

pytestmark = pytest.mark.system

FEE = {
    "id": "rules-3",
    "source": "rti_rules.txt",
    "content": "An application fee of ten rupees accompanies a request under the Act.",
}


def answer_to(question: str) -> str:
    """What the bot says; long enough to be cut into many messages."""
    return f"An application fee of ten rupees accompanies a request. You asked: {question}"


async def chat(connection: ServerConnection) -> None:
    """Answer each question in pieces, with a status before them and the sources after."""
    await connection.send(json.dumps({"type": "hello"}))
    async for message in _messages(connection):
        question = json.loads(message)["message"]
        await connection.send(json.dumps({"type": "status", "status": "searching"}))
        for word in answer_to(question).split(" "):
            await connection.send(json.dumps({"delta": word + " "}).encode())
            await connection.ping()
        await connection.send([json.dumps({"session_id": "talk-1", "sources": [FEE], "done": True})])


async def _messages(connection: ServerConnection) -> AsyncIterator[str | bytes]:
    """Yield what the client says until it leaves, in whatever way."""
    with contextlib.suppress(ConnectionClosed):
        async for message in connection:
            yield message


@asynccontextmanager
async def running_bot() -> AsyncIterator[str]:
    async with serve(chat, "127.0.0.1", 0) as server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


async def ask(client: ClientConnection, question: str) -> str:
    """Ask and return what was answered, when the bot says that it is done."""
    await client.send(json.dumps({"message": question}))
    pieces = []
    while True:
        said = json.loads(await client.recv())
        pieces.append(said.get("delta", ""))
        if said.get("done"):
            return "".join(pieces).strip()


def chat_url(product: Product) -> str:
    return product.traffic_url.replace("http", "ws") + "/chat/ws"


async def wait_stored(product: Product, questions: set[str]) -> None:
    """Return when each question is stored."""

    async def is_stored() -> bool:
        try:
            return {row["query"] for row in await product.rows()} == questions
        except httpx.TransportError:
            return False

    await until(is_stored, f"{questions}; log:\n{product.program.log()[-3000:]}", SCORED_SECONDS)


def segments_stored(product: Product) -> int:
    """How many rows the engine has put for connections that left HTTP, read away or not."""
    with contextlib.closing(sqlite3.connect(f"file:{product.data_dir / 'segments.db'}?mode=ro", uri=True)) as file:
        row = file.execute("SELECT seq FROM sqlite_sequence WHERE name = 'jobs'").fetchone()
    return row[0] if row else 0


async def wait_segment(product: Product, after: int) -> None:
    """Return when the engine holds a further segment; they are cut by the second, so it holds what was said since."""

    async def is_there() -> bool:
        return segments_stored(product) > after

    await until(is_there, "a segment", SCORED_SECONDS)


async def check_turns(product: Product, questions: list[str]) -> None:
    """Each question once, with its answer, under the connection's id and the turn's number."""
    rows = await product.rows()
    assert Counter(row["query"] for row in rows) == Counter(questions)
    for row in rows:
        session = await product.session(row["session_id"])
        assert session["response"].strip() == answer_to(row["query"])
        assert [document["id"] for document in session["rag_documents"]] == ["rules-3"]
        assert session["revision"] == 1


@pytest.mark.parametrize(("compression", "spool"), [("deflate", "disk"), (None, "memory")])
async def test_turns_are_scored_while_the_connection_is_open(
    tmp_path: Path, compression: str | None, spool: str
) -> None:
    questions = [f"What is the fee, case {number}?" for number in range(3)]
    environment = {"ENDURANCE_SPOOL_MODE": spool}
    async with running_bot() as bot, running_product(tmp_path, bot, environment=environment) as product:
        async with connect(chat_url(product), compression=compression, proxy=None) as client:
            answers = [await ask(client, question) for question in questions]
            await wait_stored(product, set(questions))
            still_answers = await ask(client, "Is it still open?")
        await wait_stored(product, {*questions, "Is it still open?"})

        assert answers == [answer_to(question) for question in questions]
        assert still_answers == answer_to("Is it still open?")
        await check_turns(product, [*questions, "Is it still open?"])
        ids = sorted(row["session_id"] for row in await product.rows())
        assert [id_.rpartition(".")[2] for id_ in ids] == ["0", "1", "2", "3"]
        assert len({id_.rpartition(".")[0] for id_ in ids}) == 1
        assert 'endurance_capture_total{outcome="upgraded"} 1.0' in await product.metrics()


async def test_killed_engine_loses_and_doubles_no_turn(tmp_path: Path) -> None:
    questions = [f"What is the fee, case {number}?" for number in range(12)]
    async with running_bot() as bot, running_product(tmp_path, bot) as product:
        async with connect(chat_url(product), proxy=None) as client:
            for number, question in enumerate(questions):
                stored = segments_stored(product)
                await ask(client, question)
                if number % 3 == 1:
                    await wait_segment(product, stored)
                    for pid in product.children()["engine"]:
                        os.kill(pid, signal.SIGKILL)
        await wait_stored(product, set(questions))

        await check_turns(product, questions)


async def test_everything_killed_tells_what_was_answered_before(tmp_path: Path) -> None:
    async with running_bot() as bot, running_product(tmp_path, bot) as product:
        client = await connect(chat_url(product), proxy=None)
        await ask(client, "What is the fee?")
        await wait_segment(product, 0)
        await product.program.kill()
        await client.close()

        await product.program.start()
        await product.wait_ready()
        await wait_stored(product, {"What is the fee?"})

        await check_turns(product, ["What is the fee?"])
