"""The tables of a spool's file, and what is checked before the file is used."""

import sqlite3

from config.errors import ConfigurationError

APPLICATION_ID = 0x454E4452
"""`ENDR`, in the file's header: another program's database is not taken for a spool."""
SCHEMA_VERSION = 1
"""Raised when a table changes; an older Endurance refuses a newer file."""

_PRAGMAS = (
    # Before the first table, or it has no effect: freed pages can be given back to the file system.
    "PRAGMA auto_vacuum = INCREMENTAL",
    "PRAGMA journal_mode = WAL",
    # In WAL mode a commit at NORMAL is a write to the log, which the kernel keeps when the process is killed at any
    # point. FULL would add an fsync per commit against loss of power; the promise is the loss of any process.
    # Either way the file cannot be corrupted: checkpoints sync.
    "PRAGMA synchronous = NORMAL",
    # The rows are people's words: what was acked is overwritten with zeros.
    "PRAGMA secure_delete = ON",
    "PRAGMA temp_store = MEMORY",
)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    enqueued_at REAL NOT NULL,
    due_at REAL NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0,
    token INTEGER,
    reason TEXT
) STRICT;
CREATE INDEX IF NOT EXISTS jobs_due ON jobs (due_at);
CREATE TABLE IF NOT EXISTS payloads (number INTEGER PRIMARY KEY, payload BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS dead_letters (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    reason TEXT NOT NULL,
    buried_at REAL NOT NULL,
    payload BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS marks (name TEXT PRIMARY KEY, at REAL NOT NULL) STRICT;
"""


def prepare(connection: sqlite3.Connection) -> None:
    """Set the file up, check it, and make the leases of a dead process due at once. Cost: reads all of it once.

    Raises sqlite3.DatabaseError for a damaged file or another program's, ConfigurationError for a newer schema.
    """
    for pragma in _PRAGMAS:
        connection.execute(pragma)
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError("the file does not pass SQLite's quick_check")
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if tables and application_id != APPLICATION_ID:
        raise sqlite3.DatabaseError("the file is a database of another program")
    if version > SCHEMA_VERSION:
        raise ConfigurationError(
            f"data_dir: its spool has schema {version}, this Endurance knows {SCHEMA_VERSION}; "
            "start the newer Endurance, or move the spool away"
        )
    connection.execute("BEGIN IMMEDIATE")
    for statement in filter(str.strip, _SCHEMA.split(";")):
        connection.execute(statement)
    connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
    connection.execute("UPDATE jobs SET token = NULL, due_at = 0 WHERE token IS NOT NULL")
    connection.execute("COMMIT")
