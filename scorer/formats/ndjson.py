"""Lines of JSON (NDJSON, JSON Lines): bytes in, values out. Pure, incremental, bounded.

Source: github.com/ndjson/ndjson-spec: one JSON text a line, `\\n` or `\\r\\n` between; empty lines are skipped. A last
line without its line end counts when it is whole, since servers leave it out; else the stream is cut there. Beyond its
limits, and for a line that is no JSON, the decoder raises `UnreadableError`.
"""

from dataclasses import dataclass
from typing import Final

from scorer.formats.base import HttpCopy, UnreadableError
from scorer.formats.json_body import Json, read_json

MEDIA_TYPES: Final = ("application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines")
LINE_LIMIT_BYTES: Final = 4 * 1024 * 1024
"""Above the largest last line that repeats a whole answer with documents."""
LINES_LIMIT: Final = 100_000
"""Lines of one stream, empty ones too; an answer of 10,000 tokens has about as many."""

_SNIFFED_BYTES: Final = 4096


@dataclass(frozen=True, slots=True)
class LineStream:
    """A stream as far as it came."""

    values: list[Json]
    is_cut: bool
    """It ends in the middle of a line, which is lost."""


class JsonLinesDecoder:
    """One stream's decoder."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._lines = 0

    def feed(self, data: bytes) -> list[Json]:
        """Take the next bytes, return the values of the lines that they complete. Raises UnreadableError."""
        if data.count(b"\n") > LINES_LIMIT:  # before they are as many objects in memory
            raise UnreadableError(f"a stream has more than {LINES_LIMIT} lines")
        *ended, rest = data.split(b"\n")
        values = []
        for piece in ended:
            self._add(piece)
            values += self._take_line()
        self._add(rest)
        return values

    def finish(self) -> LineStream:
        """Return the value of a last line without its end, or that the stream is cut inside it."""
        try:
            return LineStream(self._take_line(), is_cut=False)
        except UnreadableError:
            return LineStream([], is_cut=True)

    def _add(self, piece: bytes) -> None:
        self._line += piece
        if len(self._line) > LINE_LIMIT_BYTES:
            raise UnreadableError(f"a line of the stream exceeds {LINE_LIMIT_BYTES} bytes")

    def _take_line(self) -> list[Json]:
        line = bytes(self._line.strip())
        self._line.clear()
        self._lines += 1
        if self._lines > LINES_LIMIT:
            raise UnreadableError(f"a stream has more than {LINES_LIMIT} lines")
        return [read_json(line)] if line else []


def is_json_lines(copy: HttpCopy) -> bool:
    """Say whether the answer is such a stream: by its media type, else by an object that follows another."""
    return copy.response_type() in MEDIA_TYPES or b"}\n{" in copy.response_body[:_SNIFFED_BYTES]


def read_lines(body: bytes) -> LineStream:
    """Return a stream that is in memory. Raises UnreadableError for a line that is no JSON, or beyond a limit."""
    decoder = JsonLinesDecoder()
    values = decoder.feed(body)
    last = decoder.finish()
    return LineStream([*values, *last.values], last.is_cut)
