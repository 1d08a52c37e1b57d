"""When a spool's file is beyond use: how that is told from a full disk, and where the file goes."""

import os
import sqlite3
from datetime import UTC, datetime
from pathlib import Path

_DAMAGE_CODES = frozenset(
    {
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_NOTADB,
        sqlite3.SQLITE_FORMAT,
        sqlite3.SQLITE_ERROR,  # a table or column is missing: our statements are fixed, so the file is not ours
        sqlite3.SQLITE_CONSTRAINT,  # a number that was never given twice is there
        sqlite3.SQLITE_MISMATCH,
    }
)
"""Primary result codes (sqlite.org/rescode.html) that speak of the file's content."""

_ERASED_BYTES = 1024 * 1024


def is_damage(error: sqlite3.DatabaseError) -> bool:
    """Say whether the file's content is to blame, and not the disk, a lock, or our use of the library."""
    if isinstance(error, sqlite3.ProgrammingError):
        return False
    code = getattr(error, "sqlite_errorcode", None)
    # Without a code it was raised above SQLite: text that is not UTF-8, or by `spool_file.py` itself.
    return code is None or code & 0xFF in _DAMAGE_CODES


def set_aside(path: Path, now: float) -> Path:
    """Rename the file and its log to `<name>.damaged-<UTC>`, so that a person can look into it; return the new name.

    `now` is in seconds since the epoch. Raises OSError.
    """
    stamp = datetime.fromtimestamp(now, UTC).strftime("%Y%m%dT%H%M%SZ")
    target = path.with_name(f"{path.name}.damaged-{stamp}")
    count = 0
    while target.exists():
        count += 1
        target = path.with_name(f"{path.name}.damaged-{stamp}-{count}")
    for suffix in ("", "-wal", "-shm"):
        source = path.with_name(path.name + suffix)
        if source.exists():
            source.rename(target.with_name(target.name + suffix))
    return target


def aside(path: Path) -> tuple[str, ...]:
    """Return the names of the files that `set_aside` left, sorted."""
    return tuple(sorted(found.name for found in path.parent.glob(f"{path.name}.damaged-*")))


def erase(path: Path) -> None:
    """Overwrite the file and its log with zeros and remove them, where no words may be kept. Raises OSError."""
    for suffix in ("", "-wal", "-shm"):
        source = path.with_name(path.name + suffix)
        if not source.exists():
            continue
        with source.open("r+b") as file:
            left = os.fstat(file.fileno()).st_size
            while left > 0:
                left -= file.write(bytes(min(left, _ERASED_BYTES)))
            file.flush()
            os.fsync(file.fileno())
        source.unlink()
