"""Evaluate: answers that a client pushes, one or many, and documents that come late."""

import asyncio
from datetime import UTC, datetime
from typing import Annotated, Final, Literal

import orjson
from aiohttp import web
from pydantic import Field

from config.errors import ConflictError, EnduranceError, InvalidInputError, NotFoundError, TooLargeError
from exporters.api.base import JSON, SERVICES, AdminServices, Answer, Role, Route
from exporters.api.bodies import (
    Body,
    Query,
    QueryBool,
    Told,
    json_response,
    read_body,
    read_json,
    read_query,
    validated,
)
from exporters.api.evaluate_body import DocumentsBody, EvaluateBody, documents_of, exchange_of
from exporters.api.principal import check_service, check_session_id, store_of
from exporters.api.problem import FieldError, problem_of
from exporters.compat import fill_null_dimensions
from exporters.store.audit import Action
from scorer.model import Evaluation, Exchange, new_session_id
from scorer.rescoring import exchange_again
from scorer.trace import read_traceparent

BATCH_PARALLEL: Final = 8
"""Evaluations of one batch that are with the scorer at a time, so that a batch leaves room for others."""


class EvaluateQuery(Query):
    """How to answer."""

    is_async: Annotated[QueryBool, Field(alias="async")] = False
    """Queue the exchange durably and answer 202 at once."""


class Queued(Told):
    """The exchange is in the queue and will be scored."""

    session_id: str
    status: Literal["queued"] = "queued"


class BatchBody(Body):
    """Several evaluate bodies; each is checked on its own."""

    items: list[EvaluateBody]


class ItemProblem(Told):
    """Why one item of a batch has no evaluation."""

    detail: str
    status: int
    errors: list[FieldError] = Field(default_factory=list)


class BatchAnswer(Told):
    """One result for each item, in order."""

    results: list[Evaluation | ItemProblem]


async def evaluate(request: web.Request) -> web.Response:
    """Score one answer and return it as stored."""
    services = request.app[SERVICES]
    query = read_query(request, EvaluateQuery)
    exchange = await _admitted(request, await read_body(request, EvaluateBody))
    if query.is_async:
        await services.evaluator.enqueue(exchange)
        return json_response(Queued(session_id=exchange.session_id), 202)
    return json_response(await _evaluated(services, exchange))


async def evaluate_batch(request: web.Request) -> web.Response:
    """Score several answers; a bad one costs only itself."""
    services = request.app[SERVICES]
    items = _items(await read_json(request))
    if len(items) > services.api.batch_limit:
        raise TooLargeError(f"items: expected at most {services.api.batch_limit} (api.batch_limit), got {len(items)}")
    places = asyncio.Semaphore(BATCH_PARALLEL)

    async def score(item: object) -> bytes:
        async with places:
            return await _item_result(request, item)

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(score(item)) for item in items]
    results = b",".join(task.result() for task in tasks)
    return web.Response(body=b'{"results":[' + results + b"]}", content_type=JSON)


async def add_documents(request: web.Request) -> web.Response:
    """Score a stored answer anew with documents that came after it."""
    services = request.app[SERVICES]
    session_id = request.match_info["session_id"]
    body = await read_body(request, DocumentsBody)
    stored = await store_of(request).get(session_id)
    if stored is None:
        raise NotFoundError("no such session, or it was erased")
    if stored.redacted:
        # Scored again, what was taken out could no longer be seen: the flag for it would be gone.
        raise ConflictError("the session's text is stored redacted; send documents with the exchange")
    known = {document.id: document for document in stored.rag_documents}
    late = documents_of(body.rag_documents, services.api.document_limit, known)
    merged = known | {document.id: document for document in late}
    if len(merged) > services.api.document_limit:
        limit = services.api.document_limit
        raise TooLargeError(f"rag_documents: expected at most {limit} in all (api.document_limit), got {len(merged)}")
    exchange = exchange_again(stored, tuple(merged.values()), _new_id(services))
    return json_response(await _evaluated(services, exchange))


def _items(data: object) -> list[object]:
    items = data.get("items") if isinstance(data, dict) else None
    if not isinstance(items, list):
        raise InvalidInputError("expected a JSON object with a list", "items")
    return items


async def _item_result(request: web.Request, item: object) -> bytes:
    try:
        exchange = await _admitted(request, validated(EvaluateBody, item))
        evaluation = await _evaluated(request.app[SERVICES], exchange)
    except EnduranceError as error:
        problem = problem_of(error)
        return orjson.dumps(problem.model_dump(include={"detail", "status", "errors"}))
    return evaluation.model_dump_json().encode()


async def _evaluated(services: AdminServices, exchange: Exchange) -> Evaluation:
    return fill_null_dimensions(services.compat, await services.evaluator.evaluate(exchange))


async def _admitted(request: web.Request, body: EvaluateBody) -> Exchange:
    """Return the exchange where this caller may push it."""
    trace = read_traceparent(request.headers.get("traceparent", ""))
    exchange = _exchange(request.app[SERVICES], body, None if trace is None else str(trace))
    check_service(request, exchange.service_id)
    await check_session_id(request, body.session_id)
    return exchange


def _exchange(services: AdminServices, body: EvaluateBody, traceparent: str | None) -> Exchange:
    now = datetime.fromtimestamp(services.clock(), UTC)
    limit = services.api.document_limit
    exchange = exchange_of(body, _new_id(services), _new_id(services), now, limit, services.salt, traceparent)
    services.book.policy_for(exchange)  # an unknown preset or mode is the client's fault now, not a dead letter later
    return exchange


def _new_id(services: AdminServices) -> str:
    return new_session_id(int(services.clock() * 1000), services.entropy(10))


_PASSAGES: Final = [{"id": "rules-3", "source": "RTI Rules 2012", "content": "An application shall cost ten rupees."}]
_EVALUATE_EXAMPLES: Final = {
    "with_documents": {
        "query": "What does an RTI application cost?",
        "response": "An application costs ten rupees.",
        "service_id": "helpdesk",
        "rag_documents": _PASSAGES,
        "metadata": {"model": "demo-1", "conversation_id": "c-17", "usage": {"input_tokens": 52, "output_tokens": 9}},
    },
    "least": {"query": "What does an RTI application cost?", "response": "Ten rupees."},
    "own_weights": {
        "query": "May I appeal?",
        "response": "Yes, within thirty days.",
        "preset": "public_grievance",
        "compliance_mode": "UK_GDPR",
        "custom_weights": {"data_grounding": 3, "legal_compliance": 1},
    },
}
_EVALUATED = Answer("The evaluation, after its save was committed.", Evaluation)
ROUTES = (
    Route(
        "POST", "/v1/evaluate", evaluate, Role.INGEST, "Score one answer",
        (_EVALUATED, Answer("In the queue (`async=true`).", Queued, 202)),
        query=EvaluateQuery, body=EvaluateBody, errors=(500, 503), action=Action.INGEST,
        examples=_EVALUATE_EXAMPLES,
    ),
    Route(
        "POST", "/v1/evaluate/batch", evaluate_batch, Role.INGEST, "Score several answers",
        (Answer("An evaluation or a problem for each item, in order.", BatchAnswer),),
        body=BatchBody, errors=(503,), action=Action.INGEST,
        examples={"two_answers": {"items": list(_EVALUATE_EXAMPLES.values())[:2]}},
    ),
    Route(
        "POST", "/v1/sessions/{session_id}/documents", add_documents, Role.INGEST, "Score again with late documents",
        (_EVALUATED,), body=DocumentsBody, errors=(404, 409, 500, 503), action=Action.CHANGE,
        examples={"late_passage": {"rag_documents": _PASSAGES}},
    ),
)  # fmt: skip
