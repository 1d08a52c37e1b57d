"""The example chatbot over HTTP: `POST /chat`, `POST /v1/chat/completions`, a page to talk to it, `GET /health`.

Small, honest about what it does not know, and wrong on purpose for a few questions (`answers.yaml`).
"""

import asyncio
import socket
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field

import orjson
import uvloop
from aiohttp import web
from aiohttp.typedefs import Handler

from config.errors import ConfigurationError, InvalidInputError
from config.logging import configure_logging, get_logger
from endurance.demo.answering import Bot, WrongAnswer, load_bot, load_wrong_answers
from endurance.demo.conversations import load_conversations
from endurance.demo.wire import (
    Json,
    chat_answer,
    chat_error,
    completion,
    completion_error,
    completion_events,
    read_chat,
    read_completion,
)
from exporters.dashboard.assets import asset_routes, load_assets

_log = get_logger("endurance.demo.bot")

_BODY_LIMIT_BYTES = 256 * 1024
_PAUSE_SECONDS = 0.01
"""Between two words of a streamed answer: seen as a stream, and over in a second."""


@dataclass(frozen=True, slots=True)
class _Service:
    """The handlers, with what they need."""

    bot: Bot
    wrong_answers: tuple[WrongAnswer, ...]
    pause_seconds: float
    clock: Callable[[], float]
    new_id: Callable[[], str] = field(default=lambda: str(uuid.uuid4()))

    async def chat(self, request: web.Request) -> web.Response:
        try:
            asked = read_chat(await request.read())
        except InvalidInputError as error:
            return _json(chat_error(error), 400)
        return _json(chat_answer(asked.session_id or self.new_id(), self.bot.answer(asked.message)))

    async def complete(self, request: web.Request) -> web.StreamResponse:
        try:
            asked = read_completion(await request.read())
        except InvalidInputError as error:
            return _json(completion_error(error), 400)
        answer, id_, created = self.bot.answer(asked.question), f"chatcmpl-{self.new_id()}", int(self.clock())
        if not asked.is_streamed:
            return _json(completion(id_, created, answer))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "Cache-Control": "no-cache"})
        await response.prepare(request)
        for event in completion_events(id_, created, answer):
            await response.write(event)
            await asyncio.sleep(self.pause_seconds)
        await response.write_eof()
        return response

    async def questions(self, _request: web.Request) -> web.Response:
        """What the page offers to ask, and which of it is answered wrongly on purpose."""
        faults = {wrong.question: wrong.fault for wrong in self.wrong_answers}
        asked = [talk.question for talk in load_conversations()]
        return _json({"questions": [{"question": question, "fault": faults.get(question)} for question in asked]})

    async def health(self, _request: web.Request) -> web.Response:
        return _json({"status": "healthy"})


def _json(data: Json, status: int = 200) -> web.Response:
    return web.Response(body=orjson.dumps(data), status=status, content_type="application/json")


@web.middleware
async def _json_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer what aiohttp itself refuses (no such path, wrong method, body too large) in JSON as well."""
    try:
        return await handler(request)
    except web.HTTPError as error:
        response = _json({"detail": error.reason}, error.status)
        if "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response


def build_demo_app(pause_seconds: float = _PAUSE_SECONDS, clock: Callable[[], float] = time.time) -> web.Application:
    """Return the chatbot; `pause_seconds` stands between two words of a streamed answer."""
    service = _Service(load_bot(), load_wrong_answers(), pause_seconds, clock)
    app = web.Application(client_max_size=_BODY_LIMIT_BYTES, middlewares=[_json_errors])
    app.add_routes(
        [
            web.post("/chat", service.chat),
            web.post("/v1/chat/completions", service.complete),
            web.get("/questions", service.questions),
            web.get("/health", service.health),
            *asset_routes(load_assets("endurance.demo", "page"), "index.html", "/page/"),
        ]
    )
    return app


def run_demo(host: str, port: int) -> None:
    """Serve the chatbot until SIGTERM or SIGINT. Raises ConfigurationError when the address cannot be opened."""
    configure_logging("demo")
    try:
        listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)
    except OSError as error:
        raise ConfigurationError(f"demo: cannot listen on {host}:{port}: {error.strerror or error}") from error
    with listener:
        _log.info("ready", url=f"http://{host}:{listener.getsockname()[1]}")
        web.run_app(build_demo_app(), sock=listener, print=None, access_log=None, loop=uvloop.new_event_loop())
