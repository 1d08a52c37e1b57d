"""Reading a copied exchange: CPU of one answer of 4 KB that came in 100 pieces, by wire format (target: under 1 ms).

The bodies are written as the vendors' servers write them, with the fields that they repeat in every event. Rasa's
pieces are messages; Botpress and plain text do not stream, so their answer comes whole.
"""

import json
import time
from collections.abc import Callable
from typing import Any

from config.settings import JsonMapping, ServiceSettings
from scorer.formats.base import Extract, HttpCopy
from scorer.formats.registry import FORMATS, read_copy
from tests.fakes.aws_events import aws_event
from tests.fakes.copies import http_copy

QUICK_ROUNDS = 30
FULL_ROUNDS = 300
REPEATS = 5
PIECES = 100
PIECE = "The application fee is ten rupees (₹10). "  # 41 characters
SERVICE = ServiceSettings(
    id="bench", mappings=(JsonMapping(path="/mapped", query="$.q", response="$.a", documents="$.d[*]"),)
)
MESSAGES = [{"role": "user", "content": "What is the fee?"}]
SSE = "text/event-stream"


def run(quick: bool) -> dict:
    """Return milliseconds of CPU by format."""
    figures = {}
    for format_ in FORMATS:
        copy = _copy(format_.name)
        _check(format_.name, copy)
        figures[f"{format_.name}: read (ms of CPU)"] = _milliseconds(copy, QUICK_ROUNDS if quick else FULL_ROUNDS)
    return figures


def _milliseconds(copy: HttpCopy, rounds: int) -> float:
    """Return the best of several means: what else the machine does only adds."""
    best = float("inf")
    for _ in range(REPEATS):
        started_at = time.process_time()
        for _ in range(rounds):
            read_copy(copy, SERVICE, guess=True)
        best = min(best, (time.process_time() - started_at) / rounds)
    return 1000 * best


def _check(name: str, copy: HttpCopy) -> None:
    read_by, result = read_copy(copy, SERVICE, guess=True)
    if read_by != name or not isinstance(result, Extract) or result.response.count("₹10") != PIECES:
        raise RuntimeError(f"the body for {name} was read by {read_by} as something else")


def _copy(name: str) -> HttpCopy:
    path, request, body, media_type = _BODIES[name]()
    return http_copy(
        path=path,
        request_body=json.dumps(request).encode(),
        response_body=body,
        response_headers=[("content-type", media_type)],
    )


Body = tuple[str, dict[str, Any], bytes, str]


def _events(*values: Any, last: str = "", name: str = "") -> bytes:
    head = f"event: {name}\n" if name else ""
    return "".join(f"{head}data: {json.dumps(value)}\n\n" for value in values).encode() + last.encode()


def _mapped() -> Body:
    return "/mapped", {"q": "What is the fee?"}, _events(*[{"a": PIECE}] * PIECES), SSE


def _openai_chat() -> Body:
    chunk = {
        "id": "chatcmpl-B9MHDbslfkBeAs8l4bebGdFOJ6PeG", "object": "chat.completion.chunk", "created": 1741570283,
        "model": "gpt-4.1-mini-2025-04-14", "service_tier": "default", "system_fingerprint": "fp_44709d6fcb",
        "choices": [{"index": 0, "delta": {"content": PIECE}, "logprobs": None, "finish_reason": None}],
    }  # fmt: skip
    return "/v1/chat/completions", {"messages": MESSAGES}, _events(*[chunk] * PIECES, last="data: [DONE]\n\n"), SSE


def _openai_responses() -> Body:
    delta = {
        "type": "response.output_text.delta", "item_id": "msg_67ccd2bf17f0819081ff3bb2cf6508e6", "output_index": 0,
        "content_index": 0, "delta": PIECE, "logprobs": [], "obfuscation": "aB3xY", "sequence_number": 7,
    }  # fmt: skip
    message = {"type": "message", "content": [{"type": "output_text", "text": PIECE * PIECES, "annotations": []}]}
    end = {"type": "response.completed", "response": {"object": "response", "status": "completed", "output": [message]}}
    return "/v1/responses", {"input": "What is the fee?"}, _events(*[delta] * PIECES, end, name="x"), SSE


def _anthropic_messages() -> Body:
    delta = {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": PIECE}}
    start = {"type": "message_start", "message": {"model": "claude", "usage": {"input_tokens": 9}}}
    body = _events(start, *[delta] * PIECES, {"type": "message_stop"}, name="content_block_delta")
    return "/v1/messages", {"messages": MESSAGES}, body, SSE


def _gemini() -> Body:
    chunk = {
        "candidates": [{"content": {"parts": [{"text": PIECE}], "role": "model"}, "index": 0}],
        "usageMetadata": {"promptTokenCount": 11, "candidatesTokenCount": 9, "totalTokenCount": 20},
        "modelVersion": "gemini-2.5-flash", "responseId": "mAitaLmkHPPlz7IPvtfUqQ4",
    }  # fmt: skip
    request = {"contents": [{"role": "user", "parts": [{"text": "What is the fee?"}]}]}
    return "/v1beta/models/gemini-2.5-flash:streamGenerateContent", request, _events(*[chunk] * PIECES), SSE


def _bedrock_converse() -> Body:
    delta = aws_event("contentBlockDelta", {"contentBlockIndex": 0, "delta": {"text": PIECE}, "p": "abcdefghijkl"})
    body = aws_event("messageStart", {"role": "assistant"}) + delta * PIECES
    request = {"messages": [{"role": "user", "content": [{"text": "What is the fee?"}]}]}
    return "/model/amazon.nova-lite-v1%3A0/converse-stream", request, body, "application/vnd.amazon.eventstream"


def _cohere_v2() -> Body:
    delta = {"type": "content-delta", "index": 0, "delta": {"message": {"content": {"text": PIECE}}}}
    return "/v2/chat", {"messages": MESSAGES}, _events(*[delta] * PIECES, name="content-delta"), SSE


def _ollama() -> Body:
    message = {"role": "assistant", "content": PIECE}
    line = {"model": "llama3.2", "created_at": "2025-08-04T08:52:19.385406455Z", "message": message, "done": False}
    body = (json.dumps(line) + "\n").encode() * PIECES
    return "/api/chat", {"model": "llama3.2", "messages": MESSAGES}, body, "application/x-ndjson"


def _langserve() -> Body:
    return "/rti/stream", {"input": "What is the fee?"}, _events(*[PIECE] * PIECES, name="data"), SSE


def _ai_sdk_ui() -> Body:
    delta = {"type": "text-delta", "id": "msg_68679a454370819ca74c8eb3d046", "delta": PIECE}
    request = {"messages": [{"role": "user", "parts": [{"type": "text", "text": "What is the fee?"}]}]}
    return "/api/chat", request, _events(*[delta] * PIECES, last="data: [DONE]\n\n"), SSE


def _dify() -> Body:
    event = {
        "event": "message", "task_id": "c3800678-a077-43df-a102-53f23ed20b88", "created_at": 1705395332,
        "message_id": "9da23599-e713-473b-982c-4328d4f5c78a", "answer": PIECE,
        "conversation_id": "45701982-8118-4bc5-8e9b-64562b4555f2",
    }  # fmt: skip
    return "/v1/chat-messages", {"query": "What is the fee?"}, _events(*[event] * PIECES), SSE


def _rasa() -> Body:
    body = (json.dumps({"recipient_id": "u-1", "text": PIECE}) + "\n").encode() * PIECES
    return "/webhooks/rest/webhook", {"sender": "u-1", "message": "What is the fee?"}, body, SSE


def _botpress() -> Body:
    body = json.dumps({"responses": [{"type": "text", "text": PIECE * PIECES}]}).encode()
    return "/api/v1/bots/rti/converse/u-1", {"type": "text", "text": "What is the fee?"}, body, "application/json"


def _rti_chat() -> Body:
    return "/chat", {"message": "What is the fee?"}, _events(*[{"delta": PIECE}] * PIECES), SSE


def _guessed_json() -> Body:
    event = {"type": "token", "data": {"answer": PIECE, "index": 7}, "requestId": "9da23599-e713-473b-982c"}
    return "/api/bot", {"data": {"question": "What is the fee?"}}, _events(*[event] * PIECES), SSE


def _plain_text() -> Body:
    return "/ask", {"question": "What is the fee?"}, (PIECE * PIECES).encode(), "text/plain; charset=utf-8"


_BODIES: dict[str, Callable[[], Body]] = {
    "json_mapping": _mapped,
    "openai_chat": _openai_chat,
    "openai_responses": _openai_responses,
    "anthropic_messages": _anthropic_messages,
    "gemini": _gemini,
    "bedrock_converse": _bedrock_converse,
    "cohere_v2": _cohere_v2,
    "ollama": _ollama,
    "langserve": _langserve,
    "ai_sdk_ui": _ai_sdk_ui,
    "dify": _dify,
    "rasa": _rasa,
    "botpress": _botpress,
    "rti_chat": _rti_chat,
    "guessed_json": _guessed_json,
    "plain_text": _plain_text,
}
