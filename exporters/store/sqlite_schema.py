"""The SQLite file: its tables, its version, and connections to it.

Lists read `sessions` by indexes that leave erased stubs out; the long JSON stands last in the row, so that a list
never touches its pages; the index by time carries the scores, so that a range of them is judged without the row.
The columns of an index's own condition stand in it too: SQLite would look the row up for them. `sessions_expiring`
holds the stubs whose scores are still there.
`words` is a full-text index over words cut by `terms.py` (its own tokeniser would fold and
cut otherwise than the other stores): the ASCII tokeniser splits at the blanks and takes every other byte as it is.
`facets` (see `facets.py`) repeats a session's place and service, so that each is a list in order; erased sessions have
none.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

from config.errors import ConfigurationError
from exporters.store.facets import facets_of
from exporters.store.moments import to_ms
from scorer.model import DimensionName, Evaluation

SCHEMA_VERSION = 1
APPLICATION_ID = 0x454E4452
""" "ENDR": tells our files from another program's SQLite file."""
BUSY_SECONDS = 5.0
SCORE_COLUMNS = ("overall_score", *(name.value for name in DimensionName))

_WAL_LIMIT_BYTES = 64 * 1024 * 1024

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
CREATE INDEX sessions_by_time ON sessions
    (timestamp_ms, session_id, erased, service_id, flagged, {", ".join(SCORE_COLUMNS)}) WHERE erased = 0;
CREATE INDEX sessions_by_service ON sessions (service_id, timestamp_ms, session_id, erased) WHERE erased = 0;
CREATE INDEX sessions_by_flag ON sessions (timestamp_ms, session_id, erased, flagged, service_id)
    WHERE erased = 0 AND flagged = 1;
CREATE INDEX sessions_erased ON sessions (service_id, timestamp_ms, erased) WHERE erased = 1;
CREATE INDEX sessions_expiring ON sessions (service_id, timestamp_ms, erased, expired) WHERE erased = 1 AND expired = 0;
CREATE TABLE facets (
    facet TEXT NOT NULL,
    at_ms INTEGER NOT NULL,
    of_session TEXT NOT NULL,
    of_id INTEGER NOT NULL,
    of_service TEXT NOT NULL,
    PRIMARY KEY (facet, at_ms, of_session)
) WITHOUT ROWID;
CREATE TABLE rollups (
    level TEXT NOT NULL,
    start_ms INTEGER NOT NULL,
    service_id TEXT NOT NULL,
    updated_ms INTEGER NOT NULL,
    counts TEXT NOT NULL,
    PRIMARY KEY (level, start_ms, service_id)
) WITHOUT ROWID;
CREATE TABLE writers (writer TEXT PRIMARY KEY, last INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE chores (name TEXT PRIMARY KEY) WITHOUT ROWID;
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


def insert_facets(connection: sqlite3.Connection, id_: int, evaluation: Evaluation) -> None:
    """Enter a session's facets."""
    place = (to_ms(evaluation.timestamp), evaluation.session_id, id_, evaluation.service_id)
    connection.executemany(
        "INSERT OR REPLACE INTO facets (facet, at_ms, of_session, of_id, of_service) VALUES (?, ?, ?, ?, ?)",
        [(facet, *place) for facet in facets_of(evaluation)],
    )


def delete_facets(connection: sqlite3.Connection, evaluation: Evaluation) -> None:
    """Take out what `insert_facets` entered."""
    place = (to_ms(evaluation.timestamp), evaluation.session_id)
    connection.executemany(
        "DELETE FROM facets WHERE facet = ? AND at_ms = ? AND of_session = ?",
        [(facet, *place) for facet in facets_of(evaluation)],
    )


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    value: int = connection.execute(f"PRAGMA {name}").fetchone()[0]
    return value


def _library_has_fts5(connection: sqlite3.Connection) -> bool:
    return connection.execute("SELECT 1 FROM pragma_module_list WHERE name = 'fts5'").fetchone() is not None


def is_indexed_by_fts5(connection: sqlite3.Connection) -> bool:
    """Say whether this file's words are a full-text index; else they are a plain table."""
    found = connection.execute("SELECT sql FROM sqlite_master WHERE name = 'words'").fetchone()
    return str(found[0]).startswith("CREATE VIRTUAL")


def connect(path: Path, *, is_reader: bool = False) -> sqlite3.Connection:
    """Return a connection in autocommit mode, to be used by one thread at a time."""
    connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
    # NORMAL in WAL survives the death of any process; a power cut may take the last commits, never tear the file.
    connection.execute("PRAGMA synchronous = NORMAL")
    connection.execute("PRAGMA secure_delete = ON")
    connection.execute(f"PRAGMA journal_size_limit = {_WAL_LIMIT_BYTES}")
    if is_reader:
        connection.execute("PRAGMA query_only = ON")
    return connection
