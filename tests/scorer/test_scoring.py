"""One job in a scoring process: read, judged, redacted; what could not be redacted comes out of it in no form."""

import pytest

from config.errors import InvalidInputError, RedactionError
from config.redaction import RedactionSettings, ServiceRedaction
from config.settings import ServiceSettings
from scorer.intake import Intake
from scorer.model import CaptureOutcome, Evaluation, Unscored
from scorer.protocols import Job, JobKind
from scorer.redact.plan import RedactionBook
from scorer.scoring import score_job
from tests.fakes.copied import make_copy_bytes
from tests.fakes.exchanges import BOOK, make_exchange, make_pipeline, named

PIPELINE, INTAKE = make_pipeline(), Intake(BOOK, 1 << 20)
OFF = RedactionBook(RedactionSettings(), (), b"s" * 16)
MASK = RedactionBook(RedactionSettings(mode="mask"), (), b"s" * 16)
ANSWER = "The officer's PAN is ABCPK1234F."


def score(job: Job, redactions: RedactionBook = OFF) -> Evaluation | Unscored:
    return score_job(job, INTAKE, PIPELINE, redactions)


def pushed(response: str = ANSWER, **changes: object) -> Job:
    return Job("u-1", JobKind.EVALUATE, make_exchange(response=response, **changes).model_dump_json().encode())


def scored(job: Job, redactions: RedactionBook = OFF) -> Evaluation:
    result = score(job, redactions)
    assert isinstance(result, Evaluation)
    return result


def test_a_pushed_exchange_is_scored_and_by_default_kept_as_it_came() -> None:
    assert scored(pushed()).response == ANSWER


def test_signals_see_what_the_stored_text_no_longer_holds() -> None:
    plain, redacted = scored(pushed()), scored(pushed(), MASK)

    assert redacted.response == "The officer's PAN is **********."
    assert named(redacted, "pii_leak").score == named(plain, "pii_leak").score == 0.0
    assert redacted.overall_score == plain.overall_score


def test_a_services_own_redaction_is_followed() -> None:
    desk = ServiceSettings(id="desk", redaction=ServiceRedaction(mode="mask"))
    redactions = RedactionBook(RedactionSettings(), (desk,), b"s" * 16)

    assert scored(pushed(service_id="desk"), redactions).redacted
    assert not scored(pushed(service_id="other"), redactions).redacted


def test_a_copied_exchange_that_is_no_chat_is_told_as_what_it_is() -> None:
    result = score(Job("a", JobKind.EXCHANGE, make_copy_bytes(1)))

    assert isinstance(result, Unscored)
    assert result.outcome is not CaptureOutcome.SCORED


def test_an_unknown_preset_is_the_clients_fault() -> None:
    with pytest.raises(InvalidInputError):
        score(pushed(preset="none such"))


def test_what_cannot_be_redacted_is_refused_without_its_text() -> None:
    deep: object = "ABCPK1234F"
    for _ in range(100):
        deep = [deep]

    with pytest.raises(RedactionError, match=r"redaction failed: UnredactableError at evaluation\.py:\d+") as caught:
        score(pushed(metadata={"deep": deep}), MASK)

    assert "ABCPK1234F" not in str(caught.value)
    assert caught.value.__suppress_context__
    assert not scored(pushed(metadata={"deep": deep})).redacted
