"""What every store does when its aggregates are counted anew, after its own work and after damage."""

from collections.abc import Awaitable, Callable

import pytest

from exporters.store.base import Check, Store
from tests.exporters.store.recount import check_aggregates
from tests.fakes.evaluations import START, make_evaluation

MakeStore = Callable[..., Awaitable[Store]]
Damage = Callable[[str], None]
"""Does harm of that name to the test's own record: `rollup`, `lost_rollup`, `note`."""


async def _fill(store: Store) -> None:
    for number in range(12):
        await store.save(make_evaluation(number, service_id=f"s{number % 2}"))
    await store.save(make_evaluation(3, submission_id="another", service_id="s0"))
    await store.erase(make_evaluation(5).session_id)


class CheckContract:
    """The recount."""

    async def test_what_the_store_did_itself_has_no_differences(self, make_store: MakeStore) -> None:
        store = await make_store(time_zone="Asia/Kolkata")
        await _fill(store)

        assert await store.check(is_repaired=False) == Check(12, ())

    async def test_a_changed_time_zone_is_no_difference(self, make_store: MakeStore) -> None:
        store = await make_store(time_zone="Asia/Kolkata")
        await _fill(store)
        await store.close()

        store = await make_store(time_zone="UTC")

        assert (await store.check(is_repaired=False)).differences == ()

    @pytest.mark.parametrize("harm", ["rollup", "lost_rollup", "note"])
    async def test_damage_is_found_and_put_right(self, make_store: MakeStore, damage: Damage, harm: str) -> None:
        store = await make_store()
        await _fill(store)
        damage(harm)

        found = await store.check(is_repaired=False)
        mended = await store.check(is_repaired=True)
        after = await store.check(is_repaired=False)

        assert found == mended
        assert found.differences != ()
        assert after == Check(12, ())
        await check_aggregates(store, gone=(make_evaluation(5, service_id="s1"),))

    async def test_a_difference_names_its_place_and_both_numbers(self, make_store: MakeStore, damage: Damage) -> None:
        store = await make_store()
        await _fill(store)
        damage("rollup")

        (found,) = (await store.check(is_repaired=False)).differences

        assert (found.level, found.name, found.counter) == ("hour", "s0", "sessions")
        assert found.start is not None
        assert (found.start.hour, found.start.minute) == (START.hour, 0)
        assert (found.kept, found.counted) == (found.counted + 5, 7)

    async def test_saves_after_a_repair_go_on_counting(self, make_store: MakeStore, damage: Damage) -> None:
        store = await make_store()
        await _fill(store)
        damage("lost_rollup")
        await store.check(is_repaired=True)

        await store.save(make_evaluation(50, service_id="s0"))

        assert (await store.position()).through == {store.writer: 14}
        assert await store.check(is_repaired=False) == Check(13, ())
