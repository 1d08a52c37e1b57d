"""Export: the sessions that fit, as a file that is written while it is read."""

import asyncio
from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from config.errors import StoreUnavailableError
from config.logging import get_logger
from exporters.api.base import Answer, Role, Route
from exporters.api.bodies import QueryCursor, read_query
from exporters.api.principal import store_of
from exporters.api.sessions import FilterQuery, filter_of
from exporters.export import Export, Format
from exporters.store.audit import Action

_MEDIA_TYPES: Final = {
    Format.JSONL: "application/x-ndjson",
    Format.CSV: "text/csv",
    Format.PARQUET: "application/vnd.apache.parquet",
}
_WHOLE: Final = "The sessions, newest first, then the manifest as the last line, of a Parquet file as its metadata."


class ExportQuery(FilterQuery):
    """What to export; all conditions that are given must hold."""

    format: Annotated[Format, Field(examples=[Format.CSV])] = Format.JSONL
    limit: Annotated[int | None, Field(ge=1, examples=[10_000])] = None
    """At most so many sessions; the manifest's `next_cursor` is where the next part begins. All unless given."""
    cursor: QueryCursor | None = None
    """`next_cursor` of the part before."""


async def export(request: web.Request) -> web.StreamResponse:
    """Write the sessions that fit, newest first, and a manifest at the end; without it the file is not whole."""
    query = read_query(request, ExportQuery)
    # In a thread: the first Parquet loads its library.
    export_ = await asyncio.to_thread(Export, store_of(request), filter_of(query), query.format, query.cursor)
    pieces = export_.pieces(query.limit)
    # Read before the status is sent, so that a bad cursor or a store that is away still is an error of its own.
    first = await anext(pieces)
    charset = "" if query.format is Format.PARQUET else "; charset=utf-8"
    response = web.StreamResponse(headers={"Content-Type": _MEDIA_TYPES[query.format] + charset})
    response.headers["Content-Disposition"] = f'attachment; filename="endurance.{query.format}"'
    response.headers["Cache-Control"] = "no-store"
    try:
        await response.prepare(request)
        await response.write(first)
        async for piece in pieces:
            await response.write(piece)
        await response.write(await export_.ending())
    except ConnectionError:
        pass  # the client left
    except StoreUnavailableError as error:
        # Too late for a status: the connection is cut, so that nobody takes a part for the whole.
        get_logger("exporters.api.export").warning("an export was cut off", error=str(error))
        if request.transport is not None:
            request.transport.abort()
    return response


ROUTES = (
    Route(
        "GET", "/v1/export", export, Role.EXPORT, "Export sessions as JSON lines, CSV or Parquet",
        tuple(Answer(_WHOLE, media_type=media_type) for media_type in _MEDIA_TYPES.values()),
        query=ExportQuery, errors=(503,), action=Action.EXPORT,
    ),
)  # fmt: skip
