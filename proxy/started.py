"""A coroutine that has begun by the time somebody awaits it.

A task takes its first step with the loop's next turn. Where a turn is long, what only has to be set going is set going
at once. (Python 3.12 has eager tasks for it.) Does no I/O of its own.
"""

from collections.abc import Coroutine, Generator
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T")


class Started(Generic[T]):
    """Runs a coroutine up to its first wait when it is made, the rest when it is awaited, which must follow."""

    __slots__ = ("_coroutine", "_end", "_waits_for")

    def __init__(self, coroutine: Coroutine[Any, Any, T]) -> None:
        """Raises nothing: what the coroutine raises in its first step, whoever awaits it is told."""
        self._coroutine: Final = coroutine
        self._waits_for: Any = None
        self._end: BaseException | None = None
        try:
            self._waits_for = coroutine.send(None)
        except BaseException as end:  # noqa: BLE001 # kept for whoever awaits; StopIteration is the coroutine's return
            self._end = end

    def __await__(self) -> Generator[Any, Any, T]:
        """Go on where the first step ended."""
        try:
            if self._end is not None:
                raise self._end
            while True:
                try:
                    answer = yield self._waits_for
                except BaseException as error:  # noqa: BLE001 # the coroutine's, as if it were awaited itself
                    self._waits_for = self._coroutine.throw(error)
                else:
                    self._waits_for = self._coroutine.send(answer)
        except StopIteration as end:
            value: T = end.value
            return value
