"""The spool's SQLite file: every statement, none of the waiting. Used by one thread at a time, inside a transaction.

Small rows (`jobs`) stand apart from their payloads, so that a lease does not rewrite hundreds of kilobytes.
Knows nothing of threads, tasks or damage; errors of SQLite pass through.
"""

import itertools
import os
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from config.errors import QueueFullError, TooLargeError
from scorer.protocols import Job, JobKind, Lease
from scorer.queue.cipher import Cipher
from scorer.queue.dead_letter import ERASED_REASON, DeadLetter
from scorer.queue.spool_schema import prepare
from scorer.sealing import HEAD_BYTES, MAGIC, UnsealError

_TIDY_PAGES = 8192
"""Pages of 4 KiB given back in one step, so that a put never waits long behind it."""
_REASON_LIMIT = 500
"""Characters of a reason that are kept."""
_WORDLESS = "wordless_before"
"""Mark: a job that was put up to then leaves no words when it is given up."""
NO_CIPHER = Cipher()


@dataclass(frozen=True, slots=True)
class SpoolState:
    """What can be said of the spool without touching its file; taken after each commit."""

    depth: int = 0
    dead: int = 0
    size_bytes: int = 0
    dead_bytes: int = 0
    oldest_at: float | None = None
    """When the oldest job was put, seconds since the epoch; None when there is none."""
    due_at: float | None = None
    """When the next job is due, a leased one when its lease runs out; 0 for at once, whatever the clock says (it may
    be set back); None when there is none."""


class SpoolFile:
    """The open file. Every method that changes rows runs inside `transaction`."""

    def __init__(
        self,
        path: Path,
        limit_bytes: int,
        dead_letter_limit: int,
        cipher: Cipher = NO_CIPHER,
        *,
        keeps_words: bool = True,
    ) -> None:
        """Open or create it (mode 0600), check it, and make the leases of a dead process due at once.

        Without `keeps_words` a dead letter has its reason alone, those of an earlier opening too. Sizes are of
        payloads as they were put. Raises sqlite3.DatabaseError for a damaged file or another program's,
        ConfigurationError for a newer schema or a missing key. Cost: reads the whole file once.
        """
        self._limit_bytes = limit_bytes
        self._dead_letter_limit = dead_letter_limit
        self._cipher = cipher
        self._keeps_words = keeps_words
        # Tokens of this opening never meet those of an earlier one, also after a damaged file was replaced.
        self._tokens = itertools.count(int.from_bytes(os.urandom(5)) << 22)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)  # an older file; the log beside it takes its mode
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._changes_before = 0
        try:
            prepare(self._connection)
            if not keeps_words:
                self._connection.execute("UPDATE dead_letters SET payload = x'', size_bytes = 0 WHERE size_bytes > 0")
            self._check_keys()
            self.state = self._read_state()
        except BaseException:
            self._connection.close()
            raise

    def _check_keys(self) -> None:
        heads = self._connection.execute(
            "SELECT substr(payload, 1, :head) FROM payloads WHERE substr(payload, 1, :magic) = :wanted "
            "UNION SELECT substr(payload, 1, :head) FROM dead_letters WHERE substr(payload, 1, :magic) = :wanted",
            {"head": HEAD_BYTES, "magic": len(MAGIC), "wanted": MAGIC},
        )
        for (head,) in heads.fetchall():
            self._cipher.check(bytes(head))

    def begin(self) -> None:
        """Start a transaction."""
        self._connection.execute("BEGIN IMMEDIATE")
        self._changes_before = self._connection.total_changes

    def commit(self) -> bool:
        """Make what was done since `begin` durable and take its state; say whether anything was written."""
        self._connection.execute("COMMIT")
        has_written = self._connection.total_changes != self._changes_before
        oldest = self._connection.execute("SELECT enqueued_at FROM jobs ORDER BY number LIMIT 1").fetchone()
        (due_at,) = self._connection.execute("SELECT min(due_at) FROM jobs").fetchone()
        self.state = replace(self.state, oldest_at=oldest[0] if oldest else None, due_at=due_at)
        return has_written

    def roll_back(self) -> None:
        """Undo what was done since `begin`."""
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")
        self.state = self._read_state()

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def tidy(self) -> bool:
        """Give free pages back and empty the log, so that deleted words do not linger; False when more is left."""
        # A script, because it is stepped to its end; `execute` stops a pragma without columns after its first page.
        self._connection.executescript(f"PRAGMA incremental_vacuum({_TIDY_PAGES}); PRAGMA wal_checkpoint(TRUNCATE);")
        (free_pages,) = self._connection.execute("PRAGMA freelist_count").fetchone()
        return not free_pages

    def put(self, jobs: Sequence[Job], now: float) -> None:
        """Add the jobs whose id is not there. Raises QueueFullError or TooLargeError before anything is written."""
        fresh: dict[str, Job] = {}
        for job in jobs:
            if not self._connection.execute("SELECT 1 FROM jobs WHERE id = ?", (job.id,)).fetchone():
                fresh.setdefault(job.id, job)
        sizes = [len(job.payload) for job in fresh.values()]
        if max(sizes, default=0) > self._limit_bytes:
            raise TooLargeError(f"a job is larger than the queue's cap of {self._limit_bytes} bytes")
        if self.state.size_bytes + sum(sizes) > self._limit_bytes:
            raise QueueFullError(f"the queue holds {self.state.size_bytes} of at most {self._limit_bytes} bytes")
        for job in fresh.values():
            added = self._connection.execute(
                "INSERT INTO jobs (id, kind, size_bytes, enqueued_at, due_at) VALUES (?, ?, ?, ?, 0)",
                (job.id, job.kind, len(job.payload), now),
            )
            self._connection.execute("INSERT INTO payloads VALUES (?, ?)", (added.lastrowid, self._cipher.seal(job)))
        self._count(len(fresh), sum(sizes))

    def lease(self, limit: int, lease_seconds: float, now: float) -> list[Lease]:
        """Lease up to `limit` due jobs, oldest first."""
        # By number, not by the index on due_at: with a deep backlog that would sort all of it for a handful.
        rows = self._connection.execute(
            "SELECT number, id, kind, attempt, enqueued_at FROM jobs NOT INDEXED WHERE due_at <= ? "
            "ORDER BY number LIMIT ?",
            (now, max(0, limit)),
        ).fetchall()
        leases = []
        for number, id_, kind, attempt, enqueued_at in rows:
            token = next(self._tokens)
            self._connection.execute(
                "UPDATE jobs SET token = ?, attempt = attempt + 1, due_at = ? WHERE number = ?",
                (token, now + lease_seconds, number),
            )
            job = self._job(id_, kind, self._payload(number))
            leases.append(Lease(job, attempt + 1, enqueued_at, token))
        return leases

    def extend(self, lease: Lease, due_at: float) -> None:
        """Move the lease's end."""
        self._connection.execute(
            "UPDATE jobs SET due_at = ? WHERE id = ? AND token = ?", (due_at, lease.job.id, lease.token)
        )

    def ack(self, leases: Iterable[Lease]) -> None:
        """Delete the jobs whose token still holds."""
        for lease in leases:
            self._delete(lease)

    def replace(self, leases: Iterable[Lease], job: Job, lease_seconds: float, now: float) -> Lease:
        """Put the job, leased, where the oldest of these stood, which go; no cap stops what follows from them."""
        numbers = [number for lease in leases if (number := self._delete(lease)) is not None]
        token = next(self._tokens)
        added = self._connection.execute(
            "INSERT INTO jobs (number, id, kind, size_bytes, enqueued_at, due_at, attempt, token) "
            "VALUES (?, ?, ?, ?, ?, ?, 1, ?)",
            (min(numbers, default=None), job.id, job.kind, len(job.payload), now, now + lease_seconds, token),
        )
        self._connection.execute("INSERT INTO payloads VALUES (?, ?)", (added.lastrowid, self._cipher.seal(job)))
        self._count(1, len(job.payload))
        return Lease(job, 1, now, token)

    def put_back(self, lease: Lease, due_at: float, attempts_taken_back: int, reason: str | None) -> None:
        """Make the job wait until `due_at`."""
        self._connection.execute(
            "UPDATE jobs SET token = NULL, due_at = ?, attempt = attempt - ?, reason = coalesce(?, reason) "
            "WHERE id = ? AND token = ?",
            (due_at, attempts_taken_back, _storable(reason) if reason else None, lease.job.id, lease.token),
        )

    def bury(self, lease: Lease, reason: str, now: float) -> None:
        """Move the job to the dead letters; the oldest letters go beyond the bounds."""
        if self._delete(lease) is None:
            return
        job, is_erased = lease.job, lease.enqueued_at <= self._wordless_before()
        if is_erased or not self._keeps_words:
            job = Job(job.id, job.kind, b"")
        reason = ERASED_REASON if is_erased else reason
        self._connection.execute(
            "INSERT INTO dead_letters (id, kind, size_bytes, reason, buried_at, payload) VALUES (?, ?, ?, ?, ?, ?)",
            (job.id, job.kind, len(job.payload), _storable(reason), now, self._sealed(job)),
        )
        self._count_dead(1, len(job.payload))
        while self.state.dead > self._dead_letter_limit or self.state.dead_bytes > self._limit_bytes:
            number, size = self._connection.execute(
                "SELECT number, size_bytes FROM dead_letters ORDER BY number LIMIT 1"
            ).fetchone()
            self._connection.execute("DELETE FROM dead_letters WHERE number = ?", (number,))
            self._count_dead(-1, -size)

    def erase_dead_letters(self, is_kept: Callable[[Job], bool], put_before: float) -> int:
        """Take payload and reason out of every letter whose job is not to be kept; return how many."""
        self._connection.execute(
            "INSERT INTO marks VALUES (?, ?) ON CONFLICT DO UPDATE SET at = max(at, excluded.at)",
            (_WORDLESS, put_before),
        )
        rows = self._connection.execute("SELECT number, id, kind, size_bytes FROM dead_letters WHERE size_bytes > 0")
        erased = 0
        for number, id_, kind, size_bytes in rows.fetchall():
            (payload,) = self._connection.execute(
                "SELECT payload FROM dead_letters WHERE number = ?", (number,)
            ).fetchone()
            if not is_kept(self._job(id_, kind, payload)):
                self._connection.execute(
                    "UPDATE dead_letters SET payload = x'', size_bytes = 0, reason = ? WHERE number = ?",
                    (ERASED_REASON, number),
                )
                self._count_dead(0, -size_bytes)
                erased += 1
        return erased

    def _wordless_before(self) -> float:
        row = self._connection.execute("SELECT at FROM marks WHERE name = ?", (_WORDLESS,)).fetchone()
        return float(row[0]) if row else 0.0

    def dead_letters(self) -> list[DeadLetter]:
        """Return the letters kept, oldest first."""
        rows = self._connection.execute(
            "SELECT id, kind, payload, reason, buried_at FROM dead_letters ORDER BY number"
        ).fetchall()
        return [DeadLetter(self._job(id_, kind, payload), reason, at) for id_, kind, payload, reason, at in rows]

    def _sealed(self, job: Job) -> bytes:
        return self._cipher.seal(job) if job.payload else b""

    def _job(self, id_: str, kind: str, payload: bytes) -> Job:
        try:
            return Job(id_, _kind(kind), self._cipher.unseal(id_, _kind(kind), payload))
        except UnsealError as error:
            raise sqlite3.DatabaseError(str(error)) from error

    def _payload(self, number: int) -> bytes:
        row = self._connection.execute("SELECT payload FROM payloads WHERE number = ?", (number,)).fetchone()
        if row is None:
            raise sqlite3.DatabaseError("a job has lost its payload")
        return bytes(row[0])

    def _delete(self, lease: Lease) -> int | None:
        row = self._connection.execute(
            "DELETE FROM jobs WHERE id = ? AND token = ? RETURNING number, size_bytes", (lease.job.id, lease.token)
        ).fetchone()
        if row is None:
            return None
        self._connection.execute("DELETE FROM payloads WHERE number = ?", (row[0],))
        self._count(-1, -row[1])
        return int(row[0])

    def _count(self, jobs: int, size_bytes: int) -> None:
        state = self.state
        self.state = replace(state, depth=state.depth + jobs, size_bytes=state.size_bytes + size_bytes)

    def _count_dead(self, letters: int, size_bytes: int) -> None:
        state = self.state
        self.state = replace(state, dead=state.dead + letters, dead_bytes=state.dead_bytes + size_bytes)

    def _read_state(self) -> SpoolState:
        row = self._connection.execute(
            "SELECT count(*), coalesce(sum(size_bytes), 0), min(due_at) FROM jobs"
        ).fetchone()
        dead = self._connection.execute("SELECT count(*), coalesce(sum(size_bytes), 0) FROM dead_letters").fetchone()
        oldest = self._connection.execute("SELECT enqueued_at FROM jobs ORDER BY number LIMIT 1").fetchone()
        return SpoolState(row[0], dead[0], row[1], dead[1], oldest[0] if oldest else None, row[2])


def _storable(reason: str) -> str:
    """A reason may quote a client's word, and that may hold a lone surrogate, which no database takes."""
    return reason[:_REASON_LIMIT].encode(errors="replace").decode()


def _kind(text: str) -> JobKind:
    try:
        return JobKind(text)
    except ValueError:
        raise sqlite3.DatabaseError("a job is of no known kind") from None
