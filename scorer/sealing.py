"""Encryption at rest, of the queue's copies and of the record's texts: AES-GCM (NIST SP 800-38D) with keys from a file.

    sealed = magic (4) | key id (8) | nonce (12) | ciphertext and tag (16 more than the data)

The key's id is the beginning of its SHA-256, so that after a rotation old data finds its key. What has no magic was
written before there was a key, and is read as it stands. A nonce is random: a key is good for 2³² seals (section 8.3),
which is 43 years at three a second; rotate before. Does no I/O but `read_keys`.
"""

import hashlib
import hmac
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from config.errors import ConfigurationError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

MAGIC: Final = b"\xe5AG1"
"""Begins neither JSON nor a copied exchange, whose first two bytes are a small number."""
KEY_BYTES: Final = 32
KEY_ID_BYTES: Final = 8
NONCE_BYTES: Final = 12
HEAD_BYTES: Final = len(MAGIC) + KEY_ID_BYTES
WORD_LETTERS: Final = 20
"""Hexadecimal digits of a word's hash: 80 bits, so that two words of a record never share one by chance."""
_WORDS: Final = b"endurance: words"
"""Domain of the key that hashes words, apart from the one that seals."""

_KEY_LINE = re.compile(rf"[0-9A-Fa-f]{{{2 * KEY_BYTES}}}")


class UnsealError(ValueError):
    """The data was changed since it was sealed, or belongs elsewhere."""


class MissingKeyError(ValueError):
    """None of the keys here opens the data; `key_id` names the one that does."""

    def __init__(self, key_id: bytes) -> None:
        super().__init__(f"sealed with key {key_id.hex()}, which is not here")
        self.key_id = key_id


@dataclass(frozen=True, slots=True)
class Sealer:
    """Seals with the first key, opens with any; without keys it leaves data as it is."""

    keys: Sequence[bytes] = ()

    def seal(self, data: bytes, associated: bytes) -> bytes:
        """Return the data as it is to be written, bound to where it belongs by `associated`."""
        if not self.keys:
            return data
        key = self.keys[0]
        head, nonce = MAGIC + key_id(key), os.urandom(NONCE_BYTES)
        return head + nonce + _gcm(key).encrypt(nonce, data, associated)

    def unseal(self, data: bytes, associated: bytes) -> bytes:
        """Return the data as it was. Raises UnsealError and MissingKeyError."""
        if not data.startswith(MAGIC):
            return data
        # `cryptography` is imported only where there is a key.
        wanted = data[len(MAGIC) : HEAD_BYTES]
        key = next((key for key in self.keys if key_id(key) == wanted), None)
        if key is None:
            raise MissingKeyError(wanted)
        from cryptography.exceptions import InvalidTag

        nonce, sealed = data[HEAD_BYTES : HEAD_BYTES + NONCE_BYTES], data[HEAD_BYTES + NONCE_BYTES :]
        try:
            return _gcm(key).decrypt(nonce, sealed, associated)
        except (InvalidTag, ValueError) as error:
            raise UnsealError("data at rest does not pass its authentication") from error

    @property
    def head(self) -> bytes:
        """What everything begins with that is sealed now; empty without keys."""
        return MAGIC + key_id(self.keys[0]) if self.keys else b""

    def hash_word(self, word: str) -> str:
        """Return what stands for a word in an index: a keyed hash, or without keys the word."""
        return _hashed(self.keys[0], word) if self.keys else word

    def word_forms(self, word: str) -> tuple[str, ...]:
        """Return everything that may stand for the word: under each key, and as it is, from before there was one."""
        return (*(_hashed(key, word) for key in self.keys), word)


def key_id(key: bytes) -> bytes:
    """Return what names a key in sealed data."""
    return hashlib.sha256(key).digest()[:KEY_ID_BYTES]


def _hashed(key: bytes, word: str) -> str:
    return hmac.digest(_word_key(key), word.encode(errors="surrogatepass"), hashlib.sha256).hex()[:WORD_LETTERS]


@lru_cache(maxsize=16)
def _word_key(key: bytes) -> bytes:
    return hmac.digest(key, _WORDS, hashlib.sha256)


@lru_cache(maxsize=16)
def _gcm(key: bytes) -> "AESGCM":
    from cryptography.hazmat.primitives.ciphers.aead import AESGCM

    return AESGCM(key)


def read_keys(path: Path | None, setting: str) -> tuple[bytes, ...]:
    """Return the file's keys in order; blank lines and lines that begin with `#` are left out; none without a file.

    Raises ConfigurationError, naming the setting, never with a line's text.
    """
    if path is None:
        return ()
    try:
        lines = path.read_text(encoding="ascii").splitlines()
    except OSError as error:
        raise ConfigurationError(f"{setting}: cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"{setting}: expected {2 * KEY_BYTES} hexadecimal digits a line") from error
    keys = []
    for number, line in enumerate(map(str.strip, lines), start=1):
        if line and not line.startswith("#"):
            if not _KEY_LINE.fullmatch(line):
                raise ConfigurationError(
                    f"{setting}: expected {2 * KEY_BYTES} hexadecimal digits on line {number} of {path}"
                )
            keys.append(bytes.fromhex(line))
    if not keys:
        raise ConfigurationError(f"{setting}: expected at least one key in {path}")
    return tuple(keys)
