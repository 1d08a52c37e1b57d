"""The place in a list where the next page begins, as an opaque text. Pure.

A cursor names the last row of a page, not a count of rows, so that pages stay right while rows arrive.
Its check sum finds accidents and edits; it keeps nobody out, since a cursor grants nothing.
"""

import base64
import zlib
from dataclasses import dataclass

import orjson

from config.errors import InvalidInputError


@dataclass(frozen=True, slots=True)
class Cursor:
    """The last row of a page."""

    timestamp_ms: int
    """Milliseconds since the epoch."""
    session_id: str

    def __str__(self) -> str:
        place: list[int | str] = [self.timestamp_ms, self.session_id]
        return base64.urlsafe_b64encode(orjson.dumps([*place, _check_sum(place)])).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str) -> "Cursor":
        """Read what `str` wrote. Raises InvalidInputError for anything else."""
        try:
            value = orjson.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        except ValueError:
            value = None
        match value:
            case [int(timestamp_ms), str(session_id), _] if -(2**63) <= timestamp_ms < 2**63:
                cursor = cls(timestamp_ms, session_id)
                # Compared as text: a wrong check sum is no cursor of ours, nor is the same place in another spelling.
                if str(cursor) == text:
                    return cursor
            case _:
                pass
        raise InvalidInputError("expected a cursor as `next_cursor` gave it; begin again without one", "cursor")


def _check_sum(place: list[int | str]) -> int:
    return zlib.crc32(orjson.dumps(place))
