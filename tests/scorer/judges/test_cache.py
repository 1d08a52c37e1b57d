from scorer.claims.question import Ruling, RulingKind
from scorer.judges.cache import RulingCache


def ruling(key: str) -> Ruling:
    return Ruling(key=key, kind=RulingKind.SUPPORTED, explanation="so", judge="m")


def test_a_ruling_is_found_by_what_was_asked() -> None:
    cache = RulingCache(2)
    cache.put(ruling("a"))

    assert cache.get("a") == ruling("a")
    assert cache.get("b") is None


def test_the_one_longest_unused_goes_when_it_is_full() -> None:
    cache = RulingCache(2)
    cache.put(ruling("a"))
    cache.put(ruling("b"))
    cache.get("a")

    cache.put(ruling("c"))

    assert [cache.get(key) is not None for key in "abc"] == [True, False, True]


def test_none_is_kept_when_it_may_keep_none() -> None:
    cache = RulingCache(0)

    cache.put(ruling("a"))

    assert cache.get("a") is None
