"""What a spool's payloads are at rest: as they came, or sealed (`scorer/sealing.py`), each bound to its job.

The job's id and kind are authenticated with the payload: a row cannot be given another's words.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from config.errors import ConfigurationError
from scorer.protocols import Job, JobKind
from scorer.sealing import HEAD_BYTES, MAGIC, MissingKeyError, Sealer, key_id

SETTING: Final = "spool.key_file"


@dataclass(frozen=True, slots=True)
class Cipher:
    """Seals with the first key, opens with any; without keys it leaves payloads as they are."""

    keys: Sequence[bytes] = ()

    def seal(self, job: Job) -> bytes:
        """Return the job's payload as it is to be written."""
        return Sealer(self.keys).seal(job.payload, _associated(job.id, job.kind))

    def unseal(self, id_: str, kind: JobKind, data: bytes) -> bytes:
        """Return the payload as it was put. Raises UnsealError, and ConfigurationError when its key is not here."""
        try:
            return Sealer(self.keys).unseal(data, _associated(id_, kind))
        except MissingKeyError as error:
            raise self._missing(error.key_id) from error

    def check(self, head: bytes) -> None:
        """Raise ConfigurationError, naming `spool.key_file`, when no key here opens what begins with `head`."""
        wanted = head[len(MAGIC) : HEAD_BYTES]
        if head.startswith(MAGIC) and all(key_id(key) != wanted for key in self.keys):
            raise self._missing(wanted)

    def _missing(self, wanted: bytes) -> ConfigurationError:
        given = f"holds {len(self.keys)} other keys" if self.keys else "is not given"
        return ConfigurationError(
            f"{SETTING}: the spool holds copies encrypted with key {wanted.hex()}, and the file {given}; "
            "add that key on a line of its own, or move the spool away"
        )


def _associated(id_: str, kind: JobKind) -> bytes:
    return f"{kind}:{id_}".encode(errors="surrogatepass")
