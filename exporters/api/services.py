"""Services: which ones there are, their aggregates, and how these move over time. Read from the rollups only."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from config.errors import InvalidInputError, NotFoundError
from exporters.api.base import JSON, SERVICES, Answer, Role, Route
from exporters.api.bodies import (
    Query,
    QueryDimension,
    QueryEnd,
    QueryMoment,
    QueryService,
    Told,
    json_response,
    read_query,
)
from exporters.api.principal import store_of
from exporters.api.trust import service_trust
from exporters.compat import fill_null_averages
from exporters.service_trust import ServiceTrust
from exporters.store.aggregates import Bucket, Interval, ServiceStats
from scorer.model import Moment

_WIDTHS: Final = {Interval.HOUR: timedelta(hours=1), Interval.DAY: timedelta(days=1)}
_DEFAULT_SPANS: Final = {Interval.HOUR: timedelta(days=7), Interval.DAY: timedelta(days=90)}
BUCKET_LIMIT: Final = 2000
"""Buckets of one service in one answer: twelve weeks by hour, five years by day."""


class ServiceList(Told):
    """Every service that has a session."""

    services: list[str]
    """Their ids, sorted."""


class TimeseriesQuery(Query):
    """Which buckets."""

    interval: Annotated[Interval, Field(examples=[Interval.DAY])] = Interval.HOUR
    since: QueryMoment | None = None
    """Inclusive, on a bucket's start; a week before `until` by hour, 90 days by day unless given."""
    until: QueryEnd | None = None
    """Exclusive; now unless given."""
    service_id: QueryService | None = None
    dimension: QueryDimension | None = None
    """Only this one in `dimension_averages`."""


class Timeseries(Told):
    """Buckets that are not empty, oldest first, then by service."""

    interval: Interval
    since: Moment
    until: Moment
    buckets: list[Bucket]


async def list_services(request: web.Request) -> web.Response:
    """List the ids of all services that have a session."""
    return json_response(ServiceList(services=await store_of(request).service_ids()))


async def service_stats(request: web.Request) -> web.Response:
    """Return the aggregates of one service."""
    stats = await store_of(request).service_stats(request.match_info["service_id"])
    if stats is None:
        raise NotFoundError("no session of such a service; /v1/services lists those there are")
    return json_response(fill_null_averages(request.app[SERVICES].compat, stats))


async def timeseries(request: web.Request) -> web.Response:
    """Return aggregates by hour or day."""
    services = request.app[SERVICES]
    query = read_query(request, TimeseriesQuery)
    since, until = _span(query, datetime.fromtimestamp(services.clock(), UTC))
    buckets = await store_of(request).timeseries(query.interval, since, until, query.service_id)
    # Put together from the buckets' own JSON, which is kept with them.
    head = Timeseries(interval=query.interval, since=since, until=until, buckets=[]).model_dump_json()
    body = head.removesuffix("]}").encode() + b",".join(bucket.json_of(query.dimension) for bucket in buckets) + b"]}"
    return web.Response(body=body, content_type=JSON)


def _span(query: TimeseriesQuery, now: datetime) -> tuple[datetime, datetime]:
    width = _WIDTHS[query.interval]
    try:
        until = query.until or now + width  # so that the bucket of this very moment is in
        since = query.since or until - _DEFAULT_SPANS[query.interval]
    except OverflowError:
        raise InvalidInputError("expected a moment after the year 1", "until") from None
    if since > until:
        raise InvalidInputError("expected a moment before until", "since")
    if (until - since) / width > BUCKET_LIMIT:
        raise InvalidInputError(f"expected a span of at most {BUCKET_LIMIT} {query.interval.value}s", "since")
    return since, until


ROUTES = (
    Route(
        "GET", "/v1/services", list_services, Role.READ, "List services",
        (Answer("Ids of the services.", ServiceList),), errors=(503,),
    ),
    Route(
        "GET", "/v1/services/{service_id}/stats", service_stats, Role.READ, "Aggregates of a service",
        (Answer("The aggregates.", ServiceStats),), errors=(404, 503),
    ),
    Route(
        "GET", "/v1/services/{service_id}/trust", service_trust, Role.READ, "How far a service can be trusted",
        (Answer("Course, drift, groups and agreement with people.", ServiceTrust),), errors=(404, 503),
    ),
    Route(
        "GET", "/v1/timeseries", timeseries, Role.READ, "Aggregates by hour or day",
        (Answer("The buckets.", Timeseries),), query=TimeseriesQuery, errors=(503,),
    ),
)  # fmt: skip
