"""What the proxy counts, in plain integers: cheap enough for the hot path, sent to the engine once a second.

Names, units and which of them are gauges stand in `scorer/frames.py`; `snapshot` gives exactly those.
"""

import time
from bisect import bisect_left
from dataclasses import dataclass, field

from scorer.frames import COUNTER_NAMES, OVERHEAD_BUCKETS_US


@dataclass(slots=True)
class Counters:
    """Totals since the proxy's start; an attribute is its name in `COUNTER_NAMES` with `_` for each dot."""

    requests_1xx: int = 0
    requests_2xx: int = 0
    requests_3xx: int = 0
    requests_4xx: int = 0
    requests_5xx: int = 0
    requests_error: int = 0
    overhead_sum_us: int = 0
    bytes_request: int = 0
    bytes_response: int = 0
    open_connections: int = 0
    connections_refused: int = 0
    open_exchanges: int = 0
    capture_dropped: int = 0
    capture_opted_out: int = 0
    capture_meta_only: int = 0
    capture_upgraded: int = 0
    capture_noise: int = 0
    capture_filtered: int = 0
    capture_unsampled: int = 0
    engine_connected: int = 0
    engine_mismatches: int = 0
    held_bytes: int = 0
    process_started_us: int = field(default_factory=lambda: time.time_ns() // 1000)
    overhead_buckets: list[int] = field(default_factory=lambda: [0] * (len(OVERHEAD_BUCKETS_US) + 1))
    """Exchanges by the first bound that holds them; the last place counts those above every bound."""

    def count_exchange(self, status: int, overhead_ns: int) -> None:
        """Count an answer of the upstream by its class, and what its exchange cost in the proxy itself."""
        match status // 100:
            case 2:
                self.requests_2xx += 1
            case 4:
                self.requests_4xx += 1
            case 3:
                self.requests_3xx += 1
            case 1:
                self.requests_1xx += 1
            case _:
                self.requests_5xx += 1  # a status above 599 is a fault of the upstream too
        microseconds = overhead_ns // 1000
        self.overhead_sum_us += microseconds
        self.overhead_buckets[bisect_left(OVERHEAD_BUCKETS_US, microseconds)] += 1

    def snapshot(self) -> dict[str, int]:
        """Return every counter by its name on the wire."""
        # Where the clock was set back, what has begun since would seem older than this process.
        self.process_started_us = min(self.process_started_us, time.time_ns() // 1000)
        values = {}
        below = 0
        for bound, count in zip(OVERHEAD_BUCKETS_US, self.overhead_buckets, strict=False):
            below += count
            values[f"overhead.le.{bound}"] = below
        values["overhead.count"] = sum(self.overhead_buckets)
        for name in COUNTER_NAMES:
            if name not in values:
                values[name] = getattr(self, name.replace(".", "_"))
        return values
