"""Metrics: the names, their closed labels, the numbers, and that Prometheus can read them."""

import subprocess
from datetime import timedelta

import pytest
from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families

from config.settings import MetricsSettings
from exporters.prometheus import Metrics
from scorer.frames import COUNTER_NAMES
from scorer.model import CaptureOutcome, DimensionName
from scorer.protocols import JobOutcome, JudgeOutcome, QueueStats
from tests.fakes.evaluations import START, make_evaluation

NAMES = {
    "endurance_proxy_requests": "counter", "endurance_proxy_overhead_seconds": "histogram",
    "endurance_proxy_bytes": "counter", "endurance_proxy_engine_mismatches": "counter",
    "endurance_proxy_connections_refused": "counter",
    "endurance_proxy_open_connections": "gauge", "endurance_proxy_open_exchanges": "gauge",
    "endurance_proxy_engine_connected": "gauge", "endurance_proxy_held_bytes": "gauge",
    "endurance_proxy_start_time_seconds": "gauge",
    "endurance_capture": "counter", "endurance_spool_bytes": "gauge", "endurance_spool_damaged": "counter",
    "endurance_spool_jobs": "gauge", "endurance_spool_oldest_seconds": "gauge", "endurance_queue_leased": "gauge",
    "endurance_queue_depth": "gauge", "endurance_queue_oldest_seconds": "gauge",
    "endurance_queue_dead_letters": "gauge",
    "endurance_judge_requests": "counter", "endurance_judge_questions": "counter",
    "endurance_jobs": "counter", "endurance_score": "histogram", "endurance_score_ewma": "gauge",
    "endurance_claims": "counter", "endurance_flags": "counter", "endurance_score_lag_seconds": "histogram",
    "endurance_engine_start_time_seconds": "gauge", "endurance_spool_limit_bytes": "gauge",
    "endurance_build_info": "gauge", "endurance_store_up": "gauge", "endurance_feed_clients": "gauge",
    "endurance_feed_overflows": "counter", "endurance_export_failures": "counter",
    "endurance_claim_engine_info": "gauge",
    "endurance_score_alarm": "gauge", "endurance_drift_psi": "gauge", "endurance_drift_significant": "gauge",
    "endurance_group_impact_ratio": "gauge", "endurance_agreement": "gauge", "endurance_judged_records": "gauge",
}  # fmt: skip


def make(limit: int = 100, *services: str) -> Metrics:
    return Metrics(MetricsSettings(service_limit=limit), "1.2.3", services, started_at=0.0)


def families(metrics: Metrics) -> dict[str, Metric]:
    body, _ = metrics.render()
    return {family.name: family for family in text_string_to_metric_families(body.decode())}


def value(metrics: Metrics, sample_name: str, **labels: str) -> float | None:
    for family in families(metrics).values():
        for sample in family.samples:
            if sample.name == sample_name and sample.labels == labels:
                return sample.value
    return None


def full() -> Metrics:
    metrics = make(3, "desk")
    metrics.set_proxy_totals({name: index for index, name in enumerate(COUNTER_NAMES)})
    metrics.set_queue(QueueStats(depth=1, dead=2, size_bytes=3, oldest_seconds=4.5, damaged=5))
    metrics.set_store_up(True)
    for number, service in enumerate(("desk", "bank", 'quote" \\ and\nline', "one too many")):
        metrics.export(make_evaluation(number, service_id=service))
    return metrics


def test_every_name_is_there_with_its_type_from_the_start() -> None:
    assert {name: family.type for name, family in families(make()).items()} == NAMES


def test_claim_engine_in_force_is_told() -> None:
    metrics = make()

    metrics.set_claim_engine("lexical")

    assert value(metrics, "endurance_claim_engine_info", engine="lexical") == 1


def test_no_series_tells_when_it_was_created() -> None:
    body, content_type = full().render()

    assert b"_created" not in body
    assert content_type == "text/plain; version=0.0.4; charset=utf-8"


@pytest.mark.promtool
def test_promtool_finds_nothing_to_say() -> None:
    checked = subprocess.run(
        ["promtool", "check", "metrics"], input=full().render()[0], capture_output=True, check=False
    )

    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


def test_configured_services_have_their_series_from_the_start() -> None:
    told = families(make(100, "desk"))

    dimensions = {s.labels["dimension"] for s in told["endurance_score"].samples if s.name == "endurance_score_count"}
    assert dimensions == {"overall", *DimensionName}
    assert {s.labels["service"] for s in told["endurance_flags"].samples} == {"desk"}
    assert len(told["endurance_claims"].samples) == 3
    assert told["endurance_score_ewma"].samples == []  # from the record: exporters/trust_watch.py


def test_jobs_and_captures_have_a_series_for_every_outcome() -> None:
    metrics = make()
    metrics.count_job(JobOutcome.SCORED)
    metrics.count_capture(CaptureOutcome.NOT_CHAT)
    metrics.count_capture(CaptureOutcome.NOT_CHAT)

    told = families(metrics)

    assert {s.labels["outcome"]: s.value for s in told["endurance_jobs"].samples} == {
        outcome.value: float(outcome is JobOutcome.SCORED) for outcome in JobOutcome
    }
    assert {s.labels["outcome"] for s in told["endurance_capture"].samples} == set(CaptureOutcome)
    assert value(metrics, "endurance_capture_total", outcome="not_chat") == 2.0


def test_what_the_judge_was_asked_is_counted_by_how_it_ended() -> None:
    metrics = make()

    metrics.count_judge_request()
    metrics.count_judge_question(JudgeOutcome.SUPPORTED)
    metrics.count_judge_question(JudgeOutcome.CACHED)

    told = families(metrics)["endurance_judge_questions"].samples
    assert {one.labels["outcome"]: one.value for one in told} == {
        outcome.value: float(outcome in (JudgeOutcome.SUPPORTED, JudgeOutcome.CACHED)) for outcome in JudgeOutcome
    }
    assert value(metrics, "endurance_judge_requests_total") == 1.0


def test_scores_fall_into_five_buckets_and_nulls_into_none() -> None:
    metrics = make()
    for score in (0.0, 20.0, 20.1, 59.0, 100.0, None):
        metrics.export(make_evaluation(overall_score=score, dimensions=dict.fromkeys(DimensionName)))

    samples = families(metrics)["endurance_score"].samples

    buckets = {s.labels["le"]: s.value for s in samples if s.labels.get("le")}
    assert buckets == {"20.0": 2, "40.0": 3, "60.0": 4, "80.0": 4, "100.0": 5, "+Inf": 5}
    assert {s.labels["dimension"] for s in samples} == {"overall"}


def test_a_service_beyond_the_limit_is_counted_as_other() -> None:
    metrics = make(2, "desk")
    for service in ("bank", "third", "fourth", "desk", "bank"):
        metrics.export(make_evaluation(service_id=service))

    samples = families(metrics)["endurance_claims"].samples
    counted = {s.labels["service"]: s.value for s in samples if s.labels["verdict"] == "verified"}
    assert counted == {"desk": 2.0, "bank": 4.0, "other": 4.0}


def test_a_flag_outside_the_closed_set_is_counted_as_other() -> None:
    metrics = make()
    metrics.export(make_evaluation(flag_codes=("hallucination", "the text of somebody's answer")))

    assert value(metrics, "endurance_flags_total", service="desk", reason="hallucination") == 1.0
    assert value(metrics, "endurance_flags_total", service="desk", reason="other") == 1.0
    assert b"somebody" not in metrics.render()[0]


def test_the_lag_is_that_of_first_scores_and_never_negative() -> None:
    metrics = make()
    metrics.export(make_evaluation(timestamp=START, scored_at=START + timedelta(seconds=3)))
    metrics.export(make_evaluation(timestamp=START, scored_at=START - timedelta(seconds=3)))
    metrics.export(make_evaluation(timestamp=START, scored_at=START + timedelta(days=3), revision=2))

    assert value(metrics, "endurance_score_lag_seconds_count") == 2.0
    assert value(metrics, "endurance_score_lag_seconds_sum") == 3.0


def test_a_failed_export_is_counted_by_exporter() -> None:
    metrics = make()

    metrics.count_export_failure("feed")

    assert value(metrics, "endurance_export_failures_total", exporter="feed") == 1.0


def test_two_registries_do_not_share_anything() -> None:
    first, second = make(), make()

    first.count_job(JobOutcome.DEAD)

    assert value(second, "endurance_jobs_total", outcome="dead") == 0.0
