"""Sessions as MongoDB's documents."""

from zoneinfo import ZoneInfo

import bson
import pytest
from bson.codec_options import CodecOptions

from config.errors import InvalidInputError, TooLargeError
from exporters.store.mongo_documents import (
    EVALUATION_FIELDS,
    LIMIT_BYTES,
    entries_of,
    first_document,
    next_change,
    prepare,
    read_evaluation,
    stub_of,
)
from exporters.store.rollups import movement
from tests.fakes.evaluations import make_evaluation, make_full_evaluation

KOLKATA = ZoneInfo("Asia/Kolkata")


def test_a_document_is_read_back_as_its_evaluation() -> None:
    evaluation = make_full_evaluation(1, metadata={"a.$b": 2**80})
    document = bson.decode(
        bson.encode(first_document(prepare(evaluation, KOLKATA), "a", 1)), CodecOptions(tz_aware=True)
    )

    found = read_evaluation({name: value for name, value in document.items() if name in EVALUATION_FIELDS})

    assert found == evaluation


def test_the_log_says_what_each_save_moves() -> None:
    first = prepare(make_evaluation(1), KOLKATA)
    second = prepare(make_evaluation(1, submission_id="another", overall_score=1.0), KOLKATA)
    document = first_document(first, "a", 1)
    document["log"].append(next_change(second, "b", 7, document)["$push"]["log"])

    (own,), (other,) = entries_of(document, "a"), entries_of(document, "b")

    assert (own.number, own.movement()) == (1, movement(first.counted, None))
    assert (other.number, other.movement()) == (7, movement(second.counted, first.counted))


def test_a_stub_holds_no_text() -> None:
    document = first_document(prepare(make_evaluation(1, response="xylophone", model="xylophone"), KOLKATA), "a", 1)

    stub = stub_of(document)

    assert "xylophone" not in str(stub)
    assert (stub["erased"], stub["n"], stub["counted"]) == (True, 1, document["counted"])


def test_an_evaluation_beyond_the_limit_is_too_large() -> None:
    with pytest.raises(TooLargeError, match=str(LIMIT_BYTES)):
        prepare(make_evaluation(1, response="x" * LIMIT_BYTES), KOLKATA)


def test_metadata_that_is_no_json_is_bad_input() -> None:
    with pytest.raises(InvalidInputError):
        prepare(make_evaluation(1, metadata={"x": object()}), KOLKATA)
