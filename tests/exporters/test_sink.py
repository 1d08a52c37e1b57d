"""Save first, then publish, and a repeated submission is not told again."""

from pathlib import Path

import pytest

from config.errors import StoreUnavailableError
from tests.fakes.admin import running_admin
from tests.fakes.evaluations import make_evaluation


async def test_a_save_is_in_the_record_before_it_is_published(tmp_path: Path) -> None:
    async with running_admin(tmp_path) as admin:
        saved = await admin.sink.save(make_evaluation(1, session_id="s1"))

        assert saved.is_new
        assert await admin.store.get("s1") == saved.evaluation
        assert b'endurance_score_count{dimension="overall",service="desk"} 0.0' in admin.metrics.render()[0]
        await admin.sink.publish(saved)
        assert b'endurance_score_count{dimension="overall",service="desk"} 1.0' in admin.metrics.render()[0]


async def test_the_same_submission_again_is_not_published_again(tmp_path: Path) -> None:
    async with running_admin(tmp_path) as admin:
        for _ in range(2):
            saved = await admin.sink.save(make_evaluation(1))
            await admin.sink.publish(saved)

        assert not saved.is_new
        assert b'endurance_score_count{dimension="overall",service="desk"} 1.0' in admin.metrics.render()[0]


async def test_a_store_that_is_away_is_an_error(tmp_path: Path) -> None:
    async with running_admin(tmp_path) as admin:
        admin.store.is_away = True

        with pytest.raises(StoreUnavailableError):
            await admin.sink.save(make_evaluation(1))
