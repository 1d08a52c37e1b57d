"""The copies that the engine has not acknowledged yet. Pure.

put ──► batch being filled ──seal──► due ──next_frame──► sent ──acknowledge──► gone
                                      ▲                    │
                                      └────send_again──────┘
"""

from collections import deque
from typing import Final

from proxy.counters import Counters
from scorer.frames import FRAME_LIMIT_BYTES, encode_batch_frame

WINDOW_BYTES: Final = 4 * 1024 * 1024
"""Sent and not acknowledged, at most, and one batch: what the engine holds of it goes on costing its core's time when
the traffic needs all of that; and no more has to be sent again."""
_LENGTH_BYTES: Final = 4
"""What an exchange costs in a batch beside its own bytes."""
_BATCH_BYTES: Final = 32
"""What a frame's head and a batch's count add, generously."""


class Outbox:
    """Holds at most `limit_bytes`; beyond them a copy is dropped and counted."""

    def __init__(self, limit_bytes: int, counters: Counters) -> None:
        self._limit_bytes = limit_bytes
        self._counters = counters
        self._open: list[bytes] = []
        self.open_bytes = 0
        """Size of the batch that is being filled."""
        self._sequence = 0
        self._unsent: deque[tuple[int, bytes]] = deque()
        self._sent: dict[int, bytes] = {}
        self._sent_bytes = 0

    @property
    def is_due(self) -> bool:
        """A batch waits to be sent."""
        return bool(self._unsent)

    @property
    def is_empty(self) -> bool:
        """Nothing is held."""
        return not (self._open or self._unsent or self._sent)

    def put(self, data: bytes) -> bool:
        """Take an encoded exchange; False when it was dropped, which is counted."""
        size = len(data) + _LENGTH_BYTES
        if self._counters.held_bytes + size > self._limit_bytes or size + _BATCH_BYTES > FRAME_LIMIT_BYTES:
            self._counters.capture_dropped += 1
            return False
        if self.open_bytes + size + _BATCH_BYTES > FRAME_LIMIT_BYTES:
            self.seal()
        self._open.append(data)
        self.open_bytes += size
        self._counters.held_bytes += size
        return True

    def seal(self) -> None:
        """Close the batch that is being filled; it is then due to be sent."""
        if not self._open:
            return
        self._sequence += 1
        frame = encode_batch_frame(self._sequence, self._open, self.open_bytes)
        self._counters.held_bytes += len(frame) - self.open_bytes
        self._open, self.open_bytes = [], 0
        self._unsent.append((self._sequence, frame))

    def next_frame(self) -> bytes | None:
        """Return the oldest batch that is due, now held as sent; None when there is none, or enough is on its way."""
        if not self._unsent or self._sent_bytes >= WINDOW_BYTES:
            return None
        sequence, frame = self._unsent.popleft()
        self._sent[sequence] = frame
        self._sent_bytes += len(frame)
        return frame

    def acknowledge(self, sequence: int) -> None:
        """Let go of a batch; one that is not held (acknowledged twice) changes nothing."""
        frame = self._sent.pop(sequence, None)
        if frame is not None:
            self._counters.held_bytes -= len(frame)
            self._sent_bytes -= len(frame)

    def send_again(self) -> None:
        """The connection is gone: everything that was sent is due again, in its order."""
        self._unsent.extendleft(reversed(self._sent.items()))
        self._sent.clear()
        self._sent_bytes = 0
