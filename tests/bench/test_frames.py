import re

import pytest

from bench.train.frames import DEMEANING, INNOCENT, sentences


@pytest.mark.parametrize("frames", [DEMEANING, INNOCENT])
def test_every_frame_is_filled_whole(frames: tuple[str, ...]) -> None:
    made = sentences(frames)

    assert {frame for _, frame in made} == set(frames)
    assert not any(re.search(r"[{}]", text) for text, _ in made)


def test_sentences_are_the_same_each_time() -> None:
    assert sentences(DEMEANING) == sentences(DEMEANING)


def test_no_frame_is_on_both_sides() -> None:
    assert not set(DEMEANING) & set(INNOCENT)
