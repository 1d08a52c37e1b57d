"""The audit in the SQLite file: a table of links. Functions of an open transaction, or of a reader's connection."""

import sqlite3
from collections.abc import Callable, Sequence

from exporters.store.audit import (
    AuditFilter,
    AuditPage,
    Draft,
    Head,
    Kept,
    Link,
    chained,
    columns_of,
    place_of,
    read_link,
)
from exporters.store.cursor import Cursor
from exporters.store.moments import bound_ms, to_ms
from exporters.store.sqlite_transaction import Transaction

_INSERT = "INSERT INTO audit VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"


def append(writer: str, drafts: Sequence[Draft]) -> Callable[[Transaction], list[Link]]:
    """Return the operation that appends; it reads the chain's end, since a command beside the engine may append too."""

    def operation(transaction: Transaction) -> list[Link]:
        connection = transaction.connection
        found = connection.execute(
            "SELECT number, hash FROM audit WHERE writer = ? ORDER BY number DESC LIMIT 1", (writer,)
        ).fetchone()
        links = chained(Head(writer) if found is None else Head(writer, *found), drafts)
        connection.executemany(_INSERT, [_row(link) for link in links])
        return links

    return operation


def _row(link: Link) -> tuple[str | int | bytes | None, ...]:
    entry = link.entry
    columns = columns_of(entry, to_ms(entry.at))
    place = place_of(entry.writer, entry.number)
    return entry.writer, entry.number, place, *columns.values(), link.hash, link.body


def list_page(connection: sqlite3.Connection, wanted: AuditFilter, limit: int, after: Cursor | None) -> AuditPage:
    """Return a page, newest first."""
    tests: list[tuple[str, str | int | None]] = [
        ("at_ms >= ?", bound_ms(wanted.since)),
        ("at_ms < ?", bound_ms(wanted.until)),
        ("actor = ?", wanted.actor),
        ("action = ?", wanted.action),
        ("outcome = ?", wanted.outcome),
        ("target = ?", wanted.target),
    ]
    given = [(text, value) for text, value in tests if value is not None]
    texts, parameters = [text for text, _ in given], [value for _, value in given]
    if after is not None:
        texts.append("(at_ms, place) < (?, ?)")
        parameters += [after.timestamp_ms, after.session_id]
    where = f"WHERE {' AND '.join(texts)} " if texts else ""
    rows = connection.execute(
        f"SELECT at_ms, place, body FROM audit {where}ORDER BY at_ms DESC, place DESC LIMIT ?",  # noqa: S608 - constants
        (*parameters, limit + 1),
    ).fetchall()
    next_cursor = str(Cursor(*rows[limit - 1][:2])) if len(rows) > limit else None
    return AuditPage(tuple(read_link(bytes(body)) for _, _, body in rows[:limit]), next_cursor)


def writers(connection: sqlite3.Connection) -> list[str]:
    """Return every writer that has an entry."""
    return [writer for (writer,) in connection.execute("SELECT DISTINCT writer FROM audit ORDER BY writer")]


def read_chain(connection: sqlite3.Connection, writer: str, after: int, limit: int) -> list[Kept]:
    """Return rows of a writer as they stand."""
    rows = connection.execute(
        "SELECT number, body, hash, at_ms, actor, action, outcome, target FROM audit "
        "WHERE writer = ? AND number > ? ORDER BY number LIMIT ?",
        (writer, after, limit),
    )
    names = ("at_ms", "actor", "action", "outcome", "target")
    return [
        Kept(number, _raw(body), str(hash_), dict(zip(names, columns, strict=True)))
        for number, body, hash_, *columns in rows
    ]


def _raw(body: object) -> bytes:
    """Return the column's bytes, whatever somebody made of it: SQLite keeps any type in any column."""
    return body if isinstance(body, bytes) else str(body).encode()
