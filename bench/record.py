"""A record of a million sessions in a SQLite file, in minutes: two days are saved by the store, then repeated.

The copies are what the store would have written for the same answers under other ids, so many days later; SQLite
makes them out of its own rows. `endurance check-store` finds nothing to mend in the result.
"""

import random
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from exporters.store.moments import from_ms
from exporters.store.rollups import Level
from exporters.store.sqlite_marks import PLACES
from exporters.store.sqlite_rollups import read_all_parts, write_counts
from exporters.store.sqlite_schema import connect
from scorer.model import DimensionName, Evaluation, Usage, Verification, format_moment
from tests.fakes.evaluations import make_full_evaluation

TIME_ZONE = "UTC"
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
"""A midnight: no bucket of an hour or a day is shared by two copies."""
DAYS = 2
DAY_MS = 86_400_000
SERVICES = 5
MODELS = ("demo-1", "demo-2", "large-3", "tiny-4")
LANGUAGES = ("en", "hi", "de", None)
TURNS = 4
"""Sessions of a conversation."""
RARE = 200
"""One of so many sessions has the rare flag."""
CACHE_KIB = 512 * 1024


def make_session(number: int, rows: int) -> Evaluation:
    """Return the evaluation of that number among `rows` of two days; some 7 kilobytes of JSON."""
    rng = random.Random(number)
    full = make_full_evaluation(number)
    hallucinated = int(rng.random() < 0.2)
    codes = (*full.flag_codes, *(("hallucination",) if hallucinated else ()), *(() if number % RARE else ("gate_pii",)))
    scores = {name: None if rng.random() < 0.1 else round(rng.betavariate(5, 1.5) * 100, 2) for name in DimensionName}
    return full.model_copy(
        update={
            "service_id": f"s{rng.randrange(SERVICES)}",
            "conversation_id": f"c{number // TURNS}",
            "model": rng.choice(MODELS),
            "language": rng.choice(LANGUAGES),
            "usage": Usage(input_tokens=900, output_tokens=150, total_tokens=1050),
            "overall_score": round(rng.betavariate(5, 1.5) * 100, 2),
            "dimensions": scores,
            "verification": Verification(
                total_claims=4, verified_claims=4 - hallucinated, hallucinated_claims=hallucinated
            ),
            "flagged": bool(codes),
            "flag_codes": codes,
            "claims": full.claims[:2],
            "signals": full.signals[::3],
            "rag_documents": full.rag_documents[:2],
            "timestamp": BEGIN + timedelta(days=DAYS) * number / rows,
            "scored_at": BEGIN + timedelta(days=DAYS) * number / rows + timedelta(seconds=1),
        }
    )


def repeat(path: Path, copies: int) -> datetime:
    """Put so many copies of the record in the file behind it; return the moment behind the last. Nobody else has it."""
    with closing(connect(path)) as connection:
        for pragma in ("journal_mode = OFF", "synchronous = OFF", f"cache_size = -{CACHE_KIB}"):
            connection.execute(f"PRAGMA {pragma}").fetchall()
        saved: int = connection.execute("SELECT max(number) FROM sessions").fetchone()[0]
        for name, function in _FUNCTIONS.items():
            connection.create_function(name, -1, function, deterministic=True)
        connection.execute("BEGIN")
        for copy in range(1, copies + 1):
            _copy(connection, copy, saved)
        _copy_rollups(connection, copies)
        connection.execute("UPDATE writers SET last = last * ?", (copies + 1,))
        connection.execute("COMMIT")
        connection.execute("PRAGMA journal_mode = WAL").fetchall()
    return BEGIN + timedelta(days=DAYS) * (copies + 1)


def _copy(connection: sqlite3.Connection, copy: int, saved: int) -> None:
    later_ms = copy * DAYS * DAY_MS
    later_ids = later_ms * PLACES
    columns = [row[1] for row in connection.execute("PRAGMA table_info(sessions)")]
    changed = {
        "id": f"id + {later_ids}",
        "session_id": f"other_id(session_id, {copy})",
        "timestamp_ms": f"timestamp_ms + {later_ms}",
        "number": f"number + {copy * saved}",
        "submissions": f"other_submissions(submissions, {copy})",
        "counted": f"json_set(counted, '$.hour_ms', json_extract(counted, '$.hour_ms') + {later_ms},"
        f" '$.day_ms', json_extract(counted, '$.day_ms') + {later_ms})",
        "row": f"other_json(row, session_id, timestamp_ms, {copy})",
        "document": f"other_json(document, session_id, timestamp_ms, {copy})",
    }
    values = ", ".join(changed.get(name, name) for name in columns)
    connection.execute(
        f"INSERT INTO sessions ({', '.join(columns)}) SELECT {values} FROM sessions WHERE number <= {saved}"
    )
    first, last = connection.execute(f"SELECT min(id), max(id) FROM sessions WHERE number <= {saved}").fetchone()
    among = f"BETWEEN {first} AND {last}"
    connection.execute(f"INSERT INTO marks SELECT mark, id + {later_ids} FROM marks WHERE id {among}")
    connection.execute(f"INSERT INTO scores SELECT list, id + {later_ids}, score FROM scores WHERE id {among}")
    terms = f"replace(terms, substr(session_id, 25), substr(other_id(session_id, {copy}), 25))"
    connection.execute(
        f"INSERT INTO words (rowid, terms) SELECT id + {later_ids}, {terms} FROM sessions"
        f" CROSS JOIN words ON words.rowid = sessions.id WHERE id {among} ORDER BY id"
    )


def _copy_rollups(connection: sqlite3.Connection, copies: int) -> None:
    for part in read_all_parts(connection):
        if part.key.level is Level.SERVICE:
            counts = {name: number * (copies + 1) for name, number in part.counts.items()}
            write_counts(connection, part.key, counts, part.updated_ms)
            continue
        for copy in range(1, copies + 1):
            key = replace(part.key, start_ms=part.key.start_ms + copy * DAYS * DAY_MS)
            write_counts(connection, key, part.counts, part.updated_ms)


def _other_id(session_id: str, copy: int) -> str:
    return f"{session_id[:24]}{copy:06x}{session_id[30:]}"


def _other_submissions(submissions: str, copy: int) -> str:
    return orjson.dumps([_other_id(one, copy) for one in orjson.loads(submissions)]).decode()


def _other_json(text: bytes, session_id: str, timestamp_ms: int, copy: int) -> bytes:
    before, after = from_ms(timestamp_ms), from_ms(timestamp_ms + copy * DAYS * DAY_MS)
    text = text.replace(session_id.encode(), _other_id(session_id, copy).encode())
    return text.replace(format_moment(before).encode(), format_moment(after).encode())


_FUNCTIONS: dict[str, Callable[..., str | bytes]] = {
    "other_id": _other_id,
    "other_submissions": _other_submissions,
    "other_json": _other_json,
}
