"""Forms of parts, as RFC 7578 and what browsers send."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scorer.formats.base import UnreadableError
from scorer.formats.multipart import (
    HEAD_LIMIT_BYTES,
    PARTS_LIMIT,
    TEXT_LIMIT_BYTES,
    MultipartDecoder,
    boundary_of,
    parameters,
)
from tests.fakes.copies import cut_anywhere

BOUNDARY = "x-7MA4"
FILE = 'Content-Disposition: form-data; name="f"; filename="a.txt"\r\nContent-Type: text/plain'


def named(name: str) -> str:
    return f'Content-Disposition: form-data; name="{name}"'


def form(*parts: tuple[str, str]) -> bytes:
    """Parts, each its header lines and its content, closed."""
    lines = "".join(f"--{BOUNDARY}\r\n{head}\r\n\r\n{content}\r\n" for head, content in parts)
    return f"{lines}--{BOUNDARY}--\r\n".encode()


def read(*pieces: bytes) -> tuple[list[tuple[str, str]], int, bool]:
    """The fields, the number of skipped parts, and whether the form was closed."""
    decoder = MultipartDecoder(BOUNDARY.encode())
    fields = [(field.name, field.text) for piece in pieces for field in decoder.feed(piece)]
    return fields, decoder.skipped, decoder.is_closed()


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        (form((named("q"), "Who may appeal?")), [("q", "Who may appeal?")]),
        (form((named("q"), "one\r\ntwo\r\n")), [("q", "one\r\ntwo\r\n")]),
        (form((named("q"), "")), [("q", "")]),
        (form((named("q"), "a"), (named("q"), "b")), [("q", "a"), ("q", "b")]),
        (form((named("q") + "\r\nContent-Type: text/plain; charset=utf-8", "₹10")), [("q", "₹10")]),
        (form((named("q") + "\r\nContent-Type: application/json", '{"a": 1}')), [("q", '{"a": 1}')]),
        (form((named("q") + "\r\nContent-Transfer-Encoding: 8bit", "x")), [("q", "x")]),
        (form(("content-disposition:form-data;\r\n name=q", "folded")), [("q", "folded")]),
        (b"preamble\r\n" + form((named("q"), "x")) + b"epilogue", [("q", "x")]),
        (form((named("q"), f"a--{BOUNDARY}\r\n--{BOUNDARY}x")), [("q", f"a--{BOUNDARY}\r\n--{BOUNDARY}x")]),
        (f"--{BOUNDARY} \t\r\n{named('q')}\r\n\r\nx\r\n--{BOUNDARY}--".encode(), [("q", "x")]),
        (f"--{BOUNDARY}\r\n{named('q')}\r\n\r\n--{BOUNDARY}--".encode(), [("q", "")]),
        (b"--x-7MA4\r\n" + named("q").encode() + b"\r\n\r\na\xffb\r\n--x-7MA4--", [("q", "a\ufffdb")]),
        (form(), []),
    ],
)
def test_text_fields_are_read(body: bytes, wanted: list[tuple[str, str]]) -> None:
    fields, skipped, is_closed = read(body)

    assert (fields, skipped, is_closed) == (wanted, 0, True)


@pytest.mark.parametrize(
    "head",
    [
        FILE,
        'Content-Disposition: form-data; name="f"; filename=""\r\nContent-Type: application/octet-stream',
        "Content-Disposition: form-data; name=\"f\"; filename*=UTF-8''a.txt",
        named("f") + "\r\nContent-Type: image/png",
        named("f") + "\r\nContent-Transfer-Encoding: base64",
        'Content-Disposition: attachment; name="f"',
        "Content-Disposition: form-data",
        "Content-Type: text/plain",
    ],
)
def test_what_is_no_text_field_is_passed_over_and_counted(head: str) -> None:
    assert read(form((head, "secret"), (named("q"), "x"))) == ([("q", "x")], 1, True)


def test_part_without_any_header_is_passed_over() -> None:
    assert read(f"--{BOUNDARY}\r\n\r\nx\r\n--{BOUNDARY}--".encode()) == ([], 1, True)


@pytest.mark.parametrize(
    "body",
    [b"", b"x", b"--x-7MA4\r\n", form((named("q"), "x")).removesuffix(b"-\r\n"), form((named("q"), "x"))[:-20]],
)
def test_form_without_its_last_boundary_is_not_closed(body: bytes) -> None:
    assert not read(body)[2]


def test_large_file_is_not_kept() -> None:
    file = "a" * (TEXT_LIMIT_BYTES + 1)

    assert read(form((FILE, file), (named("q"), "x")))[0] == [("q", "x")]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (form((named("q"), "a" * (TEXT_LIMIT_BYTES + 1))), f"text of a form exceeds {TEXT_LIMIT_BYTES}"),
        (form(*[(named("q"), "a" * (TEXT_LIMIT_BYTES // 4))] * 5), f"text of a form exceeds {TEXT_LIMIT_BYTES}"),
        (form(*[(FILE, "")] * (PARTS_LIMIT + 1)), f"more than {PARTS_LIMIT} parts"),
        (form((f"{named('q')}\r\nX: {'a' * HEAD_LIMIT_BYTES}", "x")), f"exceed {HEAD_LIMIT_BYTES} bytes"),
        (f"--{BOUNDARY}\r\nX: {'a' * HEAD_LIMIT_BYTES}".encode(), f"exceed {HEAD_LIMIT_BYTES} bytes"),
    ],
)
def test_form_beyond_a_limit_is_unreadable(body: bytes, reason: str) -> None:
    with pytest.raises(UnreadableError, match=reason):
        read(body)


def test_form_of_as_many_parts_as_allowed_is_read() -> None:
    assert len(read(form(*[(named("q"), "x")] * PARTS_LIMIT))[0]) == PARTS_LIMIT


@pytest.mark.parametrize("size", [HEAD_LIMIT_BYTES, HEAD_LIMIT_BYTES + 1])
def test_head_at_its_limit_is_judged_the_same_however_it_is_cut(size: int) -> None:
    head = named("q") + "\r\nX: "
    body = form((head + "a" * (size - len(head) - len("\r\n")), "x"))
    ends = [end for end in range(len(body)) if abs(end - size) < 24]

    def outcome(*pieces: bytes) -> object:
        try:
            return read(*pieces)
        except UnreadableError as error:
            return str(error)

    assert {repr(outcome(body[:end], body[end:])) for end in ends} == {repr(outcome(body))}
    assert isinstance(outcome(body), str) is (size > HEAD_LIMIT_BYTES)


def test_many_lines_that_begin_like_the_boundary_take_linear_time() -> None:
    lines = f"\r\n--{BOUNDARY}x" * 200_000  # quadratic work would copy 240 GB

    assert read(form((named("q"), lines)))[0] == [("q", lines)]


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        ('form-data; name="a"; filename="b"', {"name": "a", "filename": "b"}),
        ("form-data;NAME = a ; x=", {"name": "a", "x": ""}),
        ('form-data; filename="; name=b"; name="a"', {"filename": "; name=b", "name": "a"}),
        ('form-data; name="a%22\\"%0d%0Ab\\c"', {"name": 'a""\r\nb\\c'}),
        ('form-data; name="a"; name="b"', {"name": "a"}),
        ('form-data; name="a', {"name": ""}),
        ("form-data", {}),
    ],
)
def test_parameters_are_read(value: str, wanted: dict[str, str]) -> None:
    assert parameters(value) == wanted


@pytest.mark.parametrize(
    ("content_type", "wanted"),
    [
        ("multipart/form-data; boundary=----WebKitFormBoundaryA1", b"----WebKitFormBoundaryA1"),
        ('multipart/form-data; charset=utf-8; Boundary="a:b c"', b"a:b c"),
        ("multipart/form-data; boundary=" + "a" * 70, b"a" * 70),
    ],
)
def test_boundary_is_that_of_the_content_type(content_type: str, wanted: bytes) -> None:
    assert boundary_of(content_type) == wanted


@pytest.mark.parametrize("parameter", ["", "; boundary=", '; boundary=""', "; boundary=" + "a" * 71])
def test_content_type_without_a_right_boundary_is_unreadable(parameter: str) -> None:
    with pytest.raises(UnreadableError, match="expected a boundary of 1 to 70 characters"):
        boundary_of("multipart/form-data" + parameter)


TEXT = st.text(st.sampled_from("a-x7MA4\r\n \t₹"), max_size=30)
PARTS = st.lists(st.tuples(st.sampled_from([named("q"), named("s"), FILE]), TEXT), max_size=5)


@given(PARTS, st.data())
def test_form_fed_in_any_pieces_gives_what_was_written(parts: list[tuple[str, str]], data: st.DataObject) -> None:
    # Content that holds a line of the boundary ends there, for every reader: no writer may send it.
    parts = [(head, text) for head, text in parts if f"--{BOUNDARY}" not in text]
    written = [(head[-2], text) for head, text in parts if head != FILE]

    assert read(*cut_anywhere(data, form(*parts))) == (written, len(parts) - len(written), True)


BYTES = st.lists(
    st.sampled_from([b"\r\n--x-7MA4", b"--", b"\r\n", b"\r", b"\n", b" ", b"a", named("q").encode(), b"\xff"]),
    max_size=24,
).map(b"".join)


@given(BYTES | st.binary(max_size=100), st.data())
def test_any_bytes_give_the_same_however_they_are_cut(body: bytes, data: st.DataObject) -> None:
    assert read(*cut_anywhere(data, body)) == read(body)
