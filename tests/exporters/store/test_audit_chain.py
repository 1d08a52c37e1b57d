"""Whatever is changed in a chain is found, by the hashes, the numbers, or a head that was kept elsewhere."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exporters.store.audit import FIRST_PREVIOUS, Head, Kept, Link, chained, columns_of, digest
from exporters.store.audit_chain import ChainCheck, heads_of_text, heads_to_text
from exporters.store.moments import to_ms
from tests.exporters.store.contract_audit import make_draft

LENGTH = 6


def kept(link: Link) -> Kept:
    columns = columns_of(link.entry, to_ms(link.entry.at))
    return Kept(link.entry.number, link.body, link.hash, columns)


def chain(length: int = LENGTH) -> list[Kept]:
    return [kept(link) for link in chained(Head("w1"), [make_draft(number) for number in range(length)])]


def findings(rows: Sequence[Kept], anchors: Sequence[Head] = ()) -> list[str]:
    check = ChainCheck("w1", anchors)
    return [*check.walk(rows), *check.finish()]


def rehashed(rows: Sequence[Kept], start: int) -> list[Kept]:
    """Return the chain as somebody would write it who rehashes it from an index on."""
    fixed = list(rows[:start])
    for row in rows[start:]:
        body = orjson.loads(row.body) | {"previous": fixed[-1].hash if fixed else FIRST_PREVIOUS}
        data = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
        fixed.append(replace(row, body=data, hash=digest(data)))
    return fixed


def test_a_chain_as_it_was_written_has_no_finding() -> None:
    rows = chain()

    assert findings(rows) == []
    assert findings(rows, [Head("w1", row.number, row.hash) for row in rows]) == []
    assert findings(rows, [Head("w1", 0, FIRST_PREVIOUS), Head("other", 99, "f" * 64)]) == []


@given(st.integers(0, LENGTH - 1), st.data())
def test_any_changed_byte_of_a_body_is_found(index: int, data: st.DataObject) -> None:
    rows = chain()
    body = bytearray(rows[index].body)
    place = data.draw(st.integers(0, len(body) - 1))
    body[place] ^= data.draw(st.integers(1, 255))
    rows[index] = replace(rows[index], body=bytes(body))

    assert findings(rows) != []


@given(st.sets(st.integers(0, LENGTH - 2), min_size=1))
def test_any_missing_entry_before_the_last_is_found(missing: set[int]) -> None:
    rows = [row for index, row in enumerate(chain()) if index not in missing]

    assert any("missing" in line for line in findings(rows))


@given(st.permutations(range(LENGTH)).filter(lambda order: list(order) != sorted(order)))
def test_entries_that_changed_places_are_found(order: list[int]) -> None:
    rows = chain()
    moved = [replace(rows[index], number=place + 1) for place, index in enumerate(order)]

    assert findings(moved) != []


@pytest.mark.parametrize("name", ["at_ms", "actor", "action", "outcome", "target"])
def test_a_column_that_says_something_else_than_the_body_is_found(name: str) -> None:
    rows = chain()
    rows[2] = replace(rows[2], columns={**rows[2].columns, name: "another"})

    assert findings(rows) == [f"w1 3: is searched by another {name} than its body has"]


def test_a_body_rewritten_with_its_hash_breaks_the_next_entry() -> None:
    rows = chain()
    body = rows[1].body.replace(b"GET /v1/sessions", b"GET /v1/services")
    rows[1] = replace(rows[1], body=body, hash=digest(body))

    assert findings(rows) == ["w1 3: does not follow from the entry before it"]


@pytest.mark.parametrize("start", range(LENGTH - 1))
def test_a_chain_rewritten_from_somewhere_on_shows_by_a_head_kept_elsewhere(start: int) -> None:
    rows = chain()
    anchor = Head("w1", rows[-1].number, rows[-1].hash)
    body = rows[start].body.replace(b'"status":200', b'"status":404')
    rewritten = rehashed([*rows[:start], replace(rows[start], body=body), *rows[start + 1 :]], start)

    assert findings(rewritten) == []
    assert findings(rewritten, [anchor]) == ["w1 6: is not the entry whose hash was kept elsewhere"]


def test_a_chain_that_lost_its_end_shows_by_a_head_kept_elsewhere() -> None:
    rows = chain()
    anchor = Head("w1", rows[-1].number, rows[-1].hash)

    assert findings(rows[:4], [anchor]) == ["w1 6: is missing: the chain ends at 4"]
    assert findings([], [anchor]) == ["w1 6: is missing: the chain ends at 0"]


def test_an_entry_of_another_writer_is_found() -> None:
    others = [kept(link) for link in chained(Head("w2"), [make_draft(0)])]

    assert findings(others) == ["w1 1: says that it is w2 1"]


def test_pages_give_the_findings_of_the_whole() -> None:
    rows = chain(20)
    del rows[7]
    check = ChainCheck("w1")

    paged = [line for start in range(0, len(rows), 3) for line in check.walk(rows[start : start + 3])]

    assert paged == findings(rows) == ["w1 8: is missing"]


def test_heads_come_back_from_their_text() -> None:
    heads = {"a": Head("a", 3, "1" * 64), "b": Head("b", 0, FIRST_PREVIOUS)}

    assert heads_of_text(heads_to_text(heads)) == heads


@given(st.text() | st.sampled_from(['{"a": 1}', '{"a": {"number": -1, "hash": "x"}}', "[]", '{"a": {"number": 1}}']))
def test_any_other_text_is_no_heads(text: str) -> None:
    try:
        heads = heads_of_text(text)
    except ValueError:
        return
    assert heads == {}


def test_the_links_name_one_another() -> None:
    links = chained(Head("w1"), [make_draft(number) for number in range(3)])

    assert links[0].entry.previous == FIRST_PREVIOUS
    assert all(after.entry.previous == before.hash for before, after in pairwise(links))
