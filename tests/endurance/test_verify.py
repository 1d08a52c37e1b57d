"""`endurance verify` against a real file that somebody meddled with."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from endurance.__main__ import main
from exporters.audit import HEAD_NAME, AuditLog
from exporters.store.audit import Action, Outcome
from exporters.store.sqlite import SqliteStore
from tests.fakes.clock import ManualClock


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """Return a data directory with an audit of five entries."""
    store = SqliteStore(tmp_path / "endurance.db", "UTC")
    await store.open()
    log = AuditLog(store, ManualClock(), tmp_path / HEAD_NAME)
    for number in range(5):
        await log.append(log.draft("desk", Action.CHANGE, Outcome.DONE, "POST /x", target=f"s{number}"))
    await store.close()
    return tmp_path


@pytest.fixture
def meddle(folder: Path) -> Callable[[str], None]:
    def change(statement: str) -> None:
        with closing(sqlite3.connect(folder / "endurance.db")) as other:
            assert other.execute(statement).rowcount > 0
            other.commit()

    return change


def verify(folder: Path, *more: str) -> Result:
    return CliRunner().invoke(main, ["verify", "--data-dir", str(folder), *more])


def test_a_sound_audit_is_said_to_be(folder: Path) -> None:
    told = verify(folder)

    assert (told.exit_code, told.output) == (0, "5 entries of 1 writers, 0 findings\n")


@pytest.mark.parametrize(
    ("statement", "finding"),
    [
        ("UPDATE audit SET body = replace(body, 's2', 's9') WHERE number = 3", "w1 3: has another hash than its body"),
        ("UPDATE audit SET actor = 'other' WHERE number = 2", "w1 2: is searched by another actor"),
        ("DELETE FROM audit WHERE number = 2", "w1 2: is missing"),
        ("DELETE FROM audit WHERE number > 3", "w1 5: is missing: the chain ends at 3"),
        ("DELETE FROM audit", "w1 5: is missing: the chain ends at 0"),
    ],
)
def test_what_somebody_changed_is_a_line_and_an_exit_code(
    folder: Path, meddle: Callable[[str], None], statement: str, finding: str
) -> None:
    meddle(statement)

    told = verify(folder)

    assert told.exit_code == 1
    assert any(line.startswith(finding) for line in told.output.splitlines()), told.output


def test_heads_of_an_earlier_check_are_kept_elsewhere_and_compared(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, meddle: Callable[[str], None]
) -> None:
    anchor = tmp_path_factory.mktemp("elsewhere") / "heads.json"
    assert verify(folder, "--anchor", str(anchor)).exit_code == 0
    kept = anchor.read_text()
    (folder / HEAD_NAME).unlink()
    meddle("DELETE FROM audit WHERE number = 5")

    without = verify(folder)
    with_anchor = verify(folder, "--anchor", str(anchor))

    assert without.exit_code == 0
    assert (with_anchor.exit_code, with_anchor.output.splitlines()[0]) == (1, "w1 5: is missing: the chain ends at 4")
    assert anchor.read_text() == kept


def test_a_file_that_holds_no_heads_is_refused(folder: Path) -> None:
    (folder / "other.txt").write_text("not heads")

    told = verify(folder, "--anchor", str(folder / "other.txt"))

    assert told.exit_code == 2
    assert "heads of the audit" in told.output
