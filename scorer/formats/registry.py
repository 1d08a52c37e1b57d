"""All wire formats, in the order they are asked, and the reading of a copy by the one that fits. Pure.

A service's own mappings come first, since an operator wrote them; then formats that are told by path and shape; then,
only where guessing is allowed (`capture.guess`, or a service that names it), the usual names of things; then the
fallback. A new format is one line in `FORMATS`.
"""

from collections.abc import Iterable, Iterator
from typing import Final

from config.errors import ConfigurationError
from config.settings import ServiceSettings
from scorer.formats.ai_sdk_ui import AiSdkUi
from scorer.formats.anthropic_messages import AnthropicMessages
from scorer.formats.base import Extract, Format, HttpCopy, NotText, UnreadableError
from scorer.formats.bedrock_converse import BedrockConverse
from scorer.formats.botpress import Botpress
from scorer.formats.cohere_v2 import CohereV2
from scorer.formats.dify import Dify
from scorer.formats.gemini import Gemini
from scorer.formats.guessed_json import GuessedJson
from scorer.formats.json_mapping import JsonMappingFormat, mapping_error
from scorer.formats.langserve import LangServe
from scorer.formats.ollama import Ollama
from scorer.formats.openai_chat import OpenAiChat
from scorer.formats.openai_responses import OpenAiResponses
from scorer.formats.plain_text import PlainText
from scorer.formats.rasa import Rasa
from scorer.formats.rti_chat import RtiChat
from scorer.model import CaptureOutcome

FALLBACK: Final[Format] = PlainText()
"""Asked last, and the name under which an exchange is reported that no format knows."""
FORMATS: Final[tuple[Format, ...]] = (
    JsonMappingFormat(),
    OpenAiChat(),
    OpenAiResponses(),
    AnthropicMessages(),
    Gemini(),
    BedrockConverse(),
    CohereV2(),
    Ollama(),
    LangServe(),
    AiSdkUi(),
    Dify(),
    Rasa(),
    Botpress(),
    RtiChat(),
    GuessedJson(),
    FALLBACK,
)

_QUERY_METHODS: Final = ("POST", "PUT", "PATCH")


def may_carry_query(method: str) -> bool:
    """Say whether a request of that method can ask something: pages and scripts are got, questions are sent."""
    return method in _QUERY_METHODS


def check_services(services: Iterable[ServiceSettings]) -> None:
    """Raise ConfigurationError, naming the key, for an unknown format or a mapping's path that is not JSONPath."""
    names = [format_.name for format_ in FORMATS]
    for number, service in enumerate(services):
        key = f"services.{number}"
        if service.format is not None and service.format not in names:
            raise ConfigurationError(f"{key}.format: expected one of {', '.join(names)}, got {service.format!r}")
        if service.format == JsonMappingFormat.name and not service.mappings:
            raise ConfigurationError(f"{key}.mappings: format {service.format} expects at least one")
        for place, mapping in enumerate(service.mappings):
            problem = mapping_error(mapping)
            if problem is not None:
                raise ConfigurationError(f"{key}.mappings.{place}.{problem}")


def is_recognised(copy: HttpCopy, service: ServiceSettings, *, guess: bool = False) -> bool:
    """Say whether the exchange looks like chat: its service names a format, or a format knows it."""
    return service.format is not None or any(format_.recognise(copy, service) for format_ in _asked(guess))


def read_copy(copy: HttpCopy, service: ServiceSettings, *, guess: bool = False) -> tuple[str, Extract | NotText]:
    """Return the format's name and what it read. Never raises for any bytes.

    A format that recognises the exchange and then cannot read it gives way to the next; when none can, the outcome is
    `unreadable` with the first one's reason, and `not_chat` when none recognised it.
    """
    if not may_carry_query(copy.method):
        return FALLBACK.name, NotText(CaptureOutcome.NOT_CHAT, "its method carries no query")
    if service.format is not None:
        return service.format, _read_named(service.format, copy, service)
    unreadable: tuple[str, NotText] | None = None
    for format_ in _asked(guess):
        if format_.recognise(copy, service):
            try:
                return format_.name, format_.read(copy, service)
            except UnreadableError as error:
                unreadable = unreadable or (format_.name, NotText(CaptureOutcome.UNREADABLE, str(error)))
    return unreadable or (FALLBACK.name, NotText(CaptureOutcome.NOT_CHAT, "no format knows it"))


def _asked(guess: bool) -> Iterator[Format]:
    """Yield the formats that are asked whether they know an exchange, in order."""
    return (format_ for format_ in FORMATS if guess or format_.name != GuessedJson.name)


def _read_named(name: str, copy: HttpCopy, service: ServiceSettings) -> Extract | NotText:
    format_ = next((format_ for format_ in FORMATS if format_.name == name), None)
    if format_ is None:
        return NotText(CaptureOutcome.UNREADABLE, f"the service names a format {name!r}, which does not exist")
    if not copy.request_body and not copy.query_string:
        return NotText(CaptureOutcome.NOT_CHAT, "a request without a body asks nothing")
    try:
        return format_.read(copy, service)
    except UnreadableError as error:
        return NotText(CaptureOutcome.UNREADABLE, f"the service names the format {name}, which does not fit: {error}")
