"""Any store against a model of it: saves, redeliveries, crashes in a save, replacements, verdicts, erasures, counts.

A store module's test makes a subclass that says how its stores are opened and how a process dies.
"""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from exporters.store.base import Position, SessionFilter, Store
from scorer.model import Evaluation, Feedback
from tests.exporters.store.recount import check_aggregates
from tests.fakes.evaluations import START, make_evaluation

T = TypeVar("T")

SESSIONS = st.integers(0, 5)
SERVICES = st.sampled_from(["a", "b"])
HOURS = st.integers(0, 40)
ENGINES = st.integers(0, 1)


class StoreMachine(RuleBasedStateMachine):
    """The model: what is kept, what is erased, which submissions are known."""

    engines = 1
    """Stores on the one record that save at the same time, each under a writer id of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.stores: list[Store] = []
        self.kept: dict[int, Evaluation] = {}
        self.gone: dict[int, Evaluation] = {}
        self.submissions: dict[int, list[str]] = {}
        self.saves = 0

    async def open_store(self, engine: int) -> Store:
        """Open that engine's store on the record."""
        raise NotImplementedError

    async def die(self, engine: int) -> None:
        """End that engine's store as a killed process would, and leave the record as it was at that moment."""
        raise NotImplementedError

    async def discard(self) -> None:
        """Take the record away."""
        raise NotImplementedError

    @initialize()
    def open(self) -> None:
        self.stores = [self.run(self.open_store(engine)) for engine in range(self.engines)]

    def teardown(self) -> None:
        for store in self.stores:
            if store is self.stores[0]:
                assert self.run(store.check(is_repaired=False)).differences == ()
            self.run(store.close())
        self.run(self.discard())
        self.runner.close()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """Wait for it."""
        return self.runner.run(work)

    @rule(session=SESSIONS, number=st.integers(0, 1000), service=SERVICES, hours=HOURS, engine=ENGINES)
    def save(self, session: int, number: int, service: str, hours: int, engine: int) -> None:
        evaluation = self._new(session, number, service, hours)
        saved = self.run(self.stores[engine % self.engines].save(evaluation))
        assert saved.is_new
        self._note(session, saved.evaluation)

    @rule(session=SESSIONS, number=st.integers(0, 1000), steps=st.integers(0, 12), engine=ENGINES)
    def die_in_a_save(self, session: int, number: int, steps: int, engine: int) -> None:
        engine %= self.engines
        evaluation = self._new(session, number, "a", 1)
        self.run(self._begin_and_leave(self.stores[engine].save(evaluation), steps))
        self.run(self.die(engine))
        self.stores[engine] = self.run(self.open_store(engine))
        # The queue delivers it again: whether the save was made before the end is nothing that may be told apart.
        saved = self.run(self.stores[engine].save(evaluation))
        self._note(session, saved.evaluation)
        assert not self.run(self.stores[engine].save(evaluation)).is_new

    @staticmethod
    async def _begin_and_leave(work: Coroutine[Any, Any, object], steps: int) -> None:
        task = asyncio.ensure_future(work)
        for _ in range(steps):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

    def _new(self, session: int, number: int, service: str, hours: int) -> Evaluation:
        self.saves += 1
        return make_evaluation(
            number,
            session_id=f"session-{session}",
            submission_id=f"submission-{self.saves}",
            service_id=service,
            timestamp=START + timedelta(hours=hours),
        )

    def _note(self, session: int, saved: Evaluation) -> None:
        before = self.kept.get(session) or self.gone.get(session)
        assert saved.revision == (before.revision + 1 if before else 1)
        assert saved.feedback == (before.feedback if before and session in self.kept else ())
        self.kept[session] = saved
        self.gone.pop(session, None)
        self.submissions.setdefault(session, []).append(saved.submission_id)

    @rule(session=SESSIONS, back=st.integers(1, 3), engine=ENGINES)
    def redeliver(self, session: int, back: int, engine: int) -> None:
        if session not in self.submissions:
            return
        submission = self.submissions[session][-back:][0]
        evaluation = make_evaluation(7, session_id=f"session-{session}", submission_id=submission)
        saved = self.run(self.stores[engine % self.engines].save(evaluation))
        assert not saved.is_new
        if session in self.kept:
            assert saved.evaluation == self.kept[session]

    @rule(session=SESSIONS, approved=st.booleans(), engine=ENGINES)
    def judge(self, session: int, approved: bool, engine: int) -> None:
        feedback = Feedback(approved=approved, at=START)
        found = self.run(self.stores[engine % self.engines].add_feedback(f"session-{session}", feedback))
        assert (found is not None) == (session in self.kept)
        if found is not None:
            assert found.feedback == (*self.kept[session].feedback, feedback)
            self.kept[session] = found

    @rule(session=SESSIONS, engine=ENGINES)
    def erase(self, session: int, engine: int) -> None:
        was_there = self.run(self.stores[engine % self.engines].erase(f"session-{session}"))
        assert was_there == (session in self.kept)
        if was_there:
            self.gone[session] = self.kept.pop(session)

    @rule(service=SERVICES, hours=HOURS)
    def expire(self, service: str, hours: int) -> None:
        before = START + timedelta(hours=hours)
        old = [n for n, one in self.kept.items() if one.service_id == service and one.timestamp < before]
        expired = self.run(self.stores[0].expire(service, before, None, 100))
        assert (expired.texts, expired.scores) == (len(old), 0)
        self.gone |= {session: self.kept.pop(session) for session in old}

    @rule(engine=ENGINES)
    def open_again(self, engine: int) -> None:
        engine %= self.engines
        self.run(self.stores[engine].close())
        self.stores[engine] = self.run(self.open_store(engine))

    @invariant()
    def agrees(self) -> None:
        for store in self.stores:
            self.run(self._agree(store))

    async def _agree(self, store: Store) -> None:
        page = await store.list_sessions(SessionFilter(), 50, None)
        assert page.total == len(self.kept)
        assert {row.session_id for row in page.sessions} == {one.session_id for one in self.kept.values()}
        for one in self.kept.values():
            assert await store.get(one.session_id) == one
        assert sum((await store.position()).through.values()) == self.saves
        changes = await store.changes(Position(), 50)
        assert {(change.row.session_id, change.row.revision) for change in changes} == {
            (one.session_id, one.revision) for one in self.kept.values()
        }
        await check_aggregates(store, tuple(self.gone.values()))
