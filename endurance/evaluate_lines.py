"""Lines of recorded exchanges: one by one, bounded, with the label that a person gave. Reads files, scores nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from config.errors import InvalidInputError, TooLargeError

_LABELS: Final = {"supported": False, "unsupported": True}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a file that is not blank."""

    number: int
    """From 1."""
    text: bytes | None
    """None for a line over the limit; it is skipped, not held."""


def read_lines(file: Path, limit_bytes: int) -> Iterator[Line]:
    """Yield the lines in order, without blank ones, holding one at a time."""
    with file.open("rb") as stream:
        number = 0
        while text := stream.readline(limit_bytes + 1):
            number += 1
            is_too_long = len(text) > limit_bytes and not text.endswith(b"\n")
            while is_too_long and (rest := stream.readline(1 << 20)) and not rest.endswith(b"\n"):
                pass
            if is_too_long or text.strip():
                yield Line(number, None if is_too_long else text)


def count_lines(file: Path, limit_bytes: int) -> int:
    """Return how many lines `read_lines` yields."""
    return sum(1 for _ in read_lines(file, limit_bytes))


def parse_line(line: Line, limit_bytes: int) -> dict[str, Any]:
    """Return the JSON object of a line. Raises InvalidInputError, TooLargeError."""
    if line.text is None:
        raise TooLargeError(f"expected at most {limit_bytes} bytes in a line (api.body_limit_bytes)")
    try:
        data = orjson.loads(line.text)
    except orjson.JSONDecodeError as error:
        raise InvalidInputError(f"expected a JSON object, got what is not JSON: {error}") from error
    if not isinstance(data, dict):
        raise InvalidInputError(f"expected a JSON object, got {type(data).__name__}")
    return data


def read_label(data: dict[str, Any]) -> bool | None:
    """Return whether a person found unsupported content; None where the line has no label. Raises InvalidInputError."""
    label = data.get("label")
    if label is None or isinstance(label, bool):
        return label
    if isinstance(label, int) and label in (0, 1):
        return bool(label)
    if isinstance(label, str) and label in _LABELS:
        return _LABELS[label]
    expected = "expected true, 1 or 'unsupported', or false, 0 or 'supported'"
    raise InvalidInputError(f"label: {expected}, got {type(label).__name__}", "label")
