"""The whole path on real processes: a question through the proxy, its answer scored, stored and told everywhere."""

import asyncio
import json
from collections import Counter
from importlib import resources
from pathlib import Path

import pytest
import yaml

from tests.fakes.product import Product, running_demo, running_product

pytestmark = pytest.mark.system

QUESTIONS = (
    "What application fee do central public authorities take?",
    "How many days does the Public Information Officer have to answer my request?",
    "What is the total budget of the Department of Rural Waterways for 2025-26?",
    "Within how many days is a second appeal made to the Information Commission?",
    "Which cricket team won the final in Melbourne?",
)


async def ask_rti(product: Product, number: int) -> tuple[str, str]:
    """Ask in the RTI format; return the query and the answer the client saw."""
    query = f"{QUESTIONS[number % len(QUESTIONS)]} (case {number:04d})"
    answer = await product.client.post(
        f"{product.traffic_url}/chat", json={"message": query, "session_id": f"conversation-{number % 7}"}
    )
    assert answer.status_code == 200
    return query, answer.json()["response"]


async def ask_openai(product: Product, number: int) -> tuple[str, str]:
    """Ask for a whole chat completion."""
    query = f"{QUESTIONS[number % len(QUESTIONS)]} (case {number:04d})"
    body = {"model": "demo", "messages": [{"role": "user", "content": query}]}
    answer = await product.client.post(f"{product.traffic_url}/v1/chat/completions", json=body)
    assert answer.status_code == 200
    return query, answer.json()["choices"][0]["message"]["content"]


async def ask_stream(product: Product, number: int) -> tuple[str, str]:
    """Ask for a streamed chat completion and join its pieces."""
    query = f"{QUESTIONS[number % len(QUESTIONS)]} (case {number:04d})"
    body = {"model": "demo", "stream": True, "messages": [{"role": "user", "content": query}]}
    pieces = []
    async with product.client.stream("POST", f"{product.traffic_url}/v1/chat/completions", json=body) as answer:
        assert answer.status_code == 200
        async for line in answer.aiter_lines():
            if line.startswith("data: ") and line != "data: [DONE]":
                choices = json.loads(line.removeprefix("data: "))["choices"]
                pieces += [choice["delta"].get("content") or "" for choice in choices]
    return query, "".join(pieces)


async def ask_many(product: Product) -> dict[str, str]:
    """Run 200 mixed exchanges, 40 of them streams at the same time; return query → answer as the client saw it."""
    streams = asyncio.gather(*(ask_stream(product, number) for number in range(40)))
    seen = dict(await asyncio.gather(*(ask_rti(product, number) for number in range(40, 80))))
    seen |= dict(await asyncio.gather(*(ask_openai(product, number) for number in range(80, 120))))
    seen |= dict(await streams)
    seen |= dict(await asyncio.gather(*(ask_rti(product, number) for number in range(120, 200))))
    return seen


async def check_every_answer_is_stored_once(product: Product, seen: dict[str, str]) -> None:
    """Hold the store against what clients saw: every exchange once, none mixed up with another."""
    rows = await product.rows()
    assert Counter(row["query"] for row in rows) == Counter(seen.keys())
    sessions = await asyncio.gather(*(product.session(row["session_id"]) for row in rows))
    assert {session["query"]: session["response"] for session in sessions} == seen


@pytest.fixture(params=["sqlite", pytest.param("mongo", marks=pytest.mark.mongo)])
def store_flags(request: pytest.FixtureRequest) -> tuple[str, ...]:
    if request.param == "sqlite":
        return ()
    return ("--store", request.getfixturevalue("mongo_url"))


async def test_200_mixed_exchanges_are_scored_once_and_none_is_mixed_up(
    tmp_path: Path, store_flags: tuple[str, ...]
) -> None:
    async with running_demo(tmp_path) as bot, running_product(tmp_path, bot, *store_flags) as product:
        seen = await ask_many(product)
        await product.wait_scored(len(seen))

        assert len(seen) == 200
        await check_every_answer_is_stored_once(product, seen)
        stats = (await product.client.get(f"{product.admin_url}/v1/services/default/stats")).json()
        assert stats["total_sessions"] == 200
        assert 'endurance_capture_total{outcome="scored"} 200.0' in await product.metrics()
        assert await product.program.stop() == 0


def wrong_answers() -> list[dict]:
    """The example bot's answers that are wrong on purpose."""
    text = (resources.files("endurance.demo") / "answers.yaml").read_text(encoding="utf-8")
    return list(yaml.safe_load(text))


async def test_every_answer_that_is_wrong_on_purpose_is_flagged(tmp_path: Path) -> None:
    wrong = wrong_answers()
    async with running_demo(tmp_path) as bot, running_product(tmp_path, bot) as product:
        for answer in wrong:
            await product.client.post(f"{product.traffic_url}/chat", json={"message": answer["question"]})
        await product.wait_scored(len(wrong))

        rows = await product.rows()
        assert {row["query"] for row in rows if row["flagged"]} == {answer["question"] for answer in wrong}


async def test_a_changed_amount_is_hallucinated_with_the_passage_beside_it(tmp_path: Path) -> None:
    question = "What is the total budget of the Department of Rural Waterways for 2025-26?"
    async with running_demo(tmp_path) as bot, running_product(tmp_path, bot) as product:
        await product.client.post(f"{product.traffic_url}/chat", json={"message": question})
        await product.wait_scored(1)

        (row,) = await product.rows()
        session = await product.session(row["session_id"])
        contents = {document["id"]: document["content"] for document in session["rag_documents"]}
        claim = next(claim for claim in session["claims"] if "46.20" in claim["text"])
        assert claim["verdict"] == "hallucinated"
        assert any("42.60" in evidence["text"] for evidence in claim["evidence"])
        for claim in session["claims"]:
            assert session["response"][claim["start"] : claim["end"]] == claim["text"]
            for evidence in claim["evidence"]:
                passage = contents[evidence["document_id"]][evidence["start"] : evidence["end"]]
                assert passage == evidence["text"]


async def test_the_feed_tells_each_exchange_as_it_is_scored(tmp_path: Path) -> None:
    async with running_demo(tmp_path) as bot, running_product(tmp_path, bot) as product:
        told: list[str] = []
        opened = asyncio.Event()

        async def listen() -> None:
            async with product.client.stream("GET", f"{product.admin_url}/v1/stream") as feed:
                event = ""
                async for line in feed.aiter_lines():
                    if line.startswith("event: "):
                        event = line.removeprefix("event: ")
                        if event == "init":
                            opened.set()
                    elif line.startswith("data: ") and event == "session":
                        told.append(json.loads(line.removeprefix("data: "))["query"])
                        if len(told) == 3:
                            return

        async with asyncio.timeout(60):
            async with asyncio.TaskGroup() as group:
                group.create_task(listen())
                await opened.wait()
                asked = [(await ask_rti(product, number))[0] for number in range(3)]

        assert sorted(told) == sorted(asked)


async def test_an_evaluation_service_without_an_upstream_scores_what_is_posted(tmp_path: Path) -> None:
    body = {
        "query": "What is the fee?",
        "response": "The fee is 10 rupees.",
        "rag_documents": [{"id": "rules", "content": "An application carries a fee of ten rupees (Rs 10)."}],
    }
    async with running_product(tmp_path, None) as product:
        answer = await product.client.post(f"{product.admin_url}/v1/evaluate", json=body)

        assert answer.status_code == 200, answer.text
        assert answer.json()["verification"]["verified_claims"] == 1
        assert [row["session_id"] for row in await product.rows()] == [answer.json()["session_id"]]
        assert await product.program.stop() == 0
