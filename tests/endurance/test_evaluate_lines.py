import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.errors import InvalidInputError, TooLargeError
from endurance.evaluate_lines import Line, count_lines, parse_line, read_label, read_lines


def write(folder: Path, content: bytes) -> Path:
    path = folder / "recorded.jsonl"
    path.write_bytes(content)
    return path


def test_lines_keep_their_numbers_and_blank_ones_are_left_out(tmp_path: Path) -> None:
    file = write(tmp_path, b'{"a": 1}\n\n  \n{"b": 2}')

    assert list(read_lines(file, 100)) == [Line(1, b'{"a": 1}\n'), Line(4, b'{"b": 2}')]
    assert count_lines(file, 100) == 2


@pytest.mark.parametrize("size", [11, 12, 5_000_000])
def test_a_line_over_the_limit_is_skipped_and_the_next_is_read(tmp_path: Path, size: int) -> None:
    file = write(tmp_path, b"x" * size + b"\nnext\n")

    assert list(read_lines(file, 10)) == [Line(1, None), Line(2, b"next\n")]


def test_a_line_of_just_the_limit_is_read(tmp_path: Path) -> None:
    assert list(read_lines(write(tmp_path, b"x" * 10 + b"\n"), 10)) == [Line(1, b"x" * 10 + b"\n")]


@given(st.lists(st.binary(max_size=30).filter(lambda line: b"\n" not in line and line.strip()), max_size=9))
def test_no_line_is_lost_or_doubled(tmp_path_factory: pytest.TempPathFactory, lines: list[bytes]) -> None:
    file = write(tmp_path_factory.mktemp("lines"), b"\n".join(lines))

    assert [(one.text or b"").rstrip(b"\n") for one in read_lines(file, 30)] == lines


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"{", "expected a JSON object, got what is not JSON"),
        (b"[1]", "expected a JSON object, got list"),
        (b"\xff", "expected a JSON object, got what is not JSON"),
    ],
)
def test_a_line_that_is_no_object_says_what_came(text: bytes, message: str) -> None:
    with pytest.raises(InvalidInputError, match=message):
        parse_line(Line(1, text), 100)


def test_a_line_over_the_limit_names_the_setting() -> None:
    with pytest.raises(TooLargeError, match=r"at most 100 bytes in a line \(api\.body_limit_bytes\)"):
        parse_line(Line(1, None), 100)


@pytest.mark.parametrize(
    ("label", "is_unsupported"),
    [(True, True), (1, True), ("unsupported", True), (False, False), (0, False), ("supported", False), (None, None)],
)
def test_a_label_says_whether_people_found_unsupported_content(label: object, is_unsupported: bool | None) -> None:
    assert read_label(json.loads(json.dumps({"label": label}))) is is_unsupported


@pytest.mark.parametrize("label", [2, 0.5, "yes", [], {}])
def test_another_label_is_refused_by_its_kind(label: object) -> None:
    with pytest.raises(InvalidInputError, match=f"label: expected true, .*, got {type(label).__name__}"):
        read_label({"label": label})
