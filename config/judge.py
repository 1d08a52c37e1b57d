"""The settings of the judge: another model, asked about claims that the local engines cannot tell.

Part of `config/settings.py`; it stands apart for its length. Off unless `judge.url` is set: then, and only then, claims
with their question and passages leave this machine. `scorer/judges/` does what is said here.
"""

from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator, model_validator

from config.errors import ConfigurationError
from config.section import Section

Seconds = Annotated[float, Field(gt=0, le=3600)]
Probability = Annotated[float, Field(gt=0, lt=1)]


class JudgeSettings(Section):
    """A model behind an OpenAI-compatible API; nothing is sent anywhere while `url` is not set."""

    url: str | None = None
    """Base of the API, such as `http://127.0.0.1:8000/v1`; `/chat/completions` is added. None: no judge."""
    model: str | None = None
    """Name of the model that is asked; needed with a `url`."""
    key: SecretStr | None = None
    """Sent as `Authorization: Bearer`."""
    key_file: Path | None = None
    """File that holds the key, in place of `key`."""
    parameters: dict[str, Any] = Field(
        default={"temperature": 0, "max_tokens": 400, "response_format": {"type": "json_object"}}
    )
    """Further members of each request, for models that take other ones; replaces these whole."""
    uncertain_band: tuple[Probability, Probability] = (0.3, 0.7)
    """Only claims whose probability of being unsupported lies in here are asked about."""
    reliability_ratio: Annotated[float, Field(gt=0.5, lt=1)] = 0.8
    """Share of its rulings that people would agree with: how much one weighs beside the local probability."""
    claims_per_answer: Annotated[int, Field(ge=1, le=100)] = 5
    """Claims asked about of one answer, the least certain first."""
    budget_per_minute: Annotated[int, Field(ge=1)] = 60
    """Most requests in any 60 seconds, repeated ones counted."""
    budget_per_day: Annotated[int, Field(ge=1)] = 2000
    """Most requests in any 24 hours."""
    concurrent_requests: Annotated[int, Field(ge=1, le=100)] = 4
    timeout_seconds: Seconds = 20.0
    """Time for one request."""
    total_timeout_seconds: Seconds = 40.0
    """Time for all claims of one answer, repeated requests and waiting included."""
    attempts: Annotated[int, Field(ge=1, le=10)] = 3
    """Requests for one claim before it stays with the local verdict."""
    cache_entries: Annotated[int, Field(ge=0, le=1_000_000)] = 10_000
    """Rulings kept in memory by the hash of what was asked, so that the same claim is not asked about twice."""

    @field_validator("url")
    @classmethod
    def _is_http_url(cls, value: str | None) -> str | None:
        if value is None:
            return None
        url = urlsplit(value)
        if url.scheme not in ("http", "https") or not url.hostname or url.query or url.fragment or url.username:
            raise ValueError("expected a URL of scheme, host, port and path, such as http://127.0.0.1:8000/v1")
        return value.rstrip("/")

    @field_validator("parameters")
    @classmethod
    def _keeps_what_is_ours(cls, value: dict[str, Any]) -> dict[str, Any]:
        if ours := {"model", "messages", "stream", "n"} & value.keys():
            raise ValueError(f"expected further members, and {', '.join(sorted(ours))} is set by Endurance")
        return value

    @field_validator("uncertain_band")
    @classmethod
    def _is_band(cls, value: tuple[float, float]) -> tuple[float, float]:
        if value[0] >= value[1]:
            raise ValueError("expected the lower end first")
        return value

    @model_validator(mode="after")
    def _is_whole(self) -> "JudgeSettings":
        if self.url is not None and not self.model:
            raise ValueError("expected a model beside the url")
        if self.key is not None and self.key_file is not None:
            raise ValueError("expected key or key_file, not both")
        low, high = self.uncertain_band
        if low <= 1 - self.reliability_ratio or high >= self.reliability_ratio:
            # Beyond that a ruling could not turn the local verdict, and asking would be in vain.
            raise ValueError("expected an uncertain_band between 1 - reliability_ratio and reliability_ratio")
        return self


def load_judge_key(settings: JudgeSettings) -> str | None:
    """Return the key that is sent; None for an API that asks for none. Raises ConfigurationError."""
    if settings.key_file is not None:
        return _checked("judge.key_file", _read(settings.key_file))
    return None if settings.key is None else _checked("judge.key", settings.key.get_secret_value())


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise ConfigurationError(f"judge.key_file: cannot read {file}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise ConfigurationError(f"judge.key_file: {file} is no text") from error


def _checked(setting: str, key: str) -> str:
    # What else it may hold would be refused, or cut, in a header line (RFC 6750, section 2.1).
    if not key or not key.isascii() or not key.isprintable() or " " in key:
        raise ConfigurationError(f"{setting}: expected one line of printable ASCII without spaces")
    return key
