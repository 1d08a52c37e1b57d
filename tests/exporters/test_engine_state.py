"""Captures and gauges of the engine."""

from exporters.engine_state import PROXY_OUTCOMES, Captures, EngineState
from exporters.proxy_totals import ProxyTotals
from scorer.frames import COUNTER_NAMES
from scorer.model import CaptureOutcome
from scorer.protocols import QueueStats


def counts(captures: Captures) -> dict[str, float]:
    (family,) = captures.collect()
    return {sample.labels["outcome"]: sample.value for sample in family.samples}


def values(state: EngineState) -> dict[str, list[float]]:
    return {family.name: [sample.value for sample in family.samples] for family in state.collect()}


def test_what_is_decided_in_the_proxy_is_counted_once_and_drops_of_both_processes_add_up() -> None:
    proxy = ProxyTotals()
    captures = Captures(proxy)
    proxy.set({"capture.dropped": 4, "capture.meta_only": 3})
    for outcome in (CaptureOutcome.SCORED, CaptureOutcome.DROPPED, CaptureOutcome.META_ONLY):
        captures.count(outcome)

    told = counts(captures)

    assert (told["scored"], told["dropped"], told["meta_only"], told["unreadable"]) == (1, 5, 3, 0)


def test_the_proxys_names_are_those_of_the_wire() -> None:
    assert set(PROXY_OUTCOMES.values()) == {name for name in COUNTER_NAMES if name.startswith("capture.")}


def test_what_nobody_knows_has_no_sample() -> None:
    told = values(EngineState(0.0))

    assert told["endurance_queue_depth"] == told["endurance_store_up"] == told["endurance_spool_damaged"] == []
    assert told["endurance_feed_clients"] == [0]


def test_what_is_known_is_told() -> None:
    state = EngineState(0.0)
    state.queue = QueueStats(depth=1, dead=2, size_bytes=3, oldest_seconds=4.5, damaged=5, leased=1)
    state.spool = QueueStats(depth=7, dead=0, size_bytes=3, oldest_seconds=9.0, damaged=5)
    state.is_store_up = False

    told = values(state)

    queue = [told[f"endurance_queue_{name}"] for name in ("depth", "dead_letters", "oldest_seconds", "leased")]
    assert queue == [[1], [2], [4.5], [1]]
    assert (told["endurance_spool_jobs"], told["endurance_spool_oldest_seconds"]) == ([7], [9.0])
    assert (told["endurance_spool_bytes"], told["endurance_spool_damaged"], told["endurance_store_up"]) == (
        [3],
        [5],
        [0],
    )
