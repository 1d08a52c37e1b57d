"""The sample conversations are put in their formats, and read to the end of the answer."""

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from endurance.demo.bot import build_demo_app
from endurance.demo.conversations import ChatFormat, SampleQuestion, load_conversations, request_for, send


def test_samples_use_every_format_and_share_conversations() -> None:
    samples = load_conversations()

    assert {sample.format for sample in samples} == set(ChatFormat)
    named = [sample.conversation_id for sample in samples if sample.conversation_id]
    assert len(set(named)) < len(named)


@pytest.mark.parametrize(
    ("format_", "path", "is_streamed"),
    [
        (ChatFormat.RTI, "/chat", None),
        (ChatFormat.OPENAI, "/v1/chat/completions", None),
        (ChatFormat.OPENAI_STREAM, "/v1/chat/completions", True),
    ],
)
def test_each_format_has_its_path(format_: ChatFormat, path: str, is_streamed: bool | None) -> None:
    found, body = request_for(SampleQuestion("Fees?", format_, "c1"))

    assert found == path
    assert body.get("stream") is is_streamed
    assert "Fees?" in str(body)


async def test_every_sample_is_answered() -> None:
    statuses: list[int] = []

    async def note(_request: web.Request, response: web.StreamResponse) -> None:
        statuses.append(response.status)

    app = build_demo_app(pause_seconds=0)
    app.on_response_prepare.append(note)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        for sample in load_conversations():
            await send(session, f"http://127.0.0.1:{server.port}", sample)

    assert statuses == [200] * len(load_conversations())


async def test_an_error_of_the_bot_is_raised() -> None:
    server = TestServer(build_demo_app(pause_seconds=0))
    async with server, aiohttp.ClientSession() as session:
        with pytest.raises(aiohttp.ClientResponseError) as caught:
            await send(session, f"http://127.0.0.1:{server.port}", SampleQuestion(" ", ChatFormat.RTI))

    assert caught.value.status == 400
