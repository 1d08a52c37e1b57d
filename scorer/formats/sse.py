"""Server-sent events: bytes in, events out. Pure, incremental, bounded.

Source: WHATWG HTML, section 9.2.6 "Interpreting an event stream". UTF-8 is decoded over whole lines of the joined
stream, so a character cut between two pieces is never lost. An event that the stream's end leaves without its blank
line is discarded, as the standard says: no client saw it. Beyond its limits the decoder raises `UnreadableError`.
"""

import re
from dataclasses import dataclass
from typing import Final, NamedTuple

from scorer.formats.base import UnreadableError

LINE_LIMIT_BYTES: Final = 4 * 1024 * 1024
"""One line, and one event's joined data: above the largest final event that repeats a whole answer with documents."""
EVENTS_LIMIT: Final = 100_000
"""Events of one stream; an answer of 10,000 tokens has about as many."""
LINES_LIMIT: Final = 8 * EVENTS_LIMIT
"""Lines of one stream, comments and empty ones too: they cost time though they make no event."""

_LINE_END = re.compile(rb"\r\n?|\n")
_BOM = b"\xef\xbb\xbf"
_DATA: Final = b"data: "
_BLOCK_BYTES: Final = 256 * 1024
"""What is split into lines at once: a body of nothing but lines would be far more in memory."""


class Event(NamedTuple):
    """One dispatched event; a tuple, since a stream makes one for each piece of its answer."""

    event: str
    """`message` unless the stream names another."""
    data: str
    id: str
    """The last id that the stream has set, empty when none."""


@dataclass(frozen=True, slots=True)
class EventStream:
    """A stream as far as it came."""

    events: list[Event]
    is_cut: bool
    """It ends in the middle of an event, which is lost."""


class EventDecoder:
    """One stream's decoder."""

    retry_milliseconds: int | None = None
    """The reconnection time that the stream last asked for."""

    def __init__(self) -> None:
        self._line = bytearray()
        self._skips_line_feed = False
        self._lines = 0
        self._events = 0
        self._data: list[str] = []
        self._data_length = 0
        self._event = ""
        self._id = ""

    def feed(self, data: bytes) -> list[Event]:
        """Take the next bytes, return the events that they complete. Raises UnreadableError beyond a limit."""
        events: list[Event] = []
        for start in range(0, len(data), _BLOCK_BYTES):
            events += self._read(data[start : start + _BLOCK_BYTES])
        return events

    def is_between_events(self) -> bool:
        """Say whether nothing is pending: a stream that ends here has lost no event."""
        return not self._line and not self._data

    def _read(self, data: bytes) -> list[Event]:
        """Take bytes, at least one."""
        if self._skips_line_feed:
            # The last piece ended in CR: an LF now belongs to the same line end.
            self._skips_line_feed = False
            data = data.removeprefix(b"\n")
        self._skips_line_feed = data.endswith(b"\r")
        *lines, rest = _LINE_END.split(data) if b"\r" in data else data.split(b"\n")
        if lines and self._line:
            lines[0] = bytes(self._line + lines[0])
            self._line = bytearray()
        events = [event for line in lines if (event := self._take_line(line)) is not None]
        self._line += rest
        _check_size(len(self._line))
        return events

    def _take_line(self, line: bytes) -> Event | None:
        _check_size(len(line))
        self._lines += 1
        if self._lines == 1:
            line = line.removeprefix(_BOM)
        if self._lines > LINES_LIMIT:
            raise UnreadableError(f"an event stream has more than {LINES_LIMIT} lines")
        if not line:
            return self._dispatch()
        if line.startswith(_DATA):  # nearly every line
            self._take_data(line[len(_DATA) :].decode(errors="replace"))
        else:
            name, _, value = line.decode(errors="replace").partition(":")
            self._take_field(name, value.removeprefix(" "))
        return None

    def _take_data(self, value: str) -> None:
        self._data.append(value)
        self._data_length += len(value) + 1
        _check_size(self._data_length)

    def _take_field(self, name: str, value: str) -> None:
        match name:
            case "data":
                self._take_data(value)
            case "event":
                self._event = value
            case "id" if "\0" not in value:
                self._id = value
            case "retry" if value.isascii() and value.isdigit() and len(value) <= 12:
                self.retry_milliseconds = int(value)
            case _:  # a comment (an empty name) or a field of nobody's: ignored, as the standard says
                pass

    def _dispatch(self) -> Event | None:
        data, event = self._data, self._event
        self._data, self._event, self._data_length = [], "", 0
        if not data:
            return None
        self._events += 1
        if self._events > EVENTS_LIMIT:
            raise UnreadableError(f"an event stream has more than {EVENTS_LIMIT} events")
        return Event(event or "message", "\n".join(data), self._id)


def _check_size(size: int) -> None:
    if size > LINE_LIMIT_BYTES:
        raise UnreadableError(f"a line or an event of the stream exceeds {LINE_LIMIT_BYTES} bytes")


def read_events(body: bytes) -> EventStream:
    """Return a stream that is in memory. Raises UnreadableError beyond a limit."""
    decoder = EventDecoder()
    events = decoder.feed(body)
    return EventStream(events, is_cut=not decoder.is_between_events())
