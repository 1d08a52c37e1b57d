"""Which signals say the same of everything: they measure nothing, however sure they sound."""

from scorer.model import Evaluation, Status

ENOUGH_ITEMS = 20
"""A signal that was assessed on fewer items may be the same on all of them by chance."""


class Variety:
    """Collects what each signal said, over many evaluations."""

    def __init__(self) -> None:
        self._said: dict[str, set[tuple[float | None, float | None]]] = {}
        self._assessed: dict[str, int] = {}

    def add(self, evaluation: Evaluation) -> None:
        """Take note of score and value of every assessed signal."""
        for signal in evaluation.signals:
            said = self._said.setdefault(signal.name, set())
            if signal.status is Status.ASSESSED:
                said.add((signal.score, signal.value))
                self._assessed[signal.name] = self._assessed.get(signal.name, 0) + 1

    def constant(self) -> tuple[str, ...]:
        """Return the signals that were assessed on `ENOUGH_ITEMS` or more and never said anything else, sorted."""
        return tuple(
            sorted(name for name, said in self._said.items() if len(said) == 1 and self._assessed[name] >= ENOUGH_ITEMS)
        )

    def unseen(self) -> tuple[str, ...]:
        """Return the signals that were assessed on no item, sorted."""
        return tuple(sorted(name for name, said in self._said.items() if not said))
