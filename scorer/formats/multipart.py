"""Forms as `multipart/form-data`: bytes in, text fields out. Pure, incremental, bounded.

Source: RFC 7578, over the syntax of RFC 2046, section 5.1. Only parts that are text are kept, decoded as UTF-8 whatever
charset they name, which is what browsers and libraries send; files are passed over and counted, as are parts under a
transfer coding, which section 4.7 of RFC 7578 deprecates.
"""

import re
from typing import Final, NamedTuple

from scorer.formats.base import UnreadableError

MEDIA_TYPE: Final = "multipart/form-data"
PARTS_LIMIT: Final = 1000
"""Parts of one form, files too."""
HEAD_LIMIT_BYTES: Final = 8 * 1024
"""Header lines of one part; browsers write about 100 bytes."""
TEXT_LIMIT_BYTES: Final = 4 * 1024 * 1024
"""Text of all fields together; files do not count, since nothing is kept of them."""
BOUNDARY_LIMIT: Final = 70
"""RFC 2046, section 5.1.1."""

_LINE_END: Final = b"\r\n"
_HEAD_END: Final = b"\r\n\r\n"
_BLOCK_BYTES: Final = 256 * 1024
"""What is looked through at once, so that taking parts off the front of what waits stays cheap."""

# What stands behind a boundary makes it one: the two hyphens that close the form, or padding to the line's end.
_CLOSE: Final = b"--"
_PADDING_LIMIT: Final = 64
_DELIMITING = re.compile(rb"--|[ \t]{0,%d}(?=\r\n)" % _PADDING_LIMIT)
_UNDECIDED = re.compile(rb"-?|[ \t]{0,%d}\r?" % _PADDING_LIMIT)
_FOLD = re.compile(r"\r\n[ \t]+")
_PARAMETER = re.compile(r';\s*+([^\s;="]++)\s*+=\s*+("(?:[^"\\]|\\.)*+"|[^;"]*+)', re.DOTALL)
_ESCAPES: Final = {'\\"': '"', "%22": '"', "%0D": "\r", "%0A": "\n"}
"""In names: of RFC 822, and as WHATWG HTML has browsers write them. Any other backslash is one of the name."""
_ESCAPE = re.compile("|".join(map(re.escape, _ESCAPES)), re.IGNORECASE)
_PLAIN_CODINGS: Final = ("", "7bit", "8bit", "binary")


class FormField(NamedTuple):
    """One field of a form that is text."""

    name: str
    text: str


class MultipartDecoder:
    """One form's decoder."""

    skipped: int = 0
    """Parts that are no text fields: files, parts without a name, parts under a transfer coding."""

    def __init__(self, boundary: bytes) -> None:
        self._delimiter = _LINE_END + b"--" + boundary
        # The first boundary needs no line end before it, and what stands before it is like a part that nobody reads.
        self._buffer = bytearray(_LINE_END)
        self._in_head = False
        self._searched_bytes = 0
        self._parts = 0
        self._name: str | None = None
        self._content = bytearray()
        self._text_bytes = 0
        self._is_closed = False

    def feed(self, data: bytes) -> list[FormField]:
        """Take the next bytes, return the fields that they complete. Raises UnreadableError beyond a limit."""
        fields: list[FormField] = []
        for start in range(0, len(data), _BLOCK_BYTES):
            if self._is_closed:
                break  # what follows the last boundary is nobody's
            self._buffer += data[start : start + _BLOCK_BYTES]
            while self._take_head() if self._in_head else self._take_content(fields):
                pass
        return fields

    def is_closed(self) -> bool:
        """Say whether the form's last boundary came: otherwise its last part is missing, and perhaps others."""
        return self._is_closed

    def _take_head(self) -> bool:
        """Take a part's header lines; the line end before its content stays. False when more bytes are needed."""
        end = self._buffer.find(_HEAD_END, max(0, self._searched_bytes - len(_HEAD_END)))
        self._searched_bytes = len(self._buffer)
        if (end if end >= 0 else len(self._buffer) - len(_HEAD_END) + 1) > HEAD_LIMIT_BYTES:
            raise UnreadableError(f"the headers of a form's part exceed {HEAD_LIMIT_BYTES} bytes")
        if end < 0:
            return False
        self._name = _field_name(self._buffer[:end].decode(errors="replace"))
        self.skipped += self._name is None
        del self._buffer[: end + len(_LINE_END)]
        self._in_head = False
        return True

    def _take_content(self, fields: list[FormField]) -> bool:
        """Take content up to the next boundary. False when more bytes are needed, or none."""
        at = self._buffer.find(self._delimiter)
        if at < 0:
            self._keep(max(0, len(self._buffer) - len(self._delimiter) + 1))
            return False
        self._keep(at)
        size = len(self._delimiter)
        behind = self._buffer[size : size + _PADDING_LIMIT + len(_LINE_END)]
        found = _DELIMITING.match(behind)
        if found is not None:
            self._end_part(fields)
            self._is_closed = found[0] == _CLOSE
            del self._buffer[: size + found.end()]
            return not self._is_closed
        if _UNDECIDED.fullmatch(behind):
            return False
        self._keep(len(_LINE_END))  # text that only begins like the boundary
        return True

    def _keep(self, size: int) -> None:
        """Move the first bytes of what waits to the content of a field; nothing is kept of another part."""
        if self._name is not None:
            self._content += self._buffer[:size]
            if self._text_bytes + len(self._content) > TEXT_LIMIT_BYTES:
                raise UnreadableError(f"the text of a form exceeds {TEXT_LIMIT_BYTES} bytes")
        del self._buffer[:size]

    def _end_part(self, fields: list[FormField]) -> None:
        if self._name is not None:
            # The line end between head and content is neither's.
            fields.append(FormField(self._name, self._content[len(_LINE_END) :].decode(errors="replace")))
            self._text_bytes += len(self._content)
        self._parts += 1
        if self._parts > PARTS_LIMIT + 1:  # what stands before the first boundary is counted as one
            raise UnreadableError(f"a form has more than {PARTS_LIMIT} parts")
        self._name, self._content = None, bytearray()
        self._in_head, self._searched_bytes = True, 0


def _field_name(head: str) -> str | None:
    """Return the name of a part that is a text field; None for any other."""
    lines = (line.partition(":") for line in _FOLD.sub(" ", head).split("\r\n"))
    headers = {name.strip().lower(): value.strip() for name, _, value in lines}
    kind, _, _ = headers.get("content-disposition", "").partition(";")
    given = parameters(headers.get("content-disposition", ""))
    type_ = headers.get("content-type", "text/plain").partition(";")[0].strip().lower()
    is_text = type_.startswith("text/") or type_ == "application/json"
    is_plain = headers.get("content-transfer-encoding", "").lower() in _PLAIN_CODINGS
    is_file = "filename" in given or "filename*" in given
    return given.get("name") if kind.strip().lower() == "form-data" and is_text and is_plain and not is_file else None


def parameters(value: str) -> dict[str, str]:
    """Return the parameters of a header's value, names in lower case; of two with one name the first."""
    found: dict[str, str] = {}
    for name, given in _PARAMETER.findall(value):
        text = given[1:-1] if given.startswith('"') else given.strip()
        found.setdefault(name.lower(), _ESCAPE.sub(lambda escape: _ESCAPES[escape[0].upper()], text))
    return found


def boundary_of(content_type: str) -> bytes:
    """Return the boundary that a content type names. Raises UnreadableError when there is none of a right length."""
    boundary = parameters(content_type).get("boundary", "")
    if not 1 <= len(boundary) <= BOUNDARY_LIMIT:
        raise UnreadableError(f"the form: expected a boundary of 1 to {BOUNDARY_LIMIT} characters in its content type")
    return boundary.encode("latin-1", errors="replace")
