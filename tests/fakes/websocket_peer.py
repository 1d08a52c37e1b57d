"""One side of a WebSocket as the `websockets` package writes it: frames, fragments, compression."""

from websockets.extensions.permessage_deflate import PerMessageDeflate
from websockets.frames import Frame, Opcode

from scorer.formats.websocket import Compression

PLAIN = Compression()
ALL = Compression(is_on=True)
COMPRESSIONS = [PLAIN, ALL, Compression(is_on=True, keeps_client_context=False, keeps_server_context=False)]


class Peer:
    """One side's sender, by the `websockets` package."""

    def __init__(self, *, is_client: bool, compression: Compression = PLAIN) -> None:
        self._is_client = is_client
        keeps = compression.keeps_client_context if is_client else compression.keeps_server_context
        self._extensions = [PerMessageDeflate(not keeps, not keeps, 15, 15)] if compression.is_on else []

    def frame(self, data: bytes, opcode: Opcode = Opcode.TEXT, *, fin: bool = True) -> bytes:
        return Frame(opcode, data, fin).serialize(mask=self._is_client, extensions=self._extensions)

    def fragments(self, *parts: bytes) -> bytes:
        opcodes = [Opcode.TEXT, *[Opcode.CONT] * (len(parts) - 1)]
        return b"".join(
            self.frame(part, opcode, fin=place == len(parts) - 1)
            for place, (part, opcode) in enumerate(zip(parts, opcodes, strict=True))
        )
