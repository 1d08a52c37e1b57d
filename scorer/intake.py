"""From a copied exchange's bytes to an exchange that can be scored, or to what it was instead. Pure.

The bytes are those of `scorer.wire.Exchange`. Framing and codings are undone, a wire format reads query, response and
documents, and `X-Endurance-Documents` adds what the bot retrieved. Bad bytes end in an outcome with a reason that
holds no text of the exchange, never in an exception: an exception out of here is a defect of ours.
"""

import uuid
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final, assert_never

from config.settings import ServiceSettings
from scorer import wire
from scorer.formats.base import Extract, HttpCopy, NotText, UnreadableError, headers_of
from scorer.formats.fields import DocumentCollector, Strings, documents_of
from scorer.formats.json_body import read_json
from scorer.formats.registry import check_services, is_recognised, may_carry_query, read_copy
from scorer.formats.transfer import Decoded, decode_body
from scorer.formats.websocket import turn_copies, turn_of
from scorer.model import Capture, CaptureOutcome, Document, Exchange, Unscored
from scorer.policy import PolicyBook
from scorer.redact.plan import CONVERSATION, END_USER, hash_letters
from scorer.trace import traceparent_of

DOCUMENTS_HEADER: Final = "x-endurance-documents"
DOCUMENTS_HEADER_UNREADABLE: Final = "documents_header_unreadable"
"""Code in `capture.problems`: the header was there, and was not a JSON list of documents."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_MICROSECOND: Final = (datetime.max.replace(tzinfo=UTC) - _EPOCH) // timedelta(microseconds=1)
_ID: Final = slice(2, 18)
"""Where an encoded exchange of any layout version holds its id."""


class Intake:
    """Reads the copies of one installation's services."""

    def __init__(
        self, book: PolicyBook, decompressed_limit_bytes: int, *, guess: bool = False, salt: bytes | None = None
    ) -> None:
        """With `guess`, JSON that no format knows is read by the usual names of things.

        Of an end user's id a hash with `salt` is kept, and nothing without one: no conversation that it names either.
        Raises ConfigurationError for a service whose format or mappings can never be honoured.
        """
        check_services(book.services)
        self._book = book
        self._limit_bytes = decompressed_limit_bytes
        self._guess = guess
        self._salt = salt

    def read(self, data: bytes) -> Exchange | Unscored:
        """Return the exchange to score, or what it was instead; bytes that are no exchange are `unreadable`."""
        try:
            copied = wire.decode_exchange(data)
        except wire.WireError as error:
            return Unscored(
                session_id=str(uuid.UUID(bytes=data[_ID].ljust(16, b"\0"))),
                service_id=self._book.default_service_id,
                outcome=CaptureOutcome.UNREADABLE,
                reason=f"the copy is not of this version's layout: {error}",
            )
        host = next((value for name, value in headers_of(copied.request_head) if name == "host"), "")
        service = self._book.service_for(host, _split_target(copied.target)[0])
        read = self._read_turn if _is_turn(copied) else self._read_http
        result = _without_reading(copied) or read(copied, service)
        if isinstance(result, Exchange):
            return result
        return Unscored(
            session_id=_session_id(copied), service_id=service.id, outcome=result.outcome, reason=result.reason
        )

    def _read_http(self, copied: wire.Exchange, service: ServiceSettings) -> Exchange | NotText:
        copy = self._copy(copied, service)
        return copy if isinstance(copy, NotText) else self._read_copy(copied, copy, service)

    def _read_turn(self, copied: wire.Exchange, service: ServiceSettings) -> Exchange | NotText:
        """Read a turn of a WebSocket: the copies that it may be taken for, until one is an answer in words."""
        path, query_string = _split_target(copied.target)
        telling: NotText | None = None
        try:
            for copy in turn_copies(turn_of(copied), path, query_string):
                result = self._read_copy(copied, copy, service)
                if isinstance(result, Exchange):
                    return result
                if telling is None or telling.outcome is CaptureOutcome.NOT_CHAT:
                    telling = result
        except wire.WireError as error:
            return NotText(CaptureOutcome.UNREADABLE, str(error))
        return telling or NotText(CaptureOutcome.NOT_CHAT, "the client said nothing")

    def _read_copy(self, copied: wire.Exchange, copy: HttpCopy, service: ServiceSettings) -> Exchange | NotText:
        format_name, extract = read_copy(copy, service, guess=self._guess)
        if isinstance(extract, NotText):
            return extract
        exchange = _exchange(copied, copy, service, format_name, extract)
        return exchange.model_copy(update=self._hashes(extract, service))

    def _hashes(self, extract: Extract, service: ServiceSettings) -> dict[str, str]:
        """Return what is kept of the end user's id, by the names of the exchange's fields."""
        if self._salt is None or extract.end_user is None:
            return {}
        hashes = {"end_user": hash_letters(self._salt, END_USER, extract.end_user)}
        if extract.is_user_conversation:
            # With the service, since two bots that one person writes to hold two conversations.
            name = f"{service.id}\0{extract.end_user}"
            hashes["conversation_id"] = hash_letters(self._salt, CONVERSATION, name)
        return hashes

    def _copy(self, copied: wire.Exchange, service: ServiceSettings) -> HttpCopy | NotText:
        """Undo framing and codings of both bodies."""
        path, query_string = _split_target(copied.target)
        request_headers, response_headers = headers_of(copied.request_head), headers_of(copied.response_head)
        try:
            request = self._decode(copied.request_body, request_headers, wire.Flag.REQUEST_CHUNKED in copied.flags)
        except UnreadableError as error:
            return NotText(CaptureOutcome.UNREADABLE, f"the request: {error}")
        copy = HttpCopy(
            method=copied.method.decode("latin-1"),
            path=path,
            query_string=query_string,
            request_headers=request_headers,
            response_headers=response_headers,
            request_body=request.data,
            response_body=b"",
            status=copied.status,
            is_request_whole=request.is_whole and wire.Flag.REQUEST_TRUNCATED not in copied.flags,
            is_response_whole=False,
        )
        try:
            response = self._decode(copied.response_body, response_headers, wire.Flag.RESPONSE_CHUNKED in copied.flags)
        except UnreadableError as error:
            if is_recognised(copy, service, guess=self._guess):
                return NotText(CaptureOutcome.UNREADABLE, f"the answer: {error}")
            return NotText(CaptureOutcome.NOT_CHAT, "no format knows the request, and the answer cannot be decoded")
        # At the cap only the copy stopped: whether it reached this body, the flag says.
        has_ended = copied.end in (wire.End.COMPLETE, wire.End.CAPPED)
        is_whole = response.is_whole and has_ended and wire.Flag.RESPONSE_TRUNCATED not in copied.flags
        return replace(copy, response_body=response.data, is_response_whole=is_whole)

    def _decode(self, body: bytes, headers: Sequence[tuple[str, str]], is_chunked: bool) -> Decoded:
        # A transfer coding beside `chunked` is applied after the content codings (RFC 9112, section 6.1).
        transfer = [coding for coding in _listed(headers, "transfer-encoding") if coding.lower() != "chunked"]
        codings = [*_listed(headers, "content-encoding"), *transfer]
        decoded = decode_body(body, codings, self._limit_bytes, is_chunked=is_chunked)
        return replace(decoded, is_whole=decoded.is_whole and _has_declared_length(body, headers))


def _without_reading(copied: wire.Exchange) -> NotText | None:
    """Say what is told without looking into the bodies."""
    if max(copied.started_us, copied.first_byte_us, copied.ended_us) > _LAST_MICROSECOND:
        return NotText(CaptureOutcome.UNREADABLE, "a time of the copy is beyond the year 9999")
    if _is_turn(copied):
        return None
    if copied.kind is not wire.ExchangeKind.HTTP or copied.status == 101:
        return NotText(CaptureOutcome.UPGRADED, "the connection left HTTP")
    if wire.Flag.META_ONLY in copied.flags:
        return NotText(CaptureOutcome.META_ONLY, "its bodies were left out on request")
    if not may_carry_query(copied.method.decode("latin-1")):
        return NotText(CaptureOutcome.NOT_CHAT, "its method carries no query")
    return None


def _exchange(
    copied: wire.Exchange, copy: HttpCopy, service: ServiceSettings, format_name: str, extract: Extract
) -> Exchange:
    session_id = _session_id(copied)
    documents, problems = _with_header_documents(copied, copy, extract)
    conversation_id = extract.conversation_id
    if _is_turn(copied):
        conversation_id = conversation_id or str(uuid.UUID(bytes=copied.id))
    return Exchange(
        session_id=session_id,
        submission_id=_submission_id(copied),
        service_id=service.id,
        query=extract.query,
        response=extract.response,
        documents=documents,
        history=extract.history,
        conversation_id=conversation_id,
        model=extract.model,
        usage=extract.usage,
        reasoning_trace=extract.reasoning_trace,
        metadata=_metadata(extract),
        capture=Capture(
            format=format_name,
            end=_end_word(copied.end),
            truncated=extract.is_cut or not (copy.is_request_whole and copy.is_response_whole),
            guessed=extract.is_guessed,
            problems=problems,
            status=copied.status,
            duration_seconds=_seconds_between(copied.started_us, copied.ended_us),
            first_byte_seconds=_seconds_between(copied.started_us, copied.first_byte_us),
            traceparent=traceparent_of(
                [value for name, value in headers_of(copied.request_head) if name == "traceparent"], copied.id
            ),
        ),
        timestamp=_EPOCH + timedelta(microseconds=copied.ended_us or copied.first_byte_us or copied.started_us),
    )


def _metadata(extract: Extract) -> dict[str, Any]:
    """Return facts of the conversation under the keys that `scorer/policy.py` lists."""
    metadata: dict[str, Any] = {}
    if extract.system_prompt is not None:
        metadata["system_prompt"] = extract.system_prompt
    if extract.tool_calls:
        metadata["tool_calls"] = [{"name": name} for name in extract.tool_calls]
    return metadata


def _with_header_documents(
    copied: wire.Exchange, copy: HttpCopy, extract: Extract
) -> tuple[tuple[Document, ...] | None, tuple[str, ...]]:
    """Return the format's documents with those of the headers, and codes of what was unreadable."""
    trusted = wire.Flag.DOCUMENTS_TRUSTED in copied.flags
    headers = [*(copy.request_headers if trusted else ()), *copy.response_headers]
    collector, problems = DocumentCollector(), []
    collector.add(extract.documents)
    for name, value in headers:
        if name == DOCUMENTS_HEADER:
            listed = _header_documents(value)
            collector.add(listed)
            problems += [DOCUMENTS_HEADER_UNREADABLE] if listed is None else []
    return collector.documents(), tuple(dict.fromkeys(problems))


def _header_documents(value: str) -> tuple[Document, ...] | None:
    try:
        # Escaped to ASCII as documented; a sender that put UTF-8 into the header is understood too.
        listed = read_json(value.encode("latin-1"))
    except UnreadableError:
        return None
    return documents_of(listed, Strings.CONTENT) if isinstance(listed, list) else None


def _listed(headers: Sequence[tuple[str, str]], wanted: str) -> list[str]:
    values = (value for name, value in headers if name == wanted)
    return [part.strip() for value in values for part in value.split(",") if part.strip()]


def _has_declared_length(body: bytes, headers: Sequence[tuple[str, str]]) -> bool:
    """Say whether the body is as long as its Content-Length says; a body without one has the length it has."""
    declared = next(iter(_listed(headers, "content-length")), "")
    return not (declared.isascii() and declared.isdigit() and len(declared) < 20) or len(body) >= int(declared)


def _split_target(target: bytes) -> tuple[str, str]:
    """Return path and query string of a request target, in origin or absolute form (RFC 9112, section 3.2)."""
    text = target.decode("latin-1")
    if not text.startswith("/"):
        authority_and_path = text.partition("://")[2]
        text = authority_and_path[authority_and_path.find("/") :] if "/" in authority_and_path else "/"
    path, _, query_string = text.partition("?")
    return path, query_string


def _session_id(copied: wire.Exchange) -> str:
    id_ = str(uuid.UUID(bytes=copied.id))
    return f"{id_}.{copied.segment}" if _is_turn(copied) else id_


def _is_turn(copied: wire.Exchange) -> bool:
    return copied.kind is wire.ExchangeKind.WEBSOCKET_TURN


def _submission_id(copied: wire.Exchange) -> str:
    """Return who submits it: a turn that is told again with more of its answer replaces what was told before."""
    session_id = _session_id(copied)
    return f"{session_id}.{copied.response_body_bytes}" if _is_turn(copied) else session_id


def _end_word(end: wire.End) -> str:
    match end:
        case wire.End.COMPLETE | wire.End.OPEN | wire.End.SILENT:  # a turn ends, and its connection goes on
            return "complete"
        case wire.End.CLIENT_GONE:
            return "client_gone"
        case wire.End.UPSTREAM_RESET:
            return "upstream_reset"
        case wire.End.CAPPED:
            return "capped"
        case _:
            assert_never(end)


def _seconds_between(start_us: int, end_us: int) -> float | None:
    """Return the time between two moments; None when one never happened or the clock was set back."""
    return (end_us - start_us) / 1_000_000 if 0 < start_us <= end_us else None
