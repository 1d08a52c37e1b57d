"""What is read from MongoDB: pages, totals, changes. Filters hold the typed values of `SessionFilter` and no other."""

from collections.abc import Mapping, Sequence
from heapq import merge

from exporters.store.base import Change, EvaluationPage, Position, SessionFilter, SessionPage, TotalKind
from exporters.store.cursor import Cursor
from exporters.store.facets import facets_wanted
from exporters.store.moments import bound_ms, from_ms, to_ms
from exporters.store.mongo_client import Database
from exporters.store.mongo_documents import EVALUATION_FIELDS, Document, read_evaluation, read_rows
from exporters.store.mongo_rollups import read_parts
from exporters.store.rollups import Level
from exporters.store.sealed import TextSealer
from exporters.store.terms import query_terms
from exporters.store.totals import COUNT_LIMIT, Span, is_counted_by_rollups, split

_ROW_FIELDS = {"_id": 0, "row": 1, "timestamp": 1, "session_id": 1}
_NEWEST_FIRST = [("timestamp", -1), ("session_id", -1)]


async def read_page(
    database: Database, wanted: SessionFilter, limit: int, after: Cursor | None, sealer: TextSealer
) -> SessionPage:
    """Return a page of rows with its total."""
    conditions = _conditions(wanted, sealer)
    found = await _find(database, conditions, _ROW_FIELDS, limit, after)
    total, kind = await _total(database, wanted, conditions)
    return SessionPage(tuple(read_rows(found[:limit])), total, kind, _next_cursor(found, limit))


async def read_evaluations(
    database: Database, wanted: SessionFilter, limit: int, after: Cursor | None, sealer: TextSealer
) -> EvaluationPage:
    """Return a page of whole evaluations."""
    found = await _find(database, _conditions(wanted, sealer), EVALUATION_FIELDS, limit, after)
    return EvaluationPage(tuple(read_evaluation(one) for one in found[:limit]), _next_cursor(found, limit))


async def _find(
    database: Database, conditions: Document, fields: Mapping[str, int], limit: int, after: Cursor | None
) -> list[Document]:
    """Return one more than the limit, newest first."""
    page = conditions if after is None else {"$and": [conditions, _beyond(after)]}
    return await database["sessions"].find(page, fields, sort=_NEWEST_FIRST, limit=limit + 1).to_list()


def _next_cursor(found: Sequence[Document], limit: int) -> str | None:
    last = found[limit - 1] if len(found) > limit else None
    return None if last is None else str(Cursor(to_ms(last["timestamp"]), last["session_id"]))


def _beyond(cursor: Cursor) -> Document:
    moment = from_ms(cursor.timestamp_ms)
    # The first condition says nothing that the others do not; it bounds the walk over the index.
    return {
        "timestamp": {"$lte": moment},
        "$or": [{"timestamp": {"$lt": moment}}, {"session_id": {"$lt": cursor.session_id}}],
    }


def _conditions(wanted: SessionFilter, sealer: TextSealer) -> Document:
    conditions: Document = {"erased": False}
    if wanted.service_id is not None:
        conditions["service_id"] = wanted.service_id
    if wanted.flagged_only:
        conditions["flagged"] = True
    conditions |= _between(Span(bound_ms(wanted.since), bound_ms(wanted.until)))
    scores = {op: score for op, score in (("$gte", wanted.min_score), ("$lte", wanted.max_score)) if score is not None}
    if scores:
        conditions["overall_score" if wanted.dimension is None else f"dimensions.{wanted.dimension.value}"] = scores
    words = query_terms(wanted.q) if wanted.q is not None else ()
    if words:
        # Without keys a word has one form, and the index is asked for all at once.
        forms = [{"terms": {"$in": list(every)}} for every in sealer.forms(words)]
        conditions |= {"$and": forms} if sealer.is_on else {"terms": {"$all": list(words)}}
    facets = facets_wanted(wanted)
    if facets:
        conditions["facets"] = {"$all": list(facets)}
    return conditions


def _between(span: Span) -> Document:
    bounds = {op: from_ms(ms) for op, ms in (("$gte", span.start_ms), ("$lt", span.end_ms)) if ms is not None}
    return {"timestamp": bounds} if bounds else {}


async def _total(database: Database, wanted: SessionFilter, conditions: Document) -> tuple[int, TotalKind]:
    if is_counted_by_rollups(wanted):
        return await _total_by_rollups(database, wanted), TotalKind.EXACT
    number = await database["sessions"].count_documents(conditions, limit=COUNT_LIMIT + 1)
    return min(number, COUNT_LIMIT), TotalKind.AT_LEAST if number > COUNT_LIMIT else TotalKind.EXACT


async def _total_by_rollups(database: Database, wanted: SessionFilter) -> int:
    parts = split(wanted)
    total = 0
    for edge in parts.edges:
        total += await count_sessions(database, wanted.service_id, edge, is_erased=False)
    if parts.hours is not None:
        level = Level.SERVICE if parts.hours == Span(None, None) else Level.HOUR
        hours = await read_parts(database, level, parts.hours, wanted.service_id)
        total += sum(part.counts.get("sessions", 0) for part in hours)
        total -= await count_sessions(database, wanted.service_id, parts.hours, is_erased=True)
    return total


async def count_sessions(database: Database, service_id: str | None, span: Span, *, is_erased: bool) -> int:
    """Return how many sessions, or stubs, the service has in the span, counted one by one."""
    service = {} if service_id is None else {"service_id": service_id}
    return await database["sessions"].count_documents({"erased": is_erased, **service, **_between(span)})


async def read_position(database: Database) -> Position:
    """Return every writer's last number: each of its saves touched its service's part."""
    groups = await database["services"].aggregate([{"$group": {"_id": "$writer", "last": {"$max": "$through"}}}])
    return Position({group["_id"]: group["last"] async for group in groups})


async def read_changes(database: Database, after: Position, limit: int) -> Sequence[Change]:
    """Return saves beyond the position, in each writer's order; the writers share the limit evenly."""
    position = await read_position(database)
    streams = [
        await _changes_of(database, writer, after.through.get(writer, 0), limit)
        for writer, last in sorted(position.through.items())
        if last > after.through.get(writer, 0)
    ]
    # By rank within each writer, so that one busy writer does not keep the others back.
    ranked = (((rank, index, change) for rank, change in enumerate(stream)) for index, stream in enumerate(streams))
    return [change for _, _, change in merge(*ranked, key=lambda item: item[:2])][:limit]


async def _changes_of(database: Database, writer: str, after: int, limit: int) -> list[Change]:
    found = (
        await database["sessions"]
        .find({"writer": writer, "n": {"$gt": after}, "erased": False}, {"row": 1, "n": 1}, sort=[("n", 1)])
        .limit(limit)
        .to_list()
    )
    numbers = [document["n"] for document in found]
    return [Change(writer, number, row) for number, row in zip(numbers, read_rows(found), strict=True)]
