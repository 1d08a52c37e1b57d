"""Redaction on real processes: what the bot leaked is scored, and stands in no file and no answer of ours."""

import json
from pathlib import Path

import httpx
import pytest

from tests.fakes.product import Product, clean_environment, running_product
from tests.fakes.upstream import FakeUpstream, Visit, answer
from tests.fakes.waiting import until

pytestmark = pytest.mark.system

LEAKS = ("ABCPK1234F", "ravi.kumar@mail.org", "+91 98765 43210")
ANSWER = (
    f"The officer's PAN is {LEAKS[0]}. Write to {LEAKS[1]}, or call the officer on {LEAKS[2]}. The fee is ten rupees."
)
BODY = json.dumps(
    {
        "session_id": f"chat of {LEAKS[1]}",
        "response": ANSWER,
        "sources": [{"source": "fees.pdf", "content": f"The fee is ten rupees. Ask {LEAKS[1]}, {LEAKS[2]}."}],
    }
).encode()
WRITTEN_SECONDS = 30.0


async def leaking_bot(visit: Visit) -> None:
    """Answer every question with the leaks."""
    while True:
        head = await visit.read_head()
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        await visit.read_exactly(int(lengths[0].partition(b":")[2]))
        await visit.send(answer(BODY, b"Content-Type: application/json"))


def leaks_in(folder: Path) -> list[tuple[str, str]]:
    """Name every file that holds a leak, with the leak."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            found += [(path.name, leak) for leak in LEAKS if leak.encode() in data]
    return found


async def everything_told(product: Product) -> str:
    """Return what every route that tells of sessions answers."""
    (row,) = await product.rows()
    paths = (
        "/v1/sessions", f"/v1/sessions/{row['session_id']}", "/v1/services", "/v1/services/default/stats",
        "/v1/metrics/summary", "/metrics",
    )  # fmt: skip
    texts = []
    for path in paths:
        told = await product.client.get(product.admin_url + path)
        assert told.status_code == 200, told.text
        texts.append(told.text)
    async with product.client.stream("GET", f"{product.admin_url}/v1/stream") as feed:
        async for line in feed.aiter_lines():
            texts.append(line)
            if line.startswith("data: "):
                break
    return "\n".join(texts)


async def ask(product: Product) -> httpx.Response:
    return await product.client.post(f"{product.traffic_url}/chat", json={"message": "What is the fee?"})


@pytest.mark.parametrize("spool", ["disk", "memory"])
async def test_what_the_bot_leaked_is_flagged_and_stands_nowhere(tmp_path: Path, spool: str) -> None:
    environment = {"ENDURANCE_REDACTION_MODE": "mask", "ENDURANCE_SPOOL_MODE": spool}
    async with (
        FakeUpstream(leaking_bot) as bot,
        running_product(tmp_path, bot.url, environment=environment) as product,
    ):
        seen = await ask(product)
        await product.wait_scored(1)
        (row,) = await product.rows()
        session = await product.session(row["session_id"])

        # The client has what the bot said; the record has its judgement.
        assert seen.json()["response"] == ANSWER
        assert "gate_pii" in session["flag_codes"]
        assert session["dimensions"]["security"] < 40
        assert len(session["response"]) == len(ANSWER)
        for claim in session["claims"]:
            assert session["response"][claim["start"] : claim["end"]] == claim["text"]
        told = await everything_told(product)
        assert [leak for leak in LEAKS if leak in told] == []

        async def is_clean() -> bool:
            return leaks_in(tmp_path) == []

        await until(is_clean, f"no leak in any file, of {leaks_in(tmp_path)}", WRITTEN_SECONDS)
        assert (product.data_dir / "spool.db").exists() == (spool == "disk")
        assert "the queue is held in memory" in product.program.log() or spool == "disk"


async def test_a_pushed_answer_is_told_back_redacted_with_one_token_for_one_identifier(tmp_path: Path) -> None:
    body = {"query": f"Who is {LEAKS[1]}?", "response": ANSWER, "metadata": {"conversation_id": LEAKS[2]}}
    async with running_product(tmp_path, None, environment={"ENDURANCE_REDACTION_MODE": "hash"}) as product:
        told = await product.client.post(f"{product.admin_url}/v1/evaluate", json=body)

        assert told.status_code == 200, told.text
        assert [leak for leak in LEAKS if leak in told.text] == []
        token = told.json()["query"].removeprefix("Who is ").removesuffix("?")
        assert token.startswith("[email_")
        assert token in told.json()["response"]
        assert (product.data_dir / "redaction-salt").stat().st_mode & 0o777 == 0o600


async def test_by_default_nothing_is_taken_out(tmp_path: Path) -> None:
    async with running_product(tmp_path, None) as product:
        told = await product.client.post(f"{product.admin_url}/v1/evaluate", json={"query": "q", "response": ANSWER})

        assert told.json()["response"] == ANSWER


async def test_an_encrypted_spool_holds_no_word_of_what_waits(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("ab" * 32)
    environment = clean_environment() | {"ENDURANCE_SPOOL_KEY_FILE": str(tmp_path / "keys")}
    async with (
        FakeUpstream(leaking_bot) as bot,
        running_product(tmp_path, bot.url, environment=environment) as product,
    ):
        await ask(product)
        await product.wait_scored(1)

        spool = b"".join(path.read_bytes() for path in product.data_dir.glob("spool.db*"))
        assert b"officer" not in spool
