"""The salt of hashes: from the operator's file, or made once in the data directory. The only I/O of this package.

Whoever knows the salt can try all phone numbers against a token; without it, nobody can. A salt that changes makes
new tokens: what was stored before no longer compares.
"""

import contextlib
import os
import secrets
from pathlib import Path

from config.errors import ConfigurationError

GENERATED_NAME = "redaction-salt"
MINIMUM_BYTES = 16
_GENERATED_BYTES = 32


def load_salt(salt_file: Path | None, data_dir: Path) -> bytes:
    """Return the salt, surrounding white space left out; without a file of the operator's, make one (mode 0600).

    Raises ConfigurationError, naming `redaction.salt_file` or `data_dir`.
    """
    if salt_file is not None:
        return _read(salt_file, "redaction.salt_file")
    path = data_dir / GENERATED_NAME
    if not path.exists():
        _generate(path)
    return _read(path, "data_dir")


def _read(path: Path, key: str) -> bytes:
    try:
        salt = path.read_bytes().strip()
    except OSError as error:
        raise ConfigurationError(f"{key}: cannot read {path}: {error.strerror}") from error
    if len(salt) < MINIMUM_BYTES:
        raise ConfigurationError(f"{key}: expected at least {MINIMUM_BYTES} bytes of salt in {path}, got {len(salt)}")
    return salt


def _generate(path: Path) -> None:
    """Write a whole file under another name first: a process killed half-way leaves no half salt."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_hex(_GENERATED_BYTES).encode())
            file.flush()
            os.fsync(file.fileno())
        # A link, since it refuses to replace: of two processes that start at once, both read the first one's.
        with contextlib.suppress(FileExistsError):
            path.hardlink_to(draft)
    except OSError as error:
        raise ConfigurationError(f"data_dir: cannot write {path}: {error.strerror}") from error
    finally:
        draft.unlink(missing_ok=True)
