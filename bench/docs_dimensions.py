"""Writes `docs/dimensions/<name>.md` and the figures of `docs/models.md` from the code.

A test fails when a page differs from what the code says. Without an argument the pages are written; `--check` tells
whether they are as they should be.
"""

import argparse
import inspect
import json
import re
import sys
from pathlib import Path

from bench.train.__main__ import FIGURES
from scorer.dimensions.base import Dimension, SignalKind
from scorer.dimensions.registry import DIMENSIONS
from scorer.rules.loader import load_rulepacks

DOCS = Path(__file__).resolve().parents[1] / "docs"
FOLDER = DOCS / "dimensions"
MODELS = DOCS / "models.md"
BEGIN, END = "<!-- figures: written by python -m bench.docs_dimensions -->", "<!-- end of figures -->"


def page(dimension: Dimension) -> str:
    """Return the page of a dimension: its module's docstring, then every signal with what it measures."""
    module = sys.modules[type(dimension).__module__]
    lines = [f"# {dimension.name.value}", "", "<!-- written by python -m bench.docs_dimensions; edit the code -->", ""]
    lines += [*_prose(inspect.getdoc(module) or ""), f"Version {dimension.version}.", ""]
    for kind in _kinds(dimension):
        measured = inspect.getdoc(getattr(module, kind.name)) or ""
        lines += [f"## {kind.name}", "", *_prose(measured)]
        lines += [f"- unit of `value`: {kind.unit.value}", f"- enters as: {kind.role.value}, weight {kind.weight:g}"]
        lines += [f"- source: {kind.source}", f"- version: {kind.version}"]
        lines += ["- experimental: raises no flag" if kind.experimental else "- may raise a flag", ""]
    if dimension.name == "legal_compliance":
        lines += _rules()
    return "\n".join(lines).rstrip() + "\n"


def _kinds(dimension: Dimension) -> list[SignalKind]:
    module = sys.modules[type(dimension).__module__]
    return [value for value in vars(module).values() if isinstance(value, SignalKind)]


def _prose(text: str) -> list[str]:
    return [*text.strip().splitlines(), ""]


def _rules() -> list[str]:
    lines = [
        "## Rules of the bundled packs",
        "",
        "| mode | rule | source | says | enters as |",
        "| --- | --- | --- | --- | --- |",
    ]
    for mode, packs in load_rulepacks().items():
        for pack in packs:
            for rule in pack.rules:
                role = "fault" if rule.forbids is not None or rule.gate else "quality"
                told = f"{role}{', gate' if rule.gate else ''}{', experimental' if rule.experimental else ''}"
                lines.append(f"| {mode} | `{rule.signal or rule.id}` | {rule.source} | {rule.title} | {told} |")
    return lines


def models_page(text: str) -> str:
    """Return the text with the held-out figures between its marks written anew. Raises ValueError without marks."""
    figures = json.loads(FIGURES.read_text("utf-8"))
    lines = [
        "| model | source | positive | negative | AUROC | TPR | FPR |",
        "| --- | --- | --- | --- | --- | --- | --- |",
    ]
    for name, told in figures.items():
        for source, row in {"all": told["all"], **told["by_source"]}.items():
            cells = (
                row["positive"],
                row["negative"],
                row["auroc"],
                row["true_positive_rate"],
                row["false_positive_rate"],
            )
            lines.append(f"| {name} | {source} | {' | '.join('' if cell is None else str(cell) for cell in cells)} |")
    if BEGIN not in text or END not in text:
        raise ValueError(f"{MODELS.name}: expected the marks {BEGIN} and {END}")
    table = "\n".join(lines)
    return re.sub(
        f"{re.escape(BEGIN)}.*{re.escape(END)}", lambda _: f"{BEGIN}\n\n{table}\n\n{END}", text, flags=re.DOTALL
    )


def pages() -> dict[Path, str]:
    """Return every generated page by its path."""
    made = {FOLDER / f"{dimension.name.value}.md": page(dimension) for dimension in DIMENSIONS}
    return made | {MODELS: models_page(MODELS.read_text("utf-8"))}


def main() -> int:
    """Write the pages, or compare them."""
    parser = argparse.ArgumentParser(prog="python -m bench.docs_dimensions", description="Write docs from the code.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page differs")
    options = parser.parse_args()
    stale = [path for path, text in pages().items() if not path.exists() or path.read_text("utf-8") != text]
    for path in stale:
        print(path.relative_to(DOCS.parent))
        if not options.check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(pages()[path], "utf-8")
    return int(bool(stale) and options.check)


if __name__ == "__main__":
    sys.exit(main())
