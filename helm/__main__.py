"""Writes what the chart has that is made from elsewhere: `python -m helm`, or `make chart`."""

from helm.dashboards import DASHBOARDS, render
from helm.readme import CHART, readme
from helm.values import schema


def main() -> None:
    """Write the schema of the values, the table of the README and the dashboards."""
    (CHART / "values.schema.json").write_text(schema(), encoding="utf-8")
    path = CHART / "README.md"
    path.write_text(readme(path.read_text(encoding="utf-8")), encoding="utf-8")
    for dashboard in DASHBOARDS:
        (CHART / "files" / "dashboards" / f"{dashboard.name}.json").write_text(render(dashboard), encoding="utf-8")


if __name__ == "__main__":
    main()
