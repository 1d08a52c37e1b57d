"""Evaluate over HTTP: one answer, many, and documents that come late."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from config.settings import ApiSettings
from tests.fakes.admin import Admin, running_admin
from tests.fakes.evaluations import make_evaluation

BODY = {"query": "What is the fee?", "response": "The fee is ten rupees."}
FULL_BODY = BODY | {
    "session_id": "case/7 ünï%",
    "service_id": "desk",
    "rag_documents": [
        {"content": "Ten rupees.", "page": 4, "similarity_score": 0.5, "label": "restricted", "unknown": 1},
        {"id": 12, "source": "act.pdf"},
    ],
    "metadata": {
        "model": "m-1",
        "conversation_id": "c-9",
        "canary": "x",
        "usage": {"prompt_tokens": 3, "completion_tokens": 4},
    },
    "custom_weights": {"security": 3, "data_grounding": 0},
    "compliance_mode": "UK_GDPR",
    "preset": "health_ministry",
    "reasoning_trace": "first, second",
    "unknown": True,
}  # fmt: skip
UUID7 = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


async def test_evaluate_answers_with_the_whole_evaluation_after_its_save(admin: Admin) -> None:
    evaluation = await admin.post("/v1/evaluate", BODY)

    assert UUID7.fullmatch(evaluation["session_id"])
    assert evaluation["service_id"] == "default"
    assert len(evaluation["dimensions"]) == 9
    assert await admin.get(f"/v1/sessions/{evaluation['session_id']}") == evaluation
    assert (await admin.get("/v1/sessions"))["total"] == 1
    assert (await admin.get("/v1/services/default/stats"))["total_sessions"] == 1


async def test_evaluate_hands_every_field_to_the_scorer(admin: Admin) -> None:
    evaluation = await admin.post("/v1/evaluate", FULL_BODY)

    (exchange,) = admin.evaluator.exchanges
    assert exchange.documents is not None
    assert [document.model_dump() for document in exchange.documents] == [
        {
            "id": "d1",
            "source": None,
            "content": "Ten rupees.",
            "page": 4,
            "similarity_score": 0.5,
            "label": "restricted",
        },
        {"id": "12", "source": "act.pdf", "content": None, "page": None, "similarity_score": None, "label": None},
    ]
    assert exchange.custom_weights == {"security": 3.0, "data_grounding": 0.0}
    assert (exchange.model, exchange.conversation_id, exchange.usage.total_tokens) == ("m-1", "c-9", 7)
    assert (exchange.compliance_mode, exchange.preset, exchange.reasoning_trace) == (
        "UK_GDPR", "health_ministry", "first, second",
    )  # fmt: skip
    assert exchange.capture.format == "evaluate"
    assert exchange.timestamp.timestamp() == admin.clock.now
    assert evaluation["session_id"] == "case/7 ünï%"
    assert await admin.get("/v1/sessions/case%2F7%20%C3%BCn%C3%AF%25") == evaluation


async def test_the_same_session_id_again_is_the_next_revision(admin: Admin) -> None:
    await admin.post("/v1/evaluate", BODY | {"session_id": "case-1"})

    again = await admin.post("/v1/evaluate", BODY | {"session_id": "case-1", "response": "a wrong one"})

    assert again["revision"] == 2
    assert (await admin.get("/v1/sessions"))["total"] == 1


BAD_BODIES = [
    ({"response": "r"}, "query"),
    ({"query": "q"}, "response"),
    (BODY | {"query": 5}, "query"),
    (BODY | {"query": "  "}, "query"),
    (BODY | {"response": None}, "response"),
    (BODY | {"session_id": ""}, "session_id"),
    (BODY | {"session_id": "x" * 129}, "session_id"),
    (BODY | {"session_id": "a\nb"}, "session_id"),
    (BODY | {"session_id": ".."}, "session_id"),
    (BODY | {"service_id": ""}, "service_id"),
    (BODY | {"service_id": " "}, "service_id"),
    (BODY | {"rag_documents": "text"}, "rag_documents"),
    (BODY | {"rag_documents": ["text"]}, "rag_documents.0"),
    (BODY | {"rag_documents": [{"content": 5}]}, "rag_documents.0.content"),
    (BODY | {"rag_documents": [{"page": [1]}]}, "rag_documents.0.page"),
    (BODY | {"metadata": []}, "metadata"),
    (BODY | {"metadata": {"model": 5}}, "metadata.model"),
    (BODY | {"metadata": {"usage": {"input_tokens": -1}}}, "metadata.usage.input_tokens"),
    (BODY | {"metadata": {"number": 2**63}}, "metadata"),
    (BODY | {"custom_weights": {"beauty": 1}}, "custom_weights.beauty"),
    (BODY | {"custom_weights": {"security": -1}}, "custom_weights.security"),
    (BODY | {"custom_weights": {"security": "1"}}, "custom_weights.security"),
    (BODY | {"custom_weights": {"security": 0}}, "custom_weights"),
    (BODY | {"custom_weights": {}}, "custom_weights"),
    (BODY | {"compliance_mode": "rti"}, "compliance_mode"),
    (BODY | {"preset": "nobody"}, "preset"),
]


@pytest.mark.parametrize(("body", "field"), BAD_BODIES, ids=lambda value: value if isinstance(value, str) else "")
async def test_a_bad_body_is_400_that_names_the_field(admin: Admin, body: dict, field: str) -> None:
    problem = await admin.post("/v1/evaluate", body, status=400)

    assert [error["field"] for error in problem["errors"]] == [field]
    assert field in problem["detail"]
    assert admin.evaluator.exchanges == []


@pytest.mark.parametrize("metadata", [{"a.b": 1}, {"$where": 1}, {"a": [{"b\0": 1}]}])
async def test_a_key_that_a_database_would_read_as_more_is_refused(admin: Admin, metadata: dict) -> None:
    problem = await admin.post("/v1/evaluate", BODY | {"metadata": metadata}, status=400)

    assert "keys without" in problem["detail"]


async def test_deep_metadata_is_refused_and_not_a_failure(admin: Admin) -> None:
    deep: dict = {}
    for _ in range(300):
        deep = {"a": deep}

    problem = await admin.post("/v1/evaluate", BODY | {"metadata": deep}, status=400)

    assert "metadata" in problem["detail"]


@pytest.mark.parametrize("data", [b"", b"{", b"[]", b'"x"', b'{"query":"\xff","response":""}', rb'{"query":"\ud800"}'])
async def test_a_body_that_is_no_json_object_is_400(admin: Admin, data: bytes) -> None:
    headers = {"Content-Type": "application/json"}

    problem = await admin.post("/v1/evaluate", data=data, headers=headers, status=400)

    assert "JSON" in problem["detail"]


@pytest.mark.parametrize(
    "content_type", ["text/plain", "application/x-www-form-urlencoded", "application/octet-stream"]
)
async def test_a_body_of_another_type_is_415(admin: Admin, content_type: str) -> None:
    problem = await admin.post("/v1/evaluate", data=b"{}", headers={"Content-Type": content_type}, status=415)

    assert "application/json" in problem["detail"]


async def test_an_error_never_repeats_what_was_sent(admin: Admin) -> None:
    secret = "s3cr3t-" * 40

    told = await admin.post(
        "/v1/evaluate", {"query": [secret], "response": 5, secret: 1, "custom_weights": {secret: 1}}, 400
    )

    assert secret not in str(told)


async def test_a_large_body_is_413_whether_or_not_its_length_is_announced(tmp_path: Path) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(30):
            yield b"x" * 100

    headers = {"Content-Type": "application/json"}
    async with running_admin(tmp_path, ApiSettings(body_limit_bytes=1000)) as admin:
        announced = await admin.post("/v1/evaluate", data=b"x" * 2000, headers=headers, status=413)
        streamed = await admin.post("/v1/evaluate", data=pieces(), headers=headers, status=413)

    assert announced["detail"] == streamed["detail"] == "the body is larger than 1000 bytes (api.body_limit_bytes)"


async def test_five_megabytes_and_ten_thousand_documents_are_an_evaluation(admin: Admin) -> None:
    long = await admin.post("/v1/evaluate", BODY | {"response": "word " * 1_000_000})
    many = await admin.post("/v1/evaluate", BODY | {"rag_documents": [{"content": "x"}] * 10_000})
    more = await admin.post("/v1/evaluate", BODY | {"rag_documents": [{}] * 10_001}, status=413)

    assert len(long["response"]) == 5_000_000
    assert many["rag_documents"][-1]["id"] == "d10000"
    assert "rag_documents" in more["detail"]


async def test_an_empty_answer_is_an_evaluation(admin: Admin) -> None:
    assert (await admin.post("/v1/evaluate", BODY | {"response": ""}))["response"] == ""


async def test_async_queues_the_exchange_and_answers_202(admin: Admin) -> None:
    queued = await admin.post("/v1/evaluate?async=true", BODY, status=202)

    (exchange,) = admin.evaluator.queued
    assert queued == {"session_id": exchange.session_id, "status": "queued"}
    assert admin.evaluator.exchanges == []


async def test_async_refuses_an_unknown_preset_before_it_queues(admin: Admin) -> None:
    await admin.post("/v1/evaluate?async=1", BODY | {"preset": "nobody"}, status=400)

    assert admin.evaluator.queued == []


@pytest.mark.parametrize("query", ["async=yes", "async=", "async=true&async=false", "asynchronous=true"])
async def test_a_bad_query_string_is_400(admin: Admin, query: str) -> None:
    problem = await admin.post(f"/v1/evaluate?{query}", BODY, status=400)

    assert "async" in problem["detail"]


async def test_a_full_queue_is_503_with_retry_after(admin: Admin) -> None:
    admin.evaluator.is_queue_full = True

    async with admin.client.post("/v1/evaluate?async=true", json=BODY) as answer:
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "7"


async def test_a_store_that_is_away_is_503_with_retry_after(admin: Admin) -> None:
    admin.store.is_away = True

    async with admin.client.post("/v1/evaluate", json=BODY) as answer:
        assert answer.status == 503
        assert answer.headers["Retry-After"] == "3"


async def test_a_failed_scorer_is_500_without_internals(admin: Admin) -> None:
    problem = await admin.post("/v1/evaluate", BODY | {"response": "unscorable"}, status=500)

    assert problem["detail"] == "the scorer failed on this exchange"


async def test_a_batch_answers_in_order_and_a_bad_item_costs_only_itself(admin: Admin) -> None:
    items = [BODY | {"response": f"answer {number}"} for number in range(30)]
    items[3], items[5], items[7] = {"query": "q"}, 5, BODY | {"response": "unscorable"}

    results = (await admin.post("/v1/evaluate/batch", {"items": items}))["results"]

    assert [result.get("response") for result in results[:3]] == ["answer 0", "answer 1", "answer 2"]
    assert [results[3]["detail"], results[3]["status"]] == ["response: Field required", 400]
    assert results[5]["detail"] == "expected a JSON object"
    assert results[7]["status"] == 500
    assert results[29]["response"] == "answer 29"
    assert 1 < admin.evaluator.most_at_once <= 8


@pytest.mark.parametrize("body", [{}, {"items": 5}, {"items": {"a": 1}}, []])
async def test_a_batch_without_a_list_is_400(admin: Admin, body: object) -> None:
    problem = await admin.post("/v1/evaluate/batch", body, status=400)

    assert "items" in problem["detail"]


async def test_a_batch_beyond_its_limit_is_413_and_an_empty_one_is_empty(admin: Admin) -> None:
    await admin.post("/v1/evaluate/batch", {"items": [BODY] * 101}, status=413)

    assert await admin.post("/v1/evaluate/batch", {"items": []}) == {"results": []}
    assert admin.evaluator.exchanges == []


async def test_late_documents_score_again_under_the_same_id(admin: Admin) -> None:
    first = await admin.post(
        "/v1/evaluate", BODY | {"rag_documents": [{"id": "a", "content": "old"}, {"content": "kept"}]}
    )
    late = {"rag_documents": [{"content": "new"}, {"id": "a", "content": "better"}]}

    again = await admin.post(f"/v1/sessions/{first['session_id']}/documents", late)

    assert again["session_id"] == first["session_id"]
    assert again["revision"] == 2
    assert again["timestamp"] == first["timestamp"]
    assert [(document["id"], document["content"]) for document in again["rag_documents"]] == [
        ("a", "better"), ("d2", "kept"), ("d1", "new"),
    ]  # fmt: skip


async def test_late_documents_are_scored_with_the_weights_of_the_first_time(admin: Admin) -> None:
    weights = {"security": 3.0, "data_grounding": 0.0}
    first = await admin.post("/v1/evaluate", BODY | {"custom_weights": weights})

    again = await admin.post(f"/v1/sessions/{first['session_id']}/documents", {"rag_documents": [{"content": "new"}]})

    assert admin.evaluator.exchanges[-1].custom_weights == weights
    assert again["custom_weights"] == weights


async def test_late_documents_of_an_unknown_session_are_404_and_none_are_400(admin: Admin) -> None:
    await admin.save(make_evaluation(session_id="case-1"))

    await admin.post("/v1/sessions/nobody/documents", {"rag_documents": [{}]}, status=404)
    await admin.post("/v1/sessions/case-1/documents", {"rag_documents": []}, status=400)
    await admin.post("/v1/sessions/case-1/documents", {}, status=400)

    assert admin.evaluator.exchanges == []


async def test_many_callers_at_once_each_get_their_own(admin: Admin) -> None:
    bodies = [BODY | {"response": f"answer {number}", "session_id": f"s-{number}"} for number in range(50)]

    answers = await asyncio.gather(*(admin.post("/v1/evaluate", body) for body in bodies))

    assert [(answer["session_id"], answer["response"]) for answer in answers] == [
        (body["session_id"], body["response"]) for body in bodies
    ]


async def test_late_documents_of_a_redacted_session_are_409(admin: Admin) -> None:
    await admin.save(make_evaluation(session_id="case-2", redacted=True))

    problem = await admin.post("/v1/sessions/case-2/documents", {"rag_documents": [{"content": "new"}]}, status=409)

    assert "redacted" in problem["detail"]
    assert admin.evaluator.exchanges == []
