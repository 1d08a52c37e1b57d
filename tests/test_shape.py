"""The shape of the tree: size limits, one-way imports with the hidden ones counted, tests beside what they test."""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("config", "scorer", "proxy", "exporters", "endurance")
FILE_LINES = 400
FUNCTION_LINES = 60


def _python_files() -> list[Path]:
    folders = [ROOT / name for name in (*PACKAGES, "tests", "bench")]
    return sorted(path for folder in folders for path in folder.rglob("*.py"))


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def _functions() -> Iterator[tuple[Path, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for path in _python_files():
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                yield path, node


def test_no_file_is_longer_than_its_limit() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_text(encoding="utf-8").splitlines()) for path in _python_files()}

    too_long = {str(path): length for path, length in lengths.items() if length > FILE_LINES}

    assert too_long == {}


def test_no_function_is_longer_than_its_limit() -> None:
    too_long = {
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}": node.end_lineno - node.lineno + 1
        for path, node in _functions()
        if node.end_lineno is not None and node.end_lineno - node.lineno + 1 > FUNCTION_LINES
    }

    assert too_long == {}


def test_every_module_says_what_it_is_for() -> None:
    modules = [path for path in _python_files() if not path.name.startswith(("test_", "conftest"))]

    silent = [str(path.relative_to(ROOT)) for path in modules if ast.get_docstring(_tree(path)) is None]

    assert silent == []


def _module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _imports() -> dict[str, set[str]]:
    """Every import of the product, in-function ones too, as module → modules."""
    paths = {_module_name(path): path for name in PACKAGES for path in (ROOT / name).rglob("*.py")}
    edges: dict[str, set[str]] = {name: set() for name in paths}
    for name, path in paths.items():
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.Import):
                edges[name] |= {alias.name for alias in node.names if alias.name in paths}
            elif isinstance(node, ast.ImportFrom) and node.module is not None and node.level == 0:
                inner = {f"{node.module}.{alias.name}" for alias in node.names} & paths.keys()
                edges[name] |= inner or ({node.module} & paths.keys())
    return edges


def test_no_import_cycle_with_in_function_imports_counted() -> None:
    edges, done, path = _imports(), set[str](), list[str]()

    def visit(name: str) -> None:
        if name in path:
            pytest.fail("import cycle: " + " → ".join([*path[path.index(name) :], name]))
        if name in done:
            return
        path.append(name)
        for other in sorted(edges[name]):
            visit(other)
        path.pop()
        done.add(name)

    for name in edges:
        visit(name)
    assert done == edges.keys()


def test_nothing_is_imported_from_a_package_itself() -> None:
    packages = {_module_name(path) for name in PACKAGES for path in (ROOT / name).rglob("__init__.py")}

    culprits = {name: sorted(others & packages) for name, others in _imports().items() if others & packages}

    assert culprits == {}


def _checks(node: ast.AST, helpers: set[str]) -> bool:
    """Say whether it can fail: it asserts, raises, or calls something that is known to."""
    words = ("assert", "raises", "warns", "fail", "expect")
    for inner in ast.walk(node):
        if isinstance(inner, ast.Assert | ast.Raise):
            return True
        if isinstance(inner, ast.Call):
            name = ast.unparse(inner.func)
            if any(word in name for word in words) or name.rpartition(".")[2] in helpers:
                return True
    return False


def test_every_test_can_fail() -> None:
    functions = [(path, node) for path, node in _functions() if path.is_relative_to(ROOT / "tests")]
    tests = [
        (path, node) for path, node in functions if path.name.startswith("test_") and node.name.startswith("test_")
    ]
    others = [node for _, node in functions if not node.name.startswith("test_")]
    helpers: set[str] = set()
    while found := {node.name for node in others if node.name not in helpers and _checks(node, helpers)}:
        helpers |= found

    silent = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}" for path, node in tests if not _checks(node, helpers)
    ]

    assert silent == []


def test_the_settings_page_shows_every_key() -> None:
    from config.loader import setting_keys
    from config.settings import Settings

    page = (ROOT / "config" / "endurance.yaml").read_text(encoding="utf-8")

    missing = [".".join(keys) for keys, _ in setting_keys(Settings) if f"{keys[-1]}:" not in page]

    assert missing == []
