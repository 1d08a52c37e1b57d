"""What every store does when a person asks to be forgotten. The person is known by `end_user`, a salted hash, alone.

An erasure is remembered: what the person wrote up to that moment and is saved later (it waited in a queue, in the
proxy, with another engine) becomes a stub at once and its text never reaches the store.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


@dataclass(frozen=True, slots=True)
class TextsErased:
    """What one step of a subject's erasure took out."""

    sessions: int
    feedback: int
    """People's verdicts that went with them, comments included."""


@dataclass(frozen=True, slots=True, order=True)
class Erasure:
    """An erasure that is remembered."""

    until: datetime
    """What the person wrote up to then is not kept."""
    end_user: str


class Traces(StrEnum):
    """Whether anything of what was erased is left beside the rows."""

    GONE = "gone"
    """No file of the store holds it any more."""
    PENDING = "pending"
    """The full-text index or the log is still being cleaned; it goes on by itself, also after a restart."""
    SERVER = "server"
    """The database server overwrites old versions, journal and operation log in its own time."""


class SubjectStore(Protocol):
    """The part of a store that forgets people."""

    async def erase_subject(self, end_user: str, until: datetime, limit: int) -> TextsErased:
        """Remember the erasure, then put stubs in the place of at most `limit` of the person's sessions.

        To be called again until a step took out fewer than `limit`; the aggregates stay as they are.
        """

    async def erasures(self, after: datetime) -> list[Erasure]:
        """Return what is remembered with a later `until`, by any engine, oldest first."""

    async def clean(self, timeout_seconds: float) -> Traces:
        """Wait, at most so long, until nothing that was erased is left beside the rows; say whether it is."""
