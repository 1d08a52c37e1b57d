"""The proxy's totals as Prometheus families."""

from prometheus_client.core import Metric

from exporters.proxy_totals import ProxyTotals
from scorer.frames import COUNTER_NAMES

TOTALS = {name: 10 * index + 1 for index, name in enumerate(COUNTER_NAMES)}


def collected(totals: ProxyTotals) -> dict[str, Metric]:
    return {family.name: family for family in totals.collect()}


def test_before_the_proxy_has_spoken_there_are_families_without_samples() -> None:
    totals = ProxyTotals()

    assert [family.samples for family in collected(totals).values()] == [[]] * 10
    assert totals.total("capture.dropped") == 0


def test_every_counter_of_the_wire_but_the_captures_is_told() -> None:
    totals = ProxyTotals()
    totals.set(TOTALS)

    told = {sample.value for family in collected(totals).values() for sample in family.samples}

    for name, number in TOTALS.items():
        scaled = number / 1_000_000 if name.endswith("_us") else number
        assert (scaled in told) is not name.startswith("capture."), name
        assert totals.total(name) == number


def test_requests_are_told_by_class_and_overhead_in_seconds() -> None:
    totals = ProxyTotals()
    totals.set(TOTALS)

    families = collected(totals)

    requests = {s.labels["class"]: s.value for s in families["endurance_proxy_requests"].samples}
    assert requests == {"1xx": 1, "2xx": 11, "3xx": 21, "4xx": 31, "5xx": 41, "error": 51}
    buckets = [s.labels["le"] for s in families["endurance_proxy_overhead_seconds"].samples if "le" in s.labels]
    assert buckets == ["5e-05", "0.0001", "0.00025", "0.0005", "0.001", "0.005", "+Inf"]


def test_new_totals_replace_the_old_ones_whole() -> None:
    totals = ProxyTotals()
    totals.set(TOTALS)

    totals.set({"bytes.request": 5})

    assert (totals.total("bytes.request"), totals.total("bytes.response")) == (5, 0)
