"""Every sample under `tests/samples/` is read as the file beside it says, whole and cut at every place."""

import pytest

from scorer.formats.base import Extract, NotText
from scorer.formats.registry import FORMATS, read_copy
from scorer.model import CaptureOutcome
from tests.fakes.copies import Sample, load_samples, said

SAMPLES = load_samples()
BY_NAME = {f"{sample.format}-{sample.case}": sample for sample in SAMPLES}
READ = {name: sample for name, sample in BY_NAME.items() if "extract" in sample.expected}


def wanted(sample: Sample) -> dict[str, object]:
    return {key: sample.expected[key] for key in ("extract", "outcome", "reason") if key in sample.expected}


@pytest.mark.parametrize("name", BY_NAME)
def test_sample_is_read_as_the_file_beside_it_says(name: str) -> None:
    sample = BY_NAME[name]

    _, result = read_copy(sample.copy(), sample.service())

    assert said(result) | wanted(sample) == said(result)


@pytest.mark.parametrize("name", READ)
def test_sample_is_read_by_the_format_of_its_folder(name: str) -> None:
    sample = READ[name]

    format_name, _ = read_copy(sample.copy(), sample.service())

    assert format_name == sample.format


@pytest.mark.parametrize("name", READ)
def test_answer_cut_anywhere_gives_a_prefix_or_a_reason(name: str) -> None:
    sample = READ[name]
    full = sample.expected["extract"]["response"]

    results = [
        read_copy(sample.copy(response_body=sample.response[:end], is_response_whole=False), sample.service())[1]
        for end in range(len(sample.response))
    ]

    assert all(full.startswith(r.response) for r in results if isinstance(r, Extract))
    # A mapping can only say what it did not find; every other reason is one of these.
    outcomes = {r.outcome for r in results if isinstance(r, NotText)}
    wordless = {CaptureOutcome.EMPTY_ANSWER, CaptureOutcome.TOOL_CALL, CaptureOutcome.NO_TEXT}
    assert outcomes <= wordless | {CaptureOutcome.UNREADABLE, CaptureOutcome.NOT_CHAT}


@pytest.mark.parametrize("name", READ)
def test_cut_request_is_never_scored_for_a_question_it_may_have_lost(name: str) -> None:
    sample = READ[name]

    results = [
        read_copy(sample.copy(request_body=sample.request[:end], is_request_whole=False), sample.service())[1]
        for end in range(0, len(sample.request), 7)
    ]

    assert all(isinstance(result, NotText) for result in results)


def test_every_format_has_a_whole_and_a_cut_sample() -> None:
    cases = {format_.name: {s.case for s in SAMPLES if s.format == format_.name} for format_ in FORMATS}

    assert all({"whole", "cut_short", "error_status"} <= found for found in cases.values())
