"""A clock that goes only when it is told to."""


class ManualClock:
    """Seconds since the epoch, as far as anyone asks it."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now

    def advance(self, seconds: float) -> None:
        self.now += seconds
