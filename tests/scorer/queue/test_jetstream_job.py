"""A job survives its way through headers, whatever its id holds; a foreign message is read without fail."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.protocols import Job, JobKind
from scorer.queue import jetstream_job
from scorer.queue.dead_letter import DeadLetter
from scorer.queue.jetstream_job import Delivery

IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)
MOMENTS = st.floats(0, 4e9)


@given(IDS, st.sampled_from(JobKind), st.binary(), MOMENTS)
def test_a_job_is_read_as_it_was_written(id_: str, kind: JobKind, payload: bytes, put_at: float) -> None:
    job = Job(id_, kind, payload)

    headers = jetstream_job.headers_of(job, put_at)

    assert all(value.isascii() and value.isprintable() for value in headers.values())
    assert jetstream_job.read_job(headers, payload, 7) == job
    assert jetstream_job.put_at(headers, 0.0) == put_at
    assert jetstream_job.attempts_before(headers) == 0


@given(IDS, st.sampled_from(JobKind), st.binary(), MOMENTS, st.text(max_size=400))
def test_a_dead_letter_is_read_as_it_was_written(
    id_: str, kind: JobKind, payload: bytes, at: float, reason: str
) -> None:
    letter = DeadLetter(Job(id_, kind, payload), reason, at)

    headers = jetstream_job.headers_of_letter(letter, "dead-1")
    read = jetstream_job.read_letter(headers, payload, 1)

    assert (read.job, read.buried_at) == (letter.job, at)
    assert read.reason == reason.encode(errors="replace").decode()


OURS = st.sampled_from([f"Endurance-{name}" for name in ("Job", "Kind", "Put-At", "Attempts-Before", "Buried-At")])


@given(st.dictionaries(OURS | st.text(), st.text()), st.binary())
def test_any_message_is_read_as_some_job(headers: dict[str, str], payload: bytes) -> None:
    job = jetstream_job.read_job(headers, payload, 5)

    assert job.payload == payload
    assert jetstream_job.attempts_before(headers) >= 0
    assert math.isfinite(jetstream_job.put_at(headers, 3.0))
    assert math.isfinite(jetstream_job.read_letter(headers, payload, 5).buried_at)


@pytest.mark.parametrize("text", ["nan", "NAN", "inf", "-Infinity", "1e999", "soon", ""])
def test_a_moment_that_is_none_is_as_if_it_were_not_given(text: str) -> None:
    assert jetstream_job.put_at({"Endurance-Put-At": text}, 3.0) == 3.0
    assert jetstream_job.read_letter({"Endurance-Buried-At": text}, b"", 5).buried_at == 0.0


def test_a_message_without_headers_is_an_exchange_named_by_its_place() -> None:
    assert jetstream_job.read_job({}, b"x", 5) == Job("foreign-5", JobKind.EXCHANGE, b"x")
    assert jetstream_job.put_at({}, 3.0) == 3.0


def test_a_renewed_job_keeps_what_it_was_and_says_how_often_it_was_tried() -> None:
    headers = jetstream_job.headers_of(Job("a", JobKind.EVALUATE, b"{}"), 12.5)

    renewed = jetstream_job.headers_of_renewed(headers, 4, 9)

    assert jetstream_job.read_job(renewed, b"{}", 10) == Job("a", JobKind.EVALUATE, b"{}")
    assert jetstream_job.attempts_before(renewed) == 4
    assert jetstream_job.put_at(renewed, 0.0) == 12.5
    assert renewed[jetstream_job.MESSAGE_ID] != headers[jetstream_job.MESSAGE_ID]


@pytest.mark.parametrize(
    "subject",
    [
        "$JS.ACK.ENDURANCE.workers.3.41.52.1700000000500000000.6",
        "$JS.ACK.hub.ACCOUNT.ENDURANCE.workers.3.41.52.1700000000500000000.6.token",
    ],
)
def test_both_forms_of_an_ack_subject_are_read(subject: str) -> None:
    assert Delivery.parse(subject) == Delivery(sequence=41, count=3, stored_at=1_700_000_000.5)


@given(st.text())
def test_any_other_subject_is_a_value_error(subject: str) -> None:
    with pytest.raises(ValueError, match=r"not the ack subject|invalid literal"):
        Delivery.parse(subject)
