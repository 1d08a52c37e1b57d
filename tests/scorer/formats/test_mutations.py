"""Values of other types anywhere in a sample: it is read or told apart, and nothing is raised.

A format that trusts the type of a field fails here. The bodies stay JSON, so that the readers get to see the values.
"""

import json
import random
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from scorer.formats.base import NotText
from scorer.formats.registry import FORMATS, read_copy
from tests.fakes.copies import Sample, load_samples

SAMPLES = load_samples()
OTHERS: tuple[Any, ...] = (None, True, 7, -1, 1.5, 1e308, 2**63, "", " ", "x", [], {}, [[]], [None], ["x"], {"a": 1})


def mutated(value: Any, rng: random.Random, share: float) -> Any:
    """The value with a share of its parts replaced or left out."""
    if rng.random() < share:
        return rng.choice(OTHERS)
    if isinstance(value, dict):
        return {name: mutated(part, rng, share) for name, part in value.items() if rng.random() >= share}
    return [mutated(part, rng, share) for part in value] if isinstance(value, list) else value


def mutated_body(body: bytes, rng: random.Random, share: float) -> bytes:
    """A body of JSON, or a stream whose lines hold JSON, with values replaced; other bytes as they are."""
    try:
        return json.dumps(mutated(json.loads(body), rng, share)).encode()
    except ValueError:
        return b"\n".join(_mutated_line(line, rng, share) for line in body.split(b"\n"))


def _mutated_line(line: bytes, rng: random.Random, share: float) -> bytes:
    name, found, data = line.rpartition(b"data: ")
    try:
        return name + found + json.dumps(mutated(json.loads(data), rng, share)).encode()
    except ValueError:
        return line


@given(st.sampled_from(SAMPLES), st.randoms(use_true_random=False), st.sampled_from([0.01, 0.05, 0.2]))
def test_values_of_other_types_never_raise(sample: Sample, rng: random.Random, share: float) -> None:
    bodies = {
        "request_body": mutated_body(sample.request, rng, share),
        "response_body": mutated_body(sample.response, rng, share),
    }

    _, result = read_copy(sample.copy(**bodies), sample.service())

    assert isinstance(result, NotText) or (result.query.strip() and result.response.strip())


@given(st.sampled_from(SAMPLES), st.sampled_from(SAMPLES))
def test_no_format_raises_on_the_bodies_of_another(asked: Sample, answered: Sample) -> None:
    copy = asked.copy(response_body=answered.response, response_headers=answered.copy().response_headers)

    recognised = [format_.name for format_ in FORMATS if format_.recognise(copy, asked.service())]
    name, _ = read_copy(copy, asked.service())

    assert name in {*recognised, FORMATS[-1].name, asked.service().format}
