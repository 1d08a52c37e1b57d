"""What every store does whose texts are sealed: no word where it keeps them, and changes of the key.

Beside the fixture `make_store`, which takes `keys`, a module gives `places_with`: a function that names the files or
collections of the test's own record in which any of some lower-case words stands, and `tamper`: a function that changes
the text of its only session.
"""

from collections.abc import Awaitable, Callable, Sequence

import pytest

from config.errors import ConfigurationError, StoreUnavailableError
from exporters.store.base import SessionFilter, Store
from scorer.model import Feedback
from scorer.sealing import KEY_BYTES, key_id
from tests.fakes.evaluations import START, make_evaluation, make_full_evaluation
from tests.fakes.waiting import until

MakeStore = Callable[..., Awaitable[Store]]
PlacesWith = Callable[..., list[str]]
OLD, NEW = b"o" * KEY_BYTES, b"n" * KEY_BYTES
WORD = "xylophone"
WORDS = (WORD, "application", "sentence", "statement")


async def fill(store: Store, numbers: Sequence[int]) -> None:
    """Save sessions that hold the word wherever text stands, one of them with a person's comment."""
    for number in numbers:
        await store.save(
            make_full_evaluation(number, query=f"What is a {WORD}?", flagged=True, flag_reasons=(f"{WORD}: 20",))
        )
    comment = Feedback(approved=True, comment=f"a {WORD}", reviewer=WORD, at=START)
    await store.add_feedback(make_evaluation(numbers[0]).session_id, comment)


async def reseal(store: Store) -> int:
    """Write everything anew; return how many sessions had another key."""
    changed, last = 0, None
    while True:
        step = await store.reseal(last, 2)
        changed, last = changed + step.changed, step.last
        if last is None:
            return changed


class SealingContract:
    """Sealed texts."""

    async def test_no_word_stands_where_the_store_keeps_them(
        self, make_store: MakeStore, places_with: PlacesWith
    ) -> None:
        store = await make_store()

        await fill(store, range(4))
        await store.save(make_full_evaluation(1, query=f"Again {WORD}", submission_id="again"))

        await until(lambda: places_with(*WORDS) == [], "no place with a word")
        assert (await store.list_sessions(SessionFilter(q=f"{WORD} what"), 10, None)).total == 3
        assert (await store.list_sessions(SessionFilter(q="piano"), 10, None)).total == 0
        kept = await store.get(make_evaluation(0).session_id)
        assert kept is not None
        assert (kept.feedback[0].comment, kept.claims[0].text) == (f"a {WORD}", "Statement 0 of case 0.")
        await store.close()
        assert places_with(*WORDS) == []

    @pytest.mark.parametrize("first", [(), (OLD,)], ids=["plain", "another key"])
    async def test_a_new_key_reads_what_is_there_and_takes_it_over(
        self, make_store: MakeStore, places_with: PlacesWith, first: tuple[bytes, ...]
    ) -> None:
        store = await make_store(keys=first)
        await fill(store, range(5))
        await store.close()
        store = await make_store(keys=(NEW, *first))
        await fill(store, range(5, 7))
        # A verdict under the new key on a session under the old one.
        await store.add_feedback(make_evaluation(1).session_id, Feedback(approved=True, comment=WORD, at=START))

        found = await store.list_sessions(SessionFilter(q=WORD), 10, None)
        evaluations = [await store.get(row.session_id) for row in found.sessions]
        changed, again = await reseal(store), await reseal(store)

        assert (found.total, changed, again) == (7, 5, 0)
        assert await store.forget_keys()
        await until(lambda: places_with(WORD) == [], "no place with the word")
        await store.close()
        store = await make_store(keys=(NEW,))
        assert (await store.list_sessions(SessionFilter(q=WORD), 10, None)).sessions == found.sessions
        assert [await store.get(row.session_id) for row in found.sessions] == evaluations
        assert (await store.check(is_repaired=False)).differences == ()

    async def test_a_key_that_texts_still_need_is_not_forgotten(self, make_store: MakeStore) -> None:
        store = await make_store(keys=(OLD,))
        await fill(store, range(3))
        await store.close()

        store = await make_store(keys=(NEW, OLD))

        assert not await store.forget_keys()

    async def test_a_change_of_the_key_that_was_cut_off_goes_on(self, make_store: MakeStore) -> None:
        store = await make_store(keys=(OLD,))
        await fill(store, range(6))
        await store.close()
        store = await make_store(keys=(NEW, OLD))
        assert (await store.reseal(None, 2)).changed == 2
        await store.close()

        store = await make_store(keys=(NEW, OLD))

        assert await reseal(store) == 4
        assert await store.forget_keys()

    async def test_of_an_empty_record_nothing_is_changed(self, make_store: MakeStore) -> None:
        store = await make_store()

        assert await reseal(store) == 0
        assert await store.forget_keys()

    @pytest.mark.parametrize(("keys", "given"), [((), "is not given"), ((OLD,), "holds 1 other keys")])
    async def test_a_missing_key_ends_the_start_in_one_line(
        self, make_store: MakeStore, keys: tuple[bytes, ...], given: str
    ) -> None:
        await (await make_store()).close()

        with pytest.raises(ConfigurationError) as caught:
            await make_store(keys=keys)

        told = str(caught.value)
        assert told.startswith("store_encryption.key_file: ")
        assert key_id(NEW).hex() in told
        assert given in told
        assert "\n" not in told

    async def test_a_text_that_somebody_changed_is_not_shown(
        self, make_store: MakeStore, tamper: Callable[[], None]
    ) -> None:
        store = await make_store()
        await store.save(make_evaluation(1))
        tamper()

        with pytest.raises(StoreUnavailableError):
            await store.get(make_evaluation(1).session_id)
