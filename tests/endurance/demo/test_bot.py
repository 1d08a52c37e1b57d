"""The chatbot over HTTP: both formats, a stream, its page, and bad input answered in JSON."""

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson
import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer

from config.errors import ConfigurationError
from endurance.demo.answering import NOTHING_FOUND, load_wrong_answers
from endurance.demo.bot import build_demo_app, run_demo

FEE = "What application fee do central public authorities take?"


@asynccontextmanager
async def running_bot() -> AsyncIterator[TestClient]:
    async with TestClient(TestServer(build_demo_app(pause_seconds=0, clock=lambda: 1700000000.9))) as client:
        yield client


async def ask(client: TestClient, question: str, **more: object) -> ClientResponse:
    messages = [{"role": "user", "content": question}]
    return await client.post("/v1/chat/completions", json={"model": "any", "messages": messages, **more})


async def test_chat_answers_with_sources_and_keeps_the_session() -> None:
    async with running_bot() as client:
        answer = await (await client.post("/chat", json={"message": FEE, "session_id": "s1"})).json()

    assert answer["session_id"] == "s1"
    assert "Rs 10" in answer["response"]
    assert answer["sources"][0]["source"] == "rti_act_asking.md"
    assert answer["sources"][0]["page"] == 2
    assert "Rs 10" in answer["sources"][0]["content"]


async def test_chat_without_a_session_opens_one() -> None:
    async with running_bot() as client:
        first = await (await client.post("/chat", json={"message": FEE})).json()
        second = await (await client.post("/chat", json={"message": FEE})).json()

    assert first["session_id"] != second["session_id"]


async def test_an_unknown_subject_is_declined_with_an_empty_list_of_sources() -> None:
    async with running_bot() as client:
        answer = await (await client.post("/chat", json={"message": "Who won the cricket final?"})).json()

    assert answer["response"] == NOTHING_FOUND
    assert answer["sources"] == []


async def test_a_completion_is_whole() -> None:
    async with running_bot() as client:
        answer = await (await ask(client, FEE)).json()

    assert (answer["object"], answer["created"]) == ("chat.completion", 1700000000)
    assert "Rs 10" in answer["choices"][0]["message"]["content"]
    assert answer["documents"][0]["id"] == "rti_act_asking.md#2"


async def test_a_streamed_completion_says_the_same_in_pieces() -> None:
    async with running_bot() as client:
        whole = await (await ask(client, FEE)).json()
        response = await ask(client, FEE, stream=True)
        text = await response.text()

    *events, end = text.removesuffix("\n\n").split("\n\n")
    chunks = [orjson.loads(event.removeprefix("data: ")) for event in events]
    pieces = [chunk["choices"][0]["delta"].get("content", "") for chunk in chunks]
    assert response.content_type == "text/event-stream"
    assert "".join(pieces) == whole["choices"][0]["message"]["content"]
    assert len(pieces) > 10
    assert chunks[0]["documents"] == whole["documents"]
    assert end == "data: [DONE]"


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[1]", b'{"message": ""}', b"\xff\xfe"])
async def test_bad_chat_input_is_a_400_in_json(body: bytes) -> None:
    async with running_bot() as client:
        response = await client.post("/chat", data=body)
        answer = await response.json()

    assert response.status == 400
    assert "expected" in answer["detail"]


async def test_bad_completion_input_is_a_400_as_openai_clients_expect_it() -> None:
    async with running_bot() as client:
        response = await client.post("/v1/chat/completions", json={"messages": []})
        answer = await response.json()

    assert response.status == 400
    assert answer["error"]["type"] == "invalid_request_error"
    assert answer["error"]["param"] == "messages"


@pytest.mark.parametrize(
    ("method", "path", "size", "status"),
    [("GET", "/nowhere", 0, 404), ("GET", "/chat", 0, 405), ("POST", "/chat", 300_000, 413)],
)
async def test_what_the_server_refuses_is_json_too(method: str, path: str, size: int, status: int) -> None:
    async with running_bot() as client:
        response = await client.request(method, path, data=b"x" * size)
        answer = await response.json()

    assert response.status == status
    assert answer["detail"]


async def test_the_page_is_served_with_a_strict_policy() -> None:
    async with running_bot() as client:
        page = await client.get("/")
        script = await client.get("/page/chat.js")
        style = await client.get("/page/chat.css")
        text = await page.text()

    assert (page.content_type, script.content_type, style.content_type) == ("text/html", "text/javascript", "text/css")
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert 'src="page/chat.js"' in text


async def test_offered_questions_say_which_are_answered_wrongly() -> None:
    async with running_bot() as client:
        offered = (await (await client.get("/questions")).json())["questions"]

    faults = {entry["question"]: entry["fault"] for entry in offered if entry["fault"]}
    assert faults == {wrong.question: wrong.fault for wrong in load_wrong_answers()}
    assert len(offered) > len(faults)


async def test_health_says_healthy() -> None:
    async with running_bot() as client:
        assert await (await client.get("/health")).json() == {"status": "healthy"}


async def test_a_client_that_leaves_a_stream_ends_it() -> None:
    app = build_demo_app(pause_seconds=30)
    async with TestClient(TestServer(app)) as client:
        response = await ask(client, FEE, stream=True)
        first = await response.content.readany()
        response.close()
        async with asyncio.timeout(10):
            answer = await client.get("/health")

    assert first.startswith(b"data: ")
    assert answer.status == 200


def test_a_port_in_use_is_a_configuration_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(ConfigurationError, match="cannot listen on"):
        run_demo("127.0.0.1", taken.getsockname()[1])
