"""An OpenAI-compatible API on a loopback socket, with a model whose behaviour a test writes."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer

_CANARY = re.compile(r'"canary": "([^"]+)"')
_QUOTED = re.compile(r"\ABEGIN (?P<mark>\w+)\n(?P<data>.*)\nEND (?P=mark)\Z", re.DOTALL)
Model = Callable[[dict[str, Any], str], str]
"""From what is quoted and the canary of the instructions to the text of the answer."""


def obedient(verdict: str, explanation: str = "So it reads.") -> Model:
    """Return a model that keeps to its instructions."""
    return lambda quoted, canary: json.dumps({"canary": canary, "verdict": verdict, "explanation": explanation})


def gullible(quoted: dict[str, Any], canary: str) -> str:
    """A model that does what the quoted text asks for: it answers with the last JSON object in the claim."""
    return str(quoted["claim"][quoted["claim"].rindex("{") : quoted["claim"].rindex("}") + 1])


@dataclass
class JudgeServer:
    """The server's end: `url` goes into `judge.url`."""

    model: Model = field(default_factory=lambda: obedient("supported"))
    url: str = ""
    statuses: list[int] = field(default_factory=list)
    """Given to the next requests in turn; 200 when none is left."""
    headers: dict[str, str] = field(default_factory=dict)
    """Of answers that are no success."""
    raw: bytes | None = None
    """In place of a completion."""
    requests: list[dict[str, Any]] = field(default_factory=list)
    """Bodies as they came."""
    keys: list[str | None] = field(default_factory=list)
    hold: asyncio.Event | None = None
    """Answers wait for it."""

    async def answer(self, request: web.Request) -> web.Response:
        body = await request.json()
        self.requests.append(body)
        self.keys.append(request.headers.get("Authorization"))
        if self.hold is not None:
            await self.hold.wait()
        status = self.statuses.pop(0) if self.statuses else 200
        if status != 200:
            return web.Response(status=status, headers=self.headers, text="no")
        if self.raw is not None:
            return web.Response(body=self.raw, content_type="application/json")
        text = self.model(self.quoted(-1), self.canary(-1))
        return web.json_response({"choices": [{"index": 0, "message": {"role": "assistant", "content": text}}]})

    def quoted(self, number: int) -> dict[str, Any]:
        """Return the data of that request."""
        found = _QUOTED.match(self.requests[number]["messages"][1]["content"])
        assert found is not None
        return dict(json.loads(found["data"]))

    def canary(self, number: int) -> str:
        found = _CANARY.search(self.requests[number]["messages"][0]["content"])
        assert found is not None
        return found.group(1)


@asynccontextmanager
async def running_judge(model: Model | None = None) -> AsyncIterator[JudgeServer]:
    """Run a judge until the block ends."""
    judge = JudgeServer() if model is None else JudgeServer(model)
    app = web.Application()
    app.router.add_post("/v1/chat/completions", judge.answer)
    server = TestServer(app)
    await server.start_server()
    judge.url = str(server.make_url("/v1"))
    try:
        yield judge
    finally:
        await server.close()
