"""The arithmetic of aggregates."""

from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from exporters.store.rollups import (
    OVERALL,
    BucketKey,
    Counted,
    Level,
    Part,
    average,
    bucket_of,
    count,
    gather,
    merge,
    movement,
    stats_of,
)
from scorer.model import DimensionName
from tests.fakes.evaluations import make_evaluation

UTC_ZONE = ZoneInfo("UTC")
NUMBERS = st.integers(0, 500)


def _counted(number: int, service: str = "desk") -> Counted:
    return count(make_evaluation(number, service_id=service), UTC_ZONE)


@given(st.lists(st.tuples(NUMBERS, st.sampled_from("ab")), min_size=1, max_size=20))
def test_a_chain_of_replacements_leaves_what_its_last_one_adds(chain: list[tuple[int, str]]) -> None:
    versions = [_counted(number, service) for number, service in chain]
    steps = zip([None, *versions], versions, strict=False)

    left = {key: counts for key, counts in merge([movement(new, old) for old, new in steps]).items() if counts}

    assert left == movement(versions[-1], None)


@given(st.lists(NUMBERS, max_size=10), st.randoms())
def test_sums_do_not_depend_on_their_order(numbers: list[int], rng: st.random_module) -> None:
    moves = [movement(_counted(number), None) for number in numbers]
    shuffled = list(moves)
    rng.shuffle(shuffled)

    assert merge(moves) == merge(shuffled)


def test_scores_fall_into_ten_classes_and_null_into_none() -> None:
    scores = dict(zip(DimensionName, (0.0, 9.99, 10.0, 50.0, 99.9, 100.0, None, None, None), strict=True))

    counts = count(make_evaluation(1, dimensions=scores, overall_score=None), UTC_ZONE).counts

    assert [name.rpartition(":")[2] for name in counts if name.startswith("hist:")] == ["0", "0", "1", "5", "9", "9"]
    assert "sum:overall" not in counts
    assert counts["sessions"] == 1


def test_flags_are_counted_by_code_once_a_session() -> None:
    counts = count(make_evaluation(1, flag_codes=("gate_pii", "gate_pii", "low_overall")), UTC_ZONE).counts

    assert {name: number for name, number in counts.items() if name.startswith("flag:")} == {
        "flag:gate_pii": 1,
        "flag:low_overall": 1,
    }


def test_an_average_over_nothing_is_none() -> None:
    assert average({}, OVERALL) is None


def test_parts_of_several_writers_are_added_and_empty_buckets_left_out() -> None:
    key, empty = BucketKey(Level.SERVICE, 0, "desk"), BucketKey(Level.SERVICE, 0, "left")
    parts = [
        Part(key, {"sessions": 2, "flagged": 1, "sum:overall": 90_000_000, "scored:overall": 2}, 5),
        Part(empty, {"sessions": 1}, 1),
        Part(key, {"sessions": -1, "sum:overall": -40_000_000, "scored:overall": -1}, 9),
        Part(empty, {"sessions": -1}, 1),
    ]

    (gathered,) = gather(parts)

    stats = stats_of(gathered)
    assert (stats.total_sessions, stats.flagged_percentage, stats.avg_score) == (1, 100.0, 50.0)
    assert gathered.updated_ms == 9
    assert bucket_of(gathered).total_sessions == 1
