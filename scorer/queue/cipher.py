"""What a spool's payloads are at rest: as they came, or encrypted with AES-GCM (NIST SP 800-38D). Does no I/O
but `read_keys`.

    sealed = magic (4) | key id (8) | nonce (12) | ciphertext and tag (16 more than the payload)

The key's id is the beginning of its SHA-256, so that after a rotation old rows find their key. The job's id and kind
are authenticated with the payload: a row cannot be given another's words. What has no magic was written before there
was a key, and is read as it stands. A nonce is random: a key is good for 2³² payloads (section 8.3), which is 43 years
at three a second; rotate before.
"""

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from config.errors import ConfigurationError
from scorer.protocols import Job, JobKind

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC: Final = b"\xe5AG1"
"""Begins neither JSON nor a copied exchange, whose first two bytes are a small number."""
KEY_BYTES: Final = 32
KEY_ID_BYTES: Final = 8
NONCE_BYTES: Final = 12
HEAD_BYTES: Final = len(MAGIC) + KEY_ID_BYTES

_KEY_LINE = re.compile(rf"[0-9A-Fa-f]{{{2 * KEY_BYTES}}}")


class UnsealError(ValueError):
    """The payload was changed since it was sealed, or belongs to another job."""


@dataclass(frozen=True, slots=True)
class Cipher:
    """Seals with the first key, opens with any; without keys it leaves payloads as they are."""

    keys: Sequence[bytes] = ()

    def seal(self, job: Job) -> bytes:
        """Return the job's payload as it is to be written."""
        if not self.keys:
            return job.payload
        key = self.keys[0]
        head, nonce = MAGIC + key_id(key), os.urandom(NONCE_BYTES)
        return head + nonce + _gcm(key).encrypt(nonce, job.payload, _associated(job.id, job.kind))

    def unseal(self, id_: str, kind: JobKind, data: bytes) -> bytes:
        """Return the payload as it was put. Raises UnsealError, and ConfigurationError when its key is not here."""
        if not data.startswith(MAGIC):
            return data
        self.check(data[:HEAD_BYTES])
        # `cryptography` is imported only where there is a key.
        from cryptography.exceptions import InvalidTag

        key = next(key for key in self.keys if key_id(key) == data[len(MAGIC) : HEAD_BYTES])
        nonce, sealed = data[HEAD_BYTES : HEAD_BYTES + NONCE_BYTES], data[HEAD_BYTES + NONCE_BYTES :]
        try:
            return _gcm(key).decrypt(nonce, sealed, _associated(id_, kind))
        except (InvalidTag, ValueError) as error:
            raise UnsealError("a payload does not pass its authentication") from error

    def check(self, head: bytes) -> None:
        """Raise ConfigurationError, naming `spool.key_file`, when no key here opens what begins with `head`."""
        if not head.startswith(MAGIC):
            return
        wanted = head[len(MAGIC) : HEAD_BYTES]
        if all(key_id(key) != wanted for key in self.keys):
            given = f"holds {len(self.keys)} other keys" if self.keys else "is not given"
            raise ConfigurationError(
                f"spool.key_file: the spool holds copies encrypted with key {wanted.hex()}, and the file {given}; "
                "add that key on a line of its own, or move the spool away"
            )


def _gcm(key: bytes) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


def _associated(id_: str, kind: JobKind) -> bytes:
    return f"{kind}:{id_}".encode(errors="surrogatepass")


def key_id(key: bytes) -> bytes:
    """Return what names a key in a sealed payload."""
    return hashlib.sha256(key).digest()[:KEY_ID_BYTES]


def read_keys(path: Path | None) -> tuple[bytes, ...]:
    """Return the file's keys in order; blank lines and lines that begin with `#` are left out; none without a file.

    Raises ConfigurationError, naming `spool.key_file`, never with a line's text.
    """
    if path is None:
        return ()
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError as error:
        raise ConfigurationError(f"spool.key_file: cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"spool.key_file: expected {2 * KEY_BYTES} hexadecimal digits a line") from error
    keys = []
    for number, line in enumerate(map(str.strip, lines), start=1):
        if line and not line.startswith("#"):
            if not _KEY_LINE.fullmatch(line):
                raise ConfigurationError(
                    f"spool.key_file: expected {2 * KEY_BYTES} hexadecimal digits on line {number} of {path}"
                )
            keys.append(bytes.fromhex(line))
    if not keys:
        raise ConfigurationError(f"spool.key_file: expected at least one key in {path}")
    return tuple(keys)
