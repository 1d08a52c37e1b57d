"""The embedded store against a model of it: any order of saves, resubmissions, replacements, verdicts, erasures."""

import asyncio
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from exporters.store.base import Position, SessionFilter
from exporters.store.sqlite import SqliteStore
from scorer.model import Evaluation, Feedback
from tests.exporters.store.recount import check_aggregates
from tests.fakes.evaluations import START, make_evaluation

SESSIONS = st.integers(0, 5)


class StoreMachine(RuleBasedStateMachine):
    """The model: what is kept, what is erased, which submissions are known."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.runner = asyncio.Runner()
        self.kept: dict[int, Evaluation] = {}
        self.gone: dict[int, Evaluation] = {}
        self.submissions: dict[int, list[str]] = {}
        self.saves = 0

    @initialize()
    def open(self) -> None:
        self.store = SqliteStore(self.folder / "endurance.db", "Asia/Kolkata")
        self.runner.run(self.store.open())

    def teardown(self) -> None:
        self.runner.run(self.store.close())
        self.runner.close()
        shutil.rmtree(self.folder)

    @rule(session=SESSIONS, number=st.integers(0, 1000), service=st.sampled_from(["a", "b"]), hours=st.integers(0, 40))
    def save(self, session: int, number: int, service: str, hours: int) -> None:
        before = self.kept.get(session) or self.gone.get(session)
        self.saves += 1
        evaluation = make_evaluation(
            number,
            session_id=f"session-{session}",
            submission_id=f"submission-{self.saves}",
            service_id=service,
            timestamp=START + timedelta(hours=hours),
        )
        saved = self.runner.run(self.store.save(evaluation))
        assert saved.is_new
        assert saved.evaluation.revision == (before.revision + 1 if before else 1)
        assert saved.evaluation.feedback == (before.feedback if before and session in self.kept else ())
        self.kept[session] = saved.evaluation
        self.gone.pop(session, None)
        self.submissions.setdefault(session, []).append(evaluation.submission_id)

    @rule(session=SESSIONS, back=st.integers(1, 3))
    def resubmit(self, session: int, back: int) -> None:
        if session not in self.submissions:
            return
        submission = self.submissions[session][-back:][0]
        evaluation = make_evaluation(7, session_id=f"session-{session}", submission_id=submission)
        saved = self.runner.run(self.store.save(evaluation))
        assert not saved.is_new
        if session in self.kept:
            assert saved.evaluation == self.kept[session]

    @rule(session=SESSIONS, approved=st.booleans())
    def judge(self, session: int, approved: bool) -> None:
        feedback = Feedback(approved=approved, at=START)
        found = self.runner.run(self.store.add_feedback(f"session-{session}", feedback))
        assert (found is not None) == (session in self.kept)
        if found is not None:
            assert found.feedback == (*self.kept[session].feedback, feedback)
            self.kept[session] = found

    @rule(session=SESSIONS)
    def erase(self, session: int) -> None:
        was_there = self.runner.run(self.store.erase(f"session-{session}"))
        assert was_there == (session in self.kept)
        if was_there:
            self.gone[session] = self.kept.pop(session)

    @rule()
    def open_again(self) -> None:
        self.runner.run(self.store.close())
        self.open()

    @invariant()
    def agrees(self) -> None:
        if hasattr(self, "store"):
            self.runner.run(self._agree())

    async def _agree(self) -> None:
        page = await self.store.list_sessions(SessionFilter(), 50, None)
        assert page.total == len(self.kept)
        assert {row.session_id for row in page.sessions} == {one.session_id for one in self.kept.values()}
        for one in self.kept.values():
            assert await self.store.get(one.session_id) == one
        assert (await self.store.position()).through.get("w1", 0) == self.saves
        changes = await self.store.changes(Position(), 50)
        assert {(change.row.session_id, change.row.revision) for change in changes} == {
            (one.session_id, one.revision) for one in self.kept.values()
        }
        await check_aggregates(self.store, tuple(self.gone.values()))


TestStore = StoreMachine.TestCase
TestStore.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
