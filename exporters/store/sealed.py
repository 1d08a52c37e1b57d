"""How the texts of a record are kept: as they are, or sealed, and then their words as keyed hashes. Pure.

The ids of the keys that a record's texts are sealed with stand in it beside them: at the start a missing key is one
clear line, and not a page that cannot be read. A sealed text is bound to the record, not to its place there: who can
write to the database can exchange two texts, and cannot read or invent one.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Protocol

from config.errors import StoreUnavailableError
from scorer.sealing import MAGIC, MissingKeyError, Sealer, UnsealError, key_id

SETTING: Final = "store_encryption.key_file"
_ASSOCIATED: Final = b"endurance: record"


class ForeignKeyError(StoreUnavailableError):
    """The record holds texts whose key is not in the file."""


@dataclass(frozen=True, slots=True)
class Resealed:
    """What one step of a change of the key did."""

    last: str | None
    """Where the next step begins; None when all were looked at."""
    changed: int
    """Sessions that were written anew."""


class SealedStore(Protocol):
    """The part of a store that changes the key of its texts."""

    async def reseal(self, after: str | None, limit: int) -> Resealed:
        """Look at `limit` sessions and write those anew whose texts are not sealed with the present key.

        `after` is `last` of the step before, None to begin. May be left off and begun again at any time.
        """

    async def forget_keys(self) -> bool:
        """Strike every other key from the record, after a last look at all texts; False when one still needs it."""


@dataclass(frozen=True, slots=True)
class TextSealer:
    """Seals and opens the texts of a record."""

    sealer: Sealer = Sealer()  # noqa: RUF009 - frozen

    @property
    def is_on(self) -> bool:
        """Whether texts are sealed."""
        return bool(self.sealer.keys)

    @property
    def key_ids(self) -> tuple[str, ...]:
        """The ids of the keys, the one that seals first."""
        return tuple(key_id(key).hex() for key in self.sealer.keys)

    def seal(self, text: bytes) -> bytes:
        """Return the text as it is kept."""
        return self.sealer.seal(text, _ASSOCIATED)

    def open(self, kept: bytes) -> bytes:
        """Return the text as it was. Raises StoreUnavailableError: no key for it, or somebody changed it."""
        try:
            return self.sealer.unseal(kept, _ASSOCIATED)
        except MissingKeyError as error:
            raise foreign_key([error.key_id.hex()], self) from error
        except UnsealError as error:
            raise StoreUnavailableError(f"a text of the record cannot be opened: {error}") from error

    def is_current(self, kept: bytes) -> bool:
        """Say whether the text is kept as it would be now."""
        return kept.startswith(self.sealer.head) if self.is_on else not kept.startswith(MAGIC)

    def hide(self, words: Sequence[str]) -> list[str]:
        """Return what stands for the words in the index, one for each, same order."""
        return [self.sealer.hash_word(word) for word in words] if self.is_on else list(words)

    def forms(self, words: Sequence[str]) -> list[tuple[str, ...]]:
        """Return for each word everything that may stand for it."""
        return [self.sealer.word_forms(word) for word in words]

    def check(self, kept_ids: Iterable[str]) -> None:
        """Raise ForeignKeyError, naming the setting, where the record was sealed with a key that is not here."""
        missing = sorted(set(kept_ids).difference(self.key_ids))
        if missing:
            raise foreign_key(missing, self)


PLAIN: Final = TextSealer()


def foreign_key(missing: Sequence[str], sealer: TextSealer) -> ForeignKeyError:
    """Return the error that says in one line which keys are missing."""
    given = f"holds {len(sealer.key_ids)} other keys" if sealer.is_on else "is not given"
    return ForeignKeyError(
        f"{SETTING}: the record holds texts encrypted with key {', '.join(missing)}, and the file {given}; "
        "add each on a line of its own"
    )
