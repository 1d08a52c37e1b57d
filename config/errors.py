"""The error tree: whose fault it is, and whether trying again can help.

Two questions pick the class. Whose fault: the client's, the operator's, or a service we depend on?
Is it passing (`retry_after_seconds` says when to try again) or permanent (the same input fails again)?

    EnduranceError
    ├── ConfigurationError     the operator's; start-up ends with one line and exit code 2
    ├── InvalidInputError      the client's; permanent; 400
    ├── ForbiddenError         the client's; permanent with this key; 403
    ├── NotFoundError          the client's; permanent; 404
    ├── ConflictError          the client's; permanent; 409
    ├── TooLargeError          the client's; permanent; 413
    ├── UnavailableError       a dependency's; passing; 503 with Retry-After
    │   ├── StoreUnavailableError
    │   └── QueueFullError
    └── ScoringError           ours; the exchange is retried, then becomes a dead letter
        └── RedactionError     ours; permanent: a dead letter at once, since nothing of it may be stored

A message says what was expected, what came, and what to do. It never holds a body, a key or a token.
"""


class EnduranceError(Exception):
    """The root of every error that we raise on purpose."""


class ConfigurationError(EnduranceError):
    """A setting is unknown, ill-typed or cannot be honoured; the message names the key."""


class InvalidInputError(EnduranceError):
    """A client sent something that can never be right; `field` names the place, as in `rag_documents.0.content`."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


class ForbiddenError(EnduranceError):
    """The caller is known, and may not do this; another key might."""


class NotFoundError(EnduranceError):
    """The session, service or target that was named does not exist."""


class ConflictError(EnduranceError):
    """The request cannot be done in the present state of its target."""


class TooLargeError(EnduranceError):
    """The input is larger than a documented limit."""


class UnavailableError(EnduranceError):
    """A part that we depend on is away or full; trying again after `retry_after_seconds` may work."""

    def __init__(self, message: str, retry_after_seconds: int = 2) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class StoreUnavailableError(UnavailableError):
    """The store does not answer; queued work stays in the queue."""


class QueueFullError(UnavailableError):
    """The queue has reached its cap in bytes and takes nothing more."""


class ScoringError(EnduranceError):
    """A scoring process died or ran out of time on this exchange."""


class RedactionError(ScoringError):
    """What had to be taken out of an evaluation could not be; the message holds no text of the exchange."""
