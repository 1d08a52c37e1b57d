"""Serves the admin port so that a request which is not HTTP is told of like every other error.

The library would answer it in plain text with the line that it could not read, name itself, and log that line: there
may be a key in it.
"""

from http import HTTPStatus

from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from config.logging import get_logger
from exporters.api.problem import Problem, problem_response

_HEADERS = {"Server": "endurance", "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
_log = get_logger("exporters.api")


class ProblemRunner(web.AppRunner):
    """An `aiohttp.web.AppRunner` whose connections answer every error as a problem."""

    async def _make_server(self) -> web.Server:
        server = await super()._make_server()
        return _Server(server.request_handler, request_factory=server.request_factory, **self._kwargs)


class _Server(web.Server):
    def __call__(self) -> RequestHandler:
        return _Connection(self, loop=self._loop, **self._kwargs)


class _Connection(RequestHandler):
    __slots__ = ()

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = HTTPStatus.INTERNAL_SERVER_ERROR,
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Return the answer to what never came to a handler, or failed outside of all of them."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer had begun: it is cut off")
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            _log.error("a request failed", error=type(exc).__name__)
            detail = "an unexpected error; see the log"
        else:
            _log.debug("a request was not HTTP", error=type(exc).__name__)
            detail = "the request is not HTTP/1.1 that can be read, or its line or a header is too long"
        answer = problem_response(
            Problem(title=HTTPStatus(status).phrase, status=status, detail=detail), dict(_HEADERS)
        )
        answer.force_close()
        return answer
