"""Reading exchanges by one wire format, for the tests of each: a question, its answer, and what is changed of them."""

from typing import Any, Final

from config.settings import ServiceSettings
from scorer.formats.base import Extract, Format, NotText
from scorer.model import CaptureOutcome
from tests.fakes.copies import json_copy

SERVICE: Final = ServiceSettings(id="default")
EMPTY: Final = NotText(CaptureOutcome.EMPTY_ANSWER, "the answer is empty")
ERROR: Final = NotText(CaptureOutcome.UPSTREAM_ERROR, "the answer is an error body")
_USUAL: Final = object()


class FormatReader:
    """One format with its usual path, request and answer."""

    def __init__(self, format_: Format, path: str, asked: Any, answered: Any) -> None:
        self._format = format_
        self._path = path
        self._asked = asked
        self._answered = answered

    def read(self, request: Any = _USUAL, response: Any = _USUAL, **changes: Any) -> Extract | NotText:
        """What the format says of the exchange; bodies are given as values, `changes` are those of `json_copy`."""
        asked = self._asked if request is _USUAL else request
        answered = self._answered if response is _USUAL else response
        return self._format.read(json_copy(asked, answered, **{"path": self._path} | changes), SERVICE)

    def extract(self, request: Any = _USUAL, response: Any = _USUAL, **changes: Any) -> Extract:
        """What it read out of an exchange that it can read."""
        result = self.read(request, response, **changes)
        assert isinstance(result, Extract)
        return result
