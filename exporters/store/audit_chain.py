"""Whether a chain is what it was: gapless numbers, hashes that fit their bodies and one another. Pure.

A database that was rewritten from some entry on fits together again; that shows by a head that was kept elsewhere.
"""

from collections.abc import Iterable, Iterator, Mapping

import orjson
from pydantic import ValidationError

from exporters.store.audit import AuditEntry, Head, Kept, columns_of, digest
from exporters.store.moments import to_ms


class ChainCheck:
    """Walks one writer's chain from its first entry; `anchors` are heads of it that were kept elsewhere."""

    def __init__(self, writer: str, anchors: Iterable[Head] = ()) -> None:
        self.head = Head(writer)
        """Of what was walked."""
        self._anchors = [one for one in anchors if one.writer == writer and one.number > 0]

    def walk(self, rows: Iterable[Kept]) -> Iterator[str]:
        """Yield a line per finding; rows in order, page by page."""
        for row in rows:
            yield from self._step(row)
            self.head = Head(self.head.writer, row.number, digest(row.body))

    def finish(self) -> Iterator[str]:
        """Yield what the end of the chain shows: entries that an anchor knows and the database has lost."""
        for anchor in self._anchors:
            if anchor.number > self.head.number:
                yield self._line(anchor.number, f"is missing: the chain ends at {self.head.number}")

    def _step(self, row: Kept) -> Iterator[str]:
        number, expected = row.number, self.head.number + 1
        if number != expected:
            yield self._line(expected, "is missing" if number == expected + 1 else f"to {number - 1} are missing")
        if digest(row.body) != row.hash:
            yield self._line(number, "has another hash than its body")
        entry = _read(row.body)
        if entry is None:
            yield self._line(number, "cannot be read")
        else:
            yield from self._compare(row, entry)
        for anchor in self._anchors:
            if anchor.number == number and anchor.hash != digest(row.body):
                yield self._line(number, "is not the entry whose hash was kept elsewhere")

    def _compare(self, row: Kept, entry: AuditEntry) -> Iterator[str]:
        if (entry.writer, entry.number) != (self.head.writer, row.number):
            yield self._line(row.number, f"says that it is {entry.writer} {entry.number}")
        # Where entries are missing, that is the finding.
        if row.number == self.head.number + 1 and entry.previous != self.head.hash:
            yield self._line(row.number, "does not follow from the entry before it")
        wrong = [name for name, value in columns_of(entry, to_ms(entry.at)).items() if row.columns.get(name) != value]
        if wrong:
            yield self._line(row.number, f"is searched by another {', '.join(wrong)} than its body has")

    def _line(self, number: int, what: str) -> str:
        return f"{self.head.writer} {number}: {what}"


def _read(body: bytes) -> AuditEntry | None:
    try:
        return AuditEntry.model_validate_json(body)
    except ValidationError:
        return None


def heads_to_text(heads: Mapping[str, Head]) -> str:
    """Return heads as a file keeps them."""
    kept = {name: {"number": head.number, "hash": head.hash} for name, head in heads.items()}
    return orjson.dumps(kept, option=orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2).decode() + "\n"


def heads_of_text(text: str) -> dict[str, Head]:
    """Return the heads that `heads_to_text` wrote. Raises ValueError for anything else."""
    match orjson.loads(text):
        case dict() as kept:
            return {name: _head(name, value) for name, value in kept.items()}
        case _:
            raise ValueError("expected a JSON object of writers")


def _head(writer: str, value: object) -> Head:
    match value:
        case {"number": int(number), "hash": str(hash_)} if len(hash_) == 64 and number >= 0:
            return Head(writer, number, hash_)
        case _:
            raise ValueError("expected a number and a hash of 64 digits for each writer")
