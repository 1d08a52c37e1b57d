"""The vocabulary: every value that crosses a boundary, as frozen models.

Rules: does no I/O, holds no behaviour beyond what a value says of itself. Validated once, where data enters.
Three things are never mixed: not given (`None` on an input), not assessed (a status with a reason), and zero.
Offsets (`start`, `end`) count characters (Unicode code points) of the stored text, end exclusive.
Moments are UTC; on the wire RFC 3339 with milliseconds and `Z`.
"""

import uuid
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, PlainSerializer

SCHEMA_VERSION = 1
"""Raised when a field of `Evaluation` changes its meaning."""


def format_moment(moment: datetime) -> str:
    """Return RFC 3339 in UTC with milliseconds and `Z`."""
    # isoformat, not strftime: five times as fast, and four moments are written for each save.
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


Moment = Annotated[datetime, PlainSerializer(format_moment, return_type=str, when_used="json")]
Score = Annotated[float, Field(ge=0, le=100)]
Ratio = Annotated[float, Field(ge=0, le=1)]


class Value(BaseModel):
    """Base of all values: frozen; fields that a newer writer added are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class DimensionName(StrEnum):
    """The nine dimensions, in the order used everywhere."""

    BIAS_FAIRNESS = "bias_fairness"
    DATA_GROUNDING = "data_grounding"
    EXPLAINABILITY = "explainability"
    ETHICAL_ALIGNMENT = "ethical_alignment"
    HUMAN_CONTROL = "human_control"
    LEGAL_COMPLIANCE = "legal_compliance"
    SECURITY = "security"
    RESPONSE_QUALITY = "response_quality"
    ENVIRONMENTAL_COST = "environmental_cost"


class Verdict(StrEnum):
    """What the documents say of a claim."""

    VERIFIED = "verified"
    HALLUCINATED = "hallucinated"
    """Contradicted by the documents, or not found in them."""
    UNVERIFIABLE = "unverifiable"
    """Not decided; the claim's `reason` says why. Never a pass."""


class Status(StrEnum):
    """Whether a signal was measured; only `assessed` has a score."""

    ASSESSED = "assessed"
    NOT_APPLICABLE = "not_applicable"
    """Its occasion did not arise."""
    NOT_ASSESSED = "not_assessed"
    """An input is missing or unreadable."""
    FAILED = "failed"
    """The detector itself failed; `reason` names the error."""


class Unit(StrEnum):
    """Units of a signal's raw `value`."""

    PROBABILITY = "probability"
    RATIO = "ratio"
    COUNT = "count"
    PER_100_WORDS = "per_100_words"
    READING_EASE = "reading_ease"
    WATT_HOUR = "Wh"
    GRAM_CO2E = "gCO2e"
    USD = "USD"
    TOKENS = "tokens"


class Role(StrEnum):
    """How a signal enters its dimension."""

    QUALITY = "quality"
    """Enters the weighted mean."""
    FAULT = "fault"
    """Caps the dimension: no mean buys a fault back."""


class CaptureOutcome(StrEnum):
    """What became of one exchange that passed the proxy; the label set of `endurance_capture_total`."""

    SCORED = "scored"
    NOT_CHAT = "not_chat"
    """A page, script, image, or any request without a query."""
    EMBEDDING = "embedding"
    """Vectors, from an embeddings endpoint of a chat API."""
    MODERATION = "moderation"
    """The labels of a moderation endpoint."""
    TOOL_CALL = "tool_call"
    """A turn that calls tools and says nothing: the answer comes in a later exchange."""
    EMPTY_ANSWER = "empty_answer"
    """A question whose answer, as far as it came, holds no text."""
    NO_TEXT = "no_text"
    """Any other turn without words: nothing was asked in words, images, a ranking, a redirect, a withheld answer."""
    UPSTREAM_ERROR = "upstream_error"
    """The answer was an error of the bot (status 400 and above, or an error body)."""
    UNREADABLE = "unreadable"
    """Meant for a reader, and not decodable: bad encoding, over a limit, a named format that does not fit."""
    OPTED_OUT = "opted_out"
    META_ONLY = "meta_only"
    DROPPED = "dropped"
    """The copy was given up: the engine was away or behind, and the bound was reached."""
    UPGRADED = "upgraded"
    """A connection that left HTTP (WebSocket)."""
    NOISE = "noise"
    """An answer of a kind that is not copied: image, script, download, or outside the operator's content types."""
    FILTERED = "filtered"
    """A request that the operator's capture filters leave out by method or path."""
    UNSAMPLED = "unsampled"
    """Outside the share of the conversations that is copied."""


class Document(Value):
    """One retrieved document, as the bot gave it."""

    id: str
    source: str | None = None
    content: str | None = None
    """None when only an id or a source came: its claims are unverifiable, never hallucinated."""
    page: int | str | None = None
    similarity_score: float | None = None
    label: str | None = None
    """A disclosure label given by the operator, such as `restricted`."""


class Turn(Value):
    """An earlier message of the same conversation."""

    role: str
    content: str


class Usage(Value):
    """Token counts; None where the bot did not say."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    estimated: bool = False


class Capture(Value):
    """How the copy of an exchange came about, and how whole it is."""

    outcome: CaptureOutcome = CaptureOutcome.SCORED
    format: str
    """Name of the wire format that read it; `evaluate` for pushed exchanges."""
    end: str = "complete"
    """`complete`, `client_gone`, `upstream_reset` or `capped`."""
    truncated: bool = False
    guessed: bool = False
    """Query and response were found by the usual names of things, in no format that is known."""
    problems: tuple[str, ...] = ()
    """Codes of what could not be read beside query and response, such as `documents_header_unreadable`."""
    status: int | None = None
    """The answer's HTTP status."""
    duration_seconds: float | None = None
    first_byte_seconds: float | None = None
    traceparent: str | None = None
    """The trace that the request belongs to, as the bot saw it (W3C Trace Context)."""


class Exchange(Value):
    """One query with its answer, ready to be scored."""

    session_id: str
    submission_id: str
    """Who submitted it: the same submission saved twice changes nothing. A UUIDv7."""
    service_id: str
    query: str
    response: str
    documents: tuple[Document, ...] | None = None
    """None: the bot gave no documents field at all; empty: it retrieved nothing."""
    history: tuple[Turn, ...] = ()
    conversation_id: str | None = None
    end_user: str | None = None
    """Salted hash of the asking person's id; the id itself stands nowhere."""
    model: str | None = None
    usage: Usage = Usage()
    reasoning_trace: str | None = None
    metadata: dict[str, Any] = Field(default_factory=dict)
    """As given; the keys that are read stand in `scorer/policy.py`."""
    preset: str | None = None
    compliance_mode: str | None = None
    custom_weights: dict[DimensionName, float] | None = None
    capture: Capture
    timestamp: Moment
    """The end of the exchange."""


class Evidence(Value):
    """A passage that decides, cut from a document or a field of the exchange."""

    field: str | None = None
    """`query`, `response` or `documents`; for a claim always `documents`."""
    document_id: str | None = None
    start: int
    end: int
    text: str


class Claim(Value):
    """A statement of the answer that can be true or false, with what the documents say of it."""

    text: str
    start: int
    end: int
    verdict: Verdict
    confidence: Ratio
    """Probability that the verdict is right."""
    reason: str
    evidence: tuple[Evidence, ...] = ()


class LeftOut(Value):
    """A sentence or line of the answer that is no claim, and why; its words stand in the answer."""

    start: int
    end: int
    reason: str


class Verification(Value):
    """The claim ledger of one answer."""

    total_claims: int = 0
    verified_claims: int = 0
    hallucinated_claims: int = 0
    unverifiable_claims: int = 0
    verification_score: Score | None = None
    """100 · verified / (verified + hallucinated); None when both are 0."""
    risk: Ratio | None = None
    """Probability that the answer holds content the documents do not support; at least 0.5 exactly when
    `hallucinated_claims` > 0; None when nothing could be checked."""


class Signal(Value):
    """One measured input to a dimension."""

    dimension: DimensionName
    name: str
    value: float | None = None
    unit: Unit
    score: Score | None = None
    """Higher is better; given exactly when `status` is `assessed`."""
    status: Status
    reason: str
    probability_fault: Ratio | None = None
    """Calibrated where it exists."""
    evidence: tuple[Evidence, ...] = ()
    source: str
    """The paper, standard or law behind the definition."""
    version: str = "1"
    role: Role = Role.QUALITY
    weight: Annotated[float, Field(gt=0)] = 1.0
    """Relative to the other signals of the dimension."""
    experimental: bool = False
    """Measured to be weak: raises no flag and trips no gate."""
    gate: str | None = None
    """Code of the gate that this signal trips, such as `gate_pii`; None when it trips none."""


class DimensionScore(Value):
    """A dimension's score with what it rests on."""

    dimension: DimensionName
    score: Score | None
    reason: str


class Flag(Value):
    """Why an evaluation asks for a person's attention."""

    code: str
    """From a closed set, the `reason` label: `low_overall`, `low_<dimension>`, `hallucination`, `gate_<name>`."""
    text: str
    """For people: `Low explainability: 25.0`, `Hallucinations detected: 5`."""


class ClaimFeedback(Value):
    """A person's verdict on one claim."""

    index: int
    """Place of the claim in `claims`, from 0."""
    start: int
    """Where it begins in the stored answer."""
    verdict: Verdict


class Feedback(Value):
    """A person's verdict on an evaluation."""

    approved: bool
    comment: str | None = None
    reviewer: str | None = None
    at: Moment
    claims: tuple[ClaimFeedback, ...] = ()
    """What the person says of single claims; of the others it says nothing."""
    revision: int | None = None
    """Of the evaluation whose claims were judged: a claim's place means nothing in another one. None without claims."""


class Evaluation(Value):
    """The result for one exchange, on the wire and in the store (there: a *session*)."""

    session_id: str
    submission_id: str
    service_id: str
    conversation_id: str | None = None
    end_user: str | None = None
    """Salted hash of the asking person's id, where the bot's request gave one."""
    query: str
    response: str
    model: str | None = None
    usage: Usage = Usage()
    overall_score: Score | None
    dimensions: dict[DimensionName, Score | None]
    """All nine, in order."""
    not_assessed: tuple[DimensionName, ...] = ()
    coverage: Ratio
    verification: Verification = Verification()
    claims: tuple[Claim, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    """Sentences and lines of the answer that are no claims, in order; at most 300."""
    flagged: bool
    flag_reasons: tuple[str, ...] = ()
    flag_codes: tuple[str, ...] = ()
    """The codes behind `flag_reasons`, same order."""
    reasoning: tuple[DimensionScore, ...] = ()
    signals: tuple[Signal, ...] = ()
    rag_documents: tuple[Document, ...] = ()
    documents_given: bool = False
    """Whether the bot gave a documents field, be it empty; without one nothing is said of what it retrieved."""
    metadata: dict[str, Any] = Field(default_factory=dict)
    capture: Capture
    redacted: bool = False
    """Identifiers or secrets were replaced in its texts, after it was scored."""
    feedback: tuple[Feedback, ...] = ()
    timestamp: Moment
    scored_at: Moment
    revision: int = 1
    schema_version: int = SCHEMA_VERSION
    scorer_version: str
    compliance_mode: str
    preset: str
    custom_weights: dict[DimensionName, float] | None = None
    """As given with the exchange, in place of the preset's weights; kept for scoring again."""
    language: str | None = None
    """Detected in the answer, ISO 639-1; None when it is too short or too unclear to tell."""


class Unscored(Value):
    """An exchange that is counted and not stored: what it was instead of a scorable answer."""

    session_id: str
    service_id: str
    outcome: CaptureOutcome
    reason: str


def new_session_id(unix_ms: int, random_bytes: bytes) -> str:
    """Return a UUIDv7 (RFC 9562, section 5.7) from milliseconds since the epoch and 10 random bytes."""
    number = (unix_ms & ((1 << 48) - 1)) << 80 | int.from_bytes(random_bytes[:10])
    number = number & ~(0xF << 76) | 0x7 << 76
    number = number & ~(0x3 << 62) | 0x2 << 62
    return str(uuid.UUID(int=number))
