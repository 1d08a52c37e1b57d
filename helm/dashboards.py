"""The Grafana dashboards, from one description: a panel is a title, a unit and its expressions.

Three pages: the fleet of bots at a glance, one bot by dimension and claim, and the capture with its queue. Their data
source and the bot are variables, so that they fit any Grafana.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

SOURCE: Final = {"type": "prometheus", "uid": "${source}"}
WIDTH: Final = 24
"""Columns of Grafana's grid."""
HEIGHT: Final = 8


@dataclass(frozen=True, slots=True)
class Panel:
    """One panel; `expressions` maps legends (with `{{label}}`) to PromQL."""

    title: str
    expressions: Mapping[str, str]
    unit: str = "short"
    kind: str = "timeseries"
    columns: int = 12
    what: str = ""
    """A sentence for whoever does not know the figure."""


@dataclass(frozen=True, slots=True)
class Dashboard:
    """One page."""

    name: str
    title: str
    panels: tuple[Panel, ...]
    has_service: bool = False


_RATE: Final = "[$__rate_interval]"


def _quantile(quantile: float, histogram: str) -> str:
    return f"histogram_quantile({quantile}, sum by (le) (rate({histogram}_bucket{_RATE})))"


FLEET: Final = Dashboard(
    "fleet",
    "Endurance: all bots",
    (
        Panel(
            "Answers scored",
            {"": "sum(increase(endurance_score_count{dimension='overall'}[$__range]))"},
            kind="stat",
            columns=6,
        ),
        Panel(
            "Overall score",
            {"": "avg(endurance_score_ewma{dimension='overall'})"},
            kind="stat",
            columns=6,
            what="Mean of the bots' exponentially weighted means, 0 to 100.",
        ),
        Panel("Flags", {"": "sum(increase(endurance_flags_total[$__range]))"}, kind="stat", columns=6),
        Panel(
            "Claims not in the documents",
            {"": "sum(increase(endurance_claims_total{verdict='hallucinated'}[$__range]))"},
            kind="stat",
            columns=6,
        ),
        Panel("Overall score by bot", {"{{service}}": "max by (service) (endurance_score_ewma{dimension='overall'})"}),
        Panel(
            "Answers a minute by bot",
            {"{{service}}": f"60 * sum by (service) (rate(endurance_score_count{{dimension='overall'}}{_RATE}))"},
        ),
        Panel(
            "Flags for each answer by bot",
            {
                "{{service}}": f"sum by (service) (rate(endurance_flags_total{_RATE}))"
                f" / (sum by (service) (rate(endurance_score_count{{dimension='overall'}}{_RATE})) > 0)"
            },
        ),
        Panel(
            "Share of decided claims that are not in the documents",
            {
                "{{service}}": f"sum by (service) (rate(endurance_claims_total{{verdict='hallucinated'}}{_RATE}))"
                f" / (sum by (service) (rate(endurance_claims_total{{verdict=~'verified|hallucinated'}}{_RATE})) > 0)"
            },
            unit="percentunit",
        ),
    ),
)
SERVICE: Final = Dashboard(
    "service",
    "Endurance: one bot",
    (
        Panel(
            "Scores by dimension",
            {"{{dimension}}": "max by (dimension) (endurance_score_ewma{service='$service'})"},
            columns=24,
            what="Exponentially weighted means, 0 to 100; a dimension that was never assessed is absent.",
        ),
        Panel(
            "Claims a minute by verdict",
            {"{{verdict}}": f"60 * sum by (verdict) (rate(endurance_claims_total{{service='$service'}}{_RATE}))"},
        ),
        Panel(
            "Flags a minute by reason",
            {"{{reason}}": f"60 * sum by (reason) (rate(endurance_flags_total{{service='$service'}}{_RATE})) > 0"},
        ),
        Panel(
            "Answers by overall score",
            {
                "up to {{le}}": "sum by (le) (increase(endurance_score_bucket"
                "{service='$service',dimension='overall'}[$__range]))"
            },
            kind="bargauge",
        ),
        Panel(
            "Answers a minute",
            {"": f"60 * sum(rate(endurance_score_count{{service='$service',dimension='overall'}}{_RATE}))"},
        ),
    ),
    has_service=True,
)
CAPTURE: Final = Dashboard(
    "capture",
    "Endurance: capture and queue",
    (
        Panel(
            "Requests a second by class",
            {"{{class}}": f"sum by (class) (rate(endurance_proxy_requests_total{_RATE}))"},
            unit="reqps",
        ),
        Panel(
            "Time in the proxy that waits for nobody",
            {
                "median": _quantile(0.5, "endurance_proxy_overhead_seconds"),
                "99 %": _quantile(0.99, "endurance_proxy_overhead_seconds"),
            },
            unit="s",
        ),
        Panel(
            "Exchanges a second by what became of their copies",
            {"{{outcome}}": f"sum by (outcome) (rate(endurance_capture_total{_RATE}))"},
            columns=24,
        ),
        Panel("Exchanges that wait", {"{{instance}}": "endurance_queue_depth"}),
        Panel("Age of the oldest", {"{{instance}}": "endurance_queue_oldest_seconds"}, unit="s"),
        Panel(
            "Queue on disk", {"{{instance}}": "endurance_spool_bytes / endurance_spool_limit_bytes"}, unit="percentunit"
        ),
        Panel(
            "From the end of an exchange to its score",
            {
                "median": _quantile(0.5, "endurance_score_lag_seconds"),
                "99 %": _quantile(0.99, "endurance_score_lag_seconds"),
            },
            unit="s",
        ),
        Panel(
            "Deliveries a second by outcome", {"{{outcome}}": f"sum by (outcome) (rate(endurance_jobs_total{_RATE}))"}
        ),
        Panel(
            "Bytes that passed",
            {"{{direction}}": f"sum by (direction) (rate(endurance_proxy_bytes_total{_RATE}))"},
            unit="Bps",
        ),
        Panel("Store answers", {"{{instance}}": "endurance_store_up"}, kind="stat", columns=6),
        Panel(
            "Proxy and engine connected", {"{{instance}}": "endurance_proxy_engine_connected"}, kind="stat", columns=6
        ),
        Panel("Open connections", {"{{instance}}": "endurance_proxy_open_connections"}, columns=6),
        Panel("Dead letters", {"{{instance}}": "endurance_queue_dead_letters"}, kind="stat", columns=6),
    ),
)
DASHBOARDS: Final = (FLEET, SERVICE, CAPTURE)


def render(dashboard: Dashboard) -> str:
    """Return the page as Grafana imports it (schema version 39, Grafana 10 and later)."""
    variables = [{"name": "source", "label": "Data source", "type": "datasource", "query": "prometheus"}]
    if dashboard.has_service:
        variables.append(_service_variable())
    page = {
        "uid": f"endurance-{dashboard.name}",
        "title": dashboard.title,
        "tags": ["endurance"],
        "schemaVersion": 39,
        "version": 1,
        "editable": True,
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": variables},
        "panels": list(_panels(dashboard.panels)),
    }
    return json.dumps(page, indent=1, ensure_ascii=False) + "\n"


def _service_variable() -> dict[str, Any]:
    query = "label_values(endurance_score_count, service)"
    return {"name": "service", "label": "Bot", "type": "query", "datasource": SOURCE, "query": query, "refresh": 2}


def _panels(panels: tuple[Panel, ...]) -> Iterator[dict[str, Any]]:
    x = y = 0
    for number, panel in enumerate(panels, start=1):
        if x + panel.columns > WIDTH:
            x, y = 0, y + HEIGHT
        made: dict[str, Any] = {
            "id": number,
            "type": panel.kind,
            "title": panel.title,
            "datasource": SOURCE,
            "gridPos": {"x": x, "y": y, "w": panel.columns, "h": HEIGHT},
            "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
            "targets": [
                {"refId": chr(ord("A") + index), "datasource": SOURCE, "expr": expression, "legendFormat": legend}
                for index, (legend, expression) in enumerate(panel.expressions.items())
            ],
        }
        if panel.what:
            made["description"] = panel.what
        yield made
        x += panel.columns
