"""`endurance rescore` with real scoring processes, beside a running engine on the same store, embedded or shared."""

import asyncio
import json
import sqlite3
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pymongo
import pytest

from endurance.app import writer_id
from tests.fakes.installation import Listener
from tests.fakes.product import Product, clean_environment, running_product
from tests.fakes.waiting import until

pytestmark = pytest.mark.system

DOCUMENT = {"id": "act", "content": "The application fee is ten rupees. An appeal lies within thirty days."}
SESSIONS = 12


async def command(*arguments: str) -> tuple[int, str, str]:
    """Run a command of ours to its end; return exit code, output and errors."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "endurance", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, env=clean_environment(),
    )  # fmt: skip
    async with asyncio.timeout(240):
        output, errors = await process.communicate()
    assert process.returncode is not None
    return process.returncode, output.decode(), errors.decode()


async def evaluate(product: Product, number: int) -> None:
    body = {
        "session_id": f"answer-{number}",
        "query": "What is the application fee?",
        "response": f"The application fee is ten rupees. This is case {number}.",
        "rag_documents": [DOCUMENT],
    }
    answer = await product.client.post(f"{product.admin_url}/v1/evaluate", json=body, timeout=60)
    assert answer.status_code == 200, answer.text


def grow_old(data_dir: Path) -> None:
    """Make what is stored look as if an earlier version had scored it, with another overall score."""
    with closing(sqlite3.connect(data_dir / "endurance.db", timeout=10)) as connection:
        for number, document in connection.execute("SELECT number, document FROM sessions").fetchall():
            old = json.loads(document) | {"scorer_version": "0.0.1"}
            connection.execute("UPDATE sessions SET document = ? WHERE number = ?", (json.dumps(old).encode(), number))
        connection.commit()


def grow_old_shared(mongo_url: str) -> None:
    with pymongo.MongoClient(mongo_url) as client:
        client.get_default_database()["sessions"].update_many({}, {"$set": {"scorer_version": "0.0.1"}})


@asynccontextmanager
async def listening(product: Product) -> AsyncIterator[Listener]:
    listener = Listener(product.admin_url)
    task = asyncio.create_task(listener.run(product.client))
    try:
        await asyncio.wait_for(listener.ready.wait(), 60)
        yield listener
    finally:
        task.cancel()
        await asyncio.wait([task])


async def test_history_is_scored_again_beside_a_running_engine(tmp_path: Path) -> None:
    async with running_product(tmp_path, None) as product:
        for number in range(SESSIONS):
            await evaluate(product, number)
        grow_old(product.data_dir)
        await product.client.delete(f"{product.admin_url}/v1/sessions/answer-0")
        where = ("--data-dir", str(product.data_dir))

        again = asyncio.create_task(command("rescore", "--json", *where))
        number = SESSIONS
        while not again.done():
            await evaluate(product, number)
            number += 1
        code, output, errors = await again
        rows = {row["session_id"]: row for row in await product.rows()}
        checked, said, _ = await command("check-store", *where)

    assert code == 0, errors
    report = json.loads(output)
    assert (report["moves"]["sessions"], report["erased"], report["is_complete"]) == (SESSIONS - 1, 1, True)
    assert report["means"]["overall"]["before"] == pytest.approx(report["means"]["overall"]["after"])
    assert [rows[f"answer-{old}"]["revision"] for old in range(1, SESSIONS)] == [2] * (SESSIONS - 1)
    assert len(rows) == number - 1
    assert {rows[f"answer-{new}"]["revision"] for new in range(SESSIONS, number)} == {1}
    assert (checked, said) == (0, f"{number} sessions counted, 0 differences\n")


@pytest.mark.mongo
async def test_history_on_a_shared_store_is_scored_again_counted_once_told_and_written_down(
    tmp_path: Path, mongo_url: str
) -> None:
    where = ("--data-dir", str(tmp_path / "data"), "--store", mongo_url)
    async with running_product(tmp_path, None, "--store", mongo_url) as product:
        for old in range(SESSIONS):
            await evaluate(product, old)
        grow_old_shared(mongo_url)
        async with listening(product) as listener:
            again = asyncio.create_task(command("rescore", "--json", "--where", "service_id=default", *where))
            number = SESSIONS
            while not again.done():
                await evaluate(product, number)
                number += 1
            code, _, errors = await again
            assert code == 0, errors
            await until(lambda: len(listener.told) >= number, f"{number} events", 60)
        rows = {row["session_id"]: row for row in await product.rows()}
        stats = (await product.client.get(f"{product.admin_url}/v1/services/default/stats")).json()
        entries = (await product.client.get(f"{product.admin_url}/v1/audit?action=change")).json()["entries"]
        log = product.program.log()
    checked, said, _ = await command("check-store", *where)
    verified, findings, _ = await command("verify", *where)

    # The engine's own saves and the revisions of the old sessions, each once: no number was used twice.
    assert Counter(listener.told) == Counter(f"answer-{n}" for n in range(number))
    assert Counter(row["revision"] for row in rows.values()) == {2: SESSIONS, 1: number - SESSIONS}
    assert stats["total_sessions"] == number
    assert (checked, said) == (0, f"{number} sessions counted, 0 differences\n")
    assert "another process writes" not in log
    done, begun = entries
    assert [(one["outcome"], one["operation"], one["writer"]) for one in (done, begun)] == [
        (outcome, "endurance rescore", writer_id(tmp_path / "data")) for outcome in ("done", "begun")
    ]
    assert begun["details"].items() <= done["details"].items()
    assert (done["details"]["service_id"], done["details"]["sessions"]) == ("default", SESSIONS)
    assert (verified, "0 findings" in findings) == (0, True), findings


async def test_a_run_to_go_on_with_is_asked_for_only_where_there_is_one(tmp_path: Path) -> None:
    code, _, errors = await command("rescore", "--resume", "--data-dir", str(tmp_path))

    assert code == 2
    assert "no run to go on with" in errors
