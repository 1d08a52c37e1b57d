"""Growing pauses between tries, with jitter and a ceiling. Pure but for the random numbers it is given."""

import random


class BackOff:
    """Pauses in seconds that double from `first_seconds` up to `ceiling_seconds`, each cut by up to a half."""

    def __init__(self, first_seconds: float, ceiling_seconds: float, rng: random.Random) -> None:
        self._first = first_seconds
        self._ceiling = ceiling_seconds
        self._rng = rng
        self._next = first_seconds

    def next_seconds(self) -> float:
        """Return the pause before the next try; between half of it and all of it, so that peers do not march."""
        pause = min(self._next, self._ceiling)
        self._next = min(self._next * 2, self._ceiling)
        return pause * (0.5 + self._rng.random() / 2)

    def reset(self) -> None:
        """Begin again at the first pause: a try succeeded."""
        self._next = self._first
