"""One body on its way, whatever tells its end. Pure."""

from proxy.chunks import ChunkWalker
from proxy.framing import BodyKind


class BodyReader:
    """The place in one body."""

    __slots__ = ("_kind", "_remaining", "chunks", "has_excess", "is_done")

    def __init__(self, kind: BodyKind, length: int, *, wants_content: bool = False) -> None:
        """`length` counts for BodyKind.LENGTH; `wants_content`: `take_content` gives a chunked body without framing."""
        self.is_done = kind is BodyKind.NONE
        self.has_excess = False
        """Bytes came after the end: what sent them is out of step."""
        self._kind = kind
        self._remaining = length
        self.chunks = ChunkWalker(wants_content=wants_content) if kind is BodyKind.CHUNKED else None
        """The place in a chunked body."""

    def feed(self, data: bytes) -> tuple[bytes, bytes]:
        """Take bytes; return (bytes of this body, bytes after it). Raises FramingError for bad chunks."""
        if self.chunks is not None:
            result = self.chunks.feed(data)
            self.is_done = self.chunks.is_done
            return result
        if self._kind is BodyKind.LENGTH:
            size = len(data)
            if size < self._remaining:
                self._remaining -= size
                return data, b""
            self.is_done = True
            end, self._remaining = self._remaining, 0
            return (data, b"") if size == end else (data[:end], data[end:])
        return data, b""

    def take_content(self, passed: bytes) -> bytes:
        """Return what a client is sent for `passed`: the same, or its content where that was wanted of chunks."""
        if self.chunks is None or self.chunks.content is None:
            return passed
        content = b"".join(self.chunks.content)
        self.chunks.content.clear()
        return content

    def ends_with_connection(self, error: Exception | None) -> bool:
        """Say whether the connection's end, `error` being None for an orderly one, is this body's end."""
        if self._kind is BodyKind.CLOSE and error is None:
            self.is_done = True
        return self.is_done
