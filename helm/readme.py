"""The chart's README: its table of values from the comments of values.yaml."""

import re
from collections.abc import Iterator
from pathlib import Path

import yaml

CHART = Path(__file__).parent / "endurance"
TABLE = re.compile(r"(?<=<!-- values -->\n).*?(?=<!-- /values -->)", re.DOTALL)
_KEY = re.compile(r"^(?P<indent> *)(?P<key>[A-Za-z]+):(?P<rest>.*)$")


def readme(text: str) -> str:
    """Return the README with its table as values.yaml has it now."""
    rows = "".join(f"| `{path}` | `{shown}` | {words} |\n" for path, shown, words in rows_of(_values_text()))
    return TABLE.sub(lambda _: f"| value | default | what |\n| --- | --- | --- |\n{rows}", text)


def rows_of(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield path, default and words of every value that has words."""
    values = yaml.safe_load(text)
    path: list[str] = []
    words: list[str] = []
    for line in text.splitlines():
        stripped = line.strip()
        if stripped.startswith("#"):
            words.append(stripped.removeprefix("#").strip().removeprefix("-- "))
            continue
        found = _KEY.match(line)
        if found is not None and len(found["indent"]) // 2 <= len(path):
            path = [*path[: len(found["indent"]) // 2], found["key"]]
            if words:
                yield ".".join(path), _shown(values, path), " ".join(words)
        words = []


def _shown(values: object, path: list[str]) -> str:
    for key in path:
        assert isinstance(values, dict)
        values = values[key]
    return yaml.safe_dump(values, default_flow_style=True, width=1000).strip().removesuffix("\n...").strip()


def _values_text() -> str:
    return (CHART / "values.yaml").read_text(encoding="utf-8")
