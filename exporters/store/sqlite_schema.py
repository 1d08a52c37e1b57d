"""The SQLite file: its tables, its version, and connections to it.

An id of `sessions` says when the session was, and every list of ids is in that order (see `sqlite_marks.py`): `marks`
and `scores` hold the sessions that are not erased. The long JSON stands last in the row, so that a list never touches
its pages. The columns of an index's own condition stand in it too: SQLite would look the row up for them.
`sessions_expiring` holds the stubs whose scores are still there.
`words` is a full-text index over words cut by `terms.py` (its own tokeniser would fold and
cut otherwise than the other stores): the ASCII tokeniser splits at the blanks and takes every other byte as it is.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from config.errors import ConfigurationError
from exporters.store import sqlite_rollups
from exporters.store.sealed import PLAIN, TextSealer
from exporters.store.sqlite_functions import add_functions
from exporters.store.sqlite_marks import SCORE_COLUMNS

SCHEMA_VERSION = 2
APPLICATION_ID = 0x454E4452
""" "ENDR": tells our files from another program's SQLite file."""
BUSY_SECONDS = 5.0

_WAL_LIMIT_BYTES = 64 * 1024 * 1024
_CACHE_KIB = 16 * 1024
"""Pages of the file that a connection which writes keeps: the ends of the lists. With SQLite's 2 MiB a commit of two
hundred saves read and wrote many of them more than once, 50 of 460 microseconds of a save."""
_WAL_PAGES = 8192
"""Pages of the log before they are copied into the file, 32 MiB. A save changes the ends of some thirty lists, most of
them the same as the save before: with SQLite's 1000 pages it wrote 80 to 90 kilobytes in all, with these about 40."""

_TABLES = f"""
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY,
    session_id TEXT NOT NULL UNIQUE,
    service_id TEXT NOT NULL,
    timestamp_ms INTEGER NOT NULL,
    {", ".join(f"{name} REAL" for name in SCORE_COLUMNS)},
    flagged INTEGER NOT NULL,
    erased INTEGER NOT NULL DEFAULT 0,
    expired INTEGER NOT NULL DEFAULT 0,
    revision INTEGER NOT NULL,
    number INTEGER NOT NULL UNIQUE,
    submissions TEXT NOT NULL,
    counted TEXT NOT NULL,
    row BLOB,
    document BLOB
);
CREATE INDEX sessions_erased ON sessions (service_id, timestamp_ms, erased) WHERE erased = 1;
CREATE INDEX sessions_expiring ON sessions (service_id, timestamp_ms, erased, expired) WHERE erased = 1 AND expired = 0;
CREATE TABLE marks (mark TEXT NOT NULL, id INTEGER NOT NULL, PRIMARY KEY (mark, id)) WITHOUT ROWID;
CREATE TABLE scores (
    list INTEGER NOT NULL,
    id INTEGER NOT NULL,
    score REAL NOT NULL,
    PRIMARY KEY (list, id)
) WITHOUT ROWID;
{sqlite_rollups.SCHEMA.strip()}
CREATE TABLE writers (writer TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE chores (name TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE subjects (end_user TEXT PRIMARY KEY, until_ms INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE audit (
    writer TEXT NOT NULL,
    number INTEGER NOT NULL,
    place TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    actor TEXT NOT NULL,
    action TEXT NOT NULL,
    outcome TEXT NOT NULL,
    target TEXT,
    hash TEXT NOT NULL,
    body BLOB NOT NULL,
    PRIMARY KEY (writer, number)
) WITHOUT ROWID;
CREATE INDEX audit_by_time ON audit (at_ms, place);
CREATE TABLE text_keys (id TEXT PRIMARY KEY) WITHOUT ROWID;
"""
_WORDS_FTS5 = (
    "CREATE VIRTUAL TABLE words USING fts5(terms, detail=none, columnsize=0, tokenize=\"ascii tokenchars '_'\")"
)
_WORDS_PLAIN = "CREATE TABLE words (terms TEXT NOT NULL)"


def prepare_file(path: Path, *, has_fts5: bool | None = None) -> None:
    """Create the file (mode 0600) or check the one that is there.

    `has_fts5` None asks the library; without FTS5 a search reads every session's words, slowly.
    Raises ConfigurationError: not a store of ours, a newer version, or no permission.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # SQLite gives its -wal and -shm files the mode of the main file.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        with closing(connect(path)) as connection:
            _prepare(connection, path, has_fts5)
    except OSError as error:
        raise ConfigurationError(f"store: cannot open {path}: {error.strerror}; give a writable place") from error
    except sqlite3.DatabaseError as error:
        raise ConfigurationError(f"store: {path} is not usable as a SQLite file: {error}") from error


def _prepare(connection: sqlite3.Connection, path: Path, has_fts5: bool | None) -> None:
    connection.execute("PRAGMA journal_mode = WAL").fetchone()
    connection.execute("BEGIN IMMEDIATE")
    version = _pragma(connection, "user_version")
    if version == 0 and connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0:
        _create(connection, _library_has_fts5(connection) if has_fts5 is None else has_fts5)
    elif _pragma(connection, "application_id") != APPLICATION_ID:
        raise ConfigurationError(f"store: {path} is a SQLite file of another program; give another path")
    elif version != SCHEMA_VERSION:
        raise ConfigurationError(
            f"store: {path} has schema version {version}, this Endurance knows {SCHEMA_VERSION}; "
            "start the version that wrote it, or give another path"
        )
    connection.execute("COMMIT")


def _create(connection: sqlite3.Connection, has_fts5: bool) -> None:
    for statement in _TABLES.split(";"):
        connection.execute(statement)
    connection.execute(_WORDS_FTS5 if has_fts5 else _WORDS_PLAIN)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value


def _library_has_fts5(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'").fetchone() is not None


def is_indexed_by_fts5(connection: sqlite3.Connection) -> bool:
    """Say whether this file's words are a full-text index; else they are a plain table."""
    found = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'words'").fetchone()
    return str(found[0]).startswith("CREATE VIRTUAL")


def connect(path: Path, *, is_reader: bool = False, sealer: TextSealer = PLAIN) -> sqlite3.Connection:
    """Return a connection in autocommit mode, to be used by one thread at a time."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    # NORMAL in WAL survives the death of any process; a power cut may take the last commits, never tear the file.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_LIMIT_BYTES}")
    connection.execute(f"PRAGMA wal_autocheckpoint = {_WAL_PAGES}").fetchone()
    add_functions(connection, sealer)
    connection.execute("PRAGMA query_only = ON" if is_reader else f"PRAGMA cache_size = -{_CACHE_KIB}")
    return connection
