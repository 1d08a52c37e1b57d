"""One request to a chat completions API: sent, bounded, and read. The only place of the scorer that sends text out.

Redirects are not followed (the key would go along), the answer is read up to a bound, and no error tells its words.
"""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import aiohttp

from config.judge import JudgeSettings
from scorer.protocols import JudgeOutcome
from scorer.retry_after import read_retry_after

ANSWER_LIMIT_BYTES: Final = 256 * 1024
"""A longer answer is none: what was asked for is a sentence."""
_PASSING_STATUSES: Final = frozenset({408, 425, 429})


@dataclass(eq=False)
class JudgeError(Exception):
    """The judge gave no ruling."""

    outcome: JudgeOutcome
    reason: str
    """For people; holds no text of the exchange, of the judge or of the key."""
    is_passing: bool = False
    """Trying again may help."""
    retry_after_seconds: float | None = None
    """What the server asked for."""

    def __str__(self) -> str:
        return self.reason


class ChatClient:
    """Posts to `<url>/chat/completions`; `session` belongs to the caller."""

    def __init__(
        self,
        settings: JudgeSettings,
        key: str | None,
        session: aiohttp.ClientSession,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """`clock` tells seconds since the epoch, for a `Retry-After` that is a date."""
        self._url = f"{settings.url}/chat/completions"
        self._body: Mapping[str, Any] = {**settings.parameters, "model": settings.model}
        self._headers = {"Authorization": f"Bearer {key}"} if key is not None else {}
        self._timeout_seconds = settings.timeout_seconds
        self._session = session
        self._clock = clock

    async def complete(self, messages: list[dict[str, str]]) -> bytes:
        """Return the body of a successful answer. Raises JudgeError."""
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await self._post(messages)
        except TimeoutError as error:
            reason = f"no answer within {self._timeout_seconds:g} s"
            raise JudgeError(JudgeOutcome.TIMEOUT, reason, is_passing=True) from error
        except aiohttp.ClientError as error:
            reason = f"it could not be reached ({type(error).__name__})"
            raise JudgeError(JudgeOutcome.UNREACHABLE, reason, is_passing=True) from error

    async def _post(self, messages: list[dict[str, str]]) -> bytes:
        body = {**self._body, "messages": messages}
        async with self._session.post(self._url, json=body, headers=self._headers, allow_redirects=False) as answer:
            if answer.status != 200:
                raise self._refusal(answer)
            try:
                # One more than allowed tells a longer answer from one that just fits.
                data = await answer.content.readexactly(ANSWER_LIMIT_BYTES + 1)
            except asyncio.IncompleteReadError as whole:
                return whole.partial
            raise JudgeError(JudgeOutcome.MALFORMED, f"its answer is longer than {len(data) - 1} bytes")

    def _refusal(self, answer: aiohttp.ClientResponse) -> JudgeError:
        is_passing = answer.status in _PASSING_STATUSES or answer.status >= 500
        pause = read_retry_after(answer.headers.get("Retry-After"), self._clock()) if is_passing else None
        return JudgeError(JudgeOutcome.REFUSED, f"it answered HTTP {answer.status}", is_passing, pause)
