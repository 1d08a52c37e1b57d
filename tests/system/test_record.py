"""Erasure, encryption and the audit on real processes, with a person who talks to the bot through the proxy."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.ports import free_port
from tests.fakes.product import Product, clean_environment, running_product
from tests.fakes.upstream import FakeUpstream, Visit, answer
from tests.fakes.waiting import until

pytestmark = pytest.mark.system

WORD = "xylophone"
PERSON = "ravi@example.org"
COMPLETION = {
    "object": "chat.completion",
    "model": "demo",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": f"A {WORD} costs ten rupees."}}],
}
CLEAN_SECONDS = 30.0
COMMAND_SECONDS = 180.0
"""A process loads its libraries in seconds, on a busy machine in many."""


async def bot(visit: Visit) -> None:
    """Answer every question with the word."""
    while True:
        head = await visit.read_head()
        lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
        await visit.read_exactly(int(lengths[0].partition(b":")[2]))
        await visit.send(answer(json.dumps(COMPLETION).encode(), b"Content-Type: application/json"))


async def ask(product: Product, user: str | None) -> None:
    messages = [{"role": "user", "content": f"What does a {WORD} cost?"}]
    body = {"model": "demo", "messages": messages} | ({} if user is None else {"user": user})
    answered = await product.client.post(f"{product.traffic_url}/v1/chat/completions", json=body)
    assert WORD in answered.text


def command(product: Product, *arguments: str, text: str = "") -> subprocess.CompletedProcess[str]:
    """Run a command beside the running product, on its data directory."""
    return subprocess.run(
        [sys.executable, "-m", "endurance", *arguments, "--data-dir", str(product.data_dir)],
        input=text, capture_output=True, text=True, timeout=COMMAND_SECONDS, check=False, env=clean_environment(),
    )  # fmt: skip


def files_with(product: Product, *texts: str) -> list[str]:
    files = [path for path in product.data_dir.rglob("*") if path.is_file()]
    return [path.name for path in files if any(text.encode() in path.read_bytes().lower() for text in texts)]


async def test_a_person_is_erased_by_the_hash_of_the_id_and_the_audit_tells_of_it(tmp_path: Path) -> None:
    async with FakeUpstream(bot) as upstream, running_product(tmp_path, upstream.url) as product:
        for _ in range(2):
            await ask(product, PERSON)
        await product.wait_scored(2)
        before = await product.summary()
        assert files_with(product, WORD) != []

        hash_ = command(product, "subject-hash", text=f"{PERSON}\n").stdout.strip()
        erased = await product.client.delete(f"{product.admin_url}/v1/subjects/{hash_}")

        receipt = erased.json()
        assert (erased.status_code, receipt["sessions"]) == (200, 2), erased.text

        async def is_clean() -> bool:
            return files_with(product, WORD, PERSON) == []

        await until(is_clean, "no file that holds the person's words", CLEAN_SECONDS)
        assert await product.rows() == []
        assert (await product.summary())["total_sessions"] == before["total_sessions"] == 2
        entries = (await product.client.get(f"{product.admin_url}/v1/audit?action=erase")).json()["entries"]
        assert [(one["outcome"], one["target"]) for one in entries] == [("done", hash_), ("begun", hash_)]
        assert entries[0]["hash"] == receipt["audit"]["hash"]
    verified = command(product, "verify")
    assert (verified.returncode, verified.stdout.split(", ")[1]) == (0, "0 findings\n"), verified.stdout


async def test_a_sealed_record_holds_no_word_and_is_found_by_it(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("ab" * 32)
    environment = {
        "ENDURANCE_STORE_ENCRYPTION_KEY_FILE": str(tmp_path / "keys"),
        "ENDURANCE_SPOOL_KEY_FILE": str(tmp_path / "keys"),
    }
    async with (
        FakeUpstream(bot) as upstream,
        running_product(tmp_path, upstream.url, environment=environment) as product,
    ):
        await ask(product, None)
        await product.wait_scored(1)

        (row,) = await product.rows(q=WORD)

        assert WORD in row["query"]
        assert files_with(product, WORD, "rupees") == []
    without = command(product, "check-store")
    assert (without.returncode, without.stderr.count("\n")) == (2, 1)
    assert "store_encryption.key_file" in without.stderr


async def test_without_its_key_a_sealed_record_ends_the_start_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("ab" * 32)
    environment = {"ENDURANCE_STORE_ENCRYPTION_KEY_FILE": str(tmp_path / "keys")}
    async with running_product(tmp_path, None, environment=environment) as product:
        assert await product.rows() == []

    refused = command(product, "serve", "--admin-port", str(free_port()))

    assert refused.returncode == 2
    lines = [line for line in refused.stderr.splitlines() if "store_encryption.key_file" in line]
    assert len(lines) == 1, refused.stderr
    assert "Traceback" not in refused.stderr
