"""What is made from elsewhere stands as it would be made now."""

import json

import pytest
import yaml
from pydantic import BaseModel

from endurance.version import VERSION
from helm.dashboards import DASHBOARDS, Dashboard, render
from helm.readme import CHART, readme
from helm.values import Values, schema


def test_schema_is_as_the_settings_would_have_it() -> None:
    assert (CHART / "values.schema.json").read_text() == schema(), "run make chart"


def test_readme_is_as_the_values_would_have_it() -> None:
    text = (CHART / "README.md").read_text()

    assert text == readme(text), "run make chart"


@pytest.mark.parametrize("dashboard", DASHBOARDS, ids=lambda one: one.name)
def test_dashboard_is_as_the_generator_would_have_it(dashboard: Dashboard) -> None:
    assert (CHART / "files" / "dashboards" / f"{dashboard.name}.json").read_text() == render(dashboard), (
        "run make chart"
    )


def test_every_value_of_the_schema_has_its_default_in_values_yaml() -> None:
    def names(model: type[BaseModel]) -> set[str]:
        return set(model.model_fields)

    values = yaml.safe_load((CHART / "values.yaml").read_text())

    assert set(values) == names(Values) - {"global_"}
    assert "settings" in json.loads(schema())["properties"]


def test_chart_carries_the_version_of_the_product() -> None:
    chart = yaml.safe_load((CHART / "Chart.yaml").read_text())

    assert (chart["version"], chart["appVersion"]) == (VERSION, VERSION)
