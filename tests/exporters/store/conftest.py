"""Stores for the tests of this folder: opened by a factory, closed when the test ends."""

import pytest

pytest.register_assert_rewrite(
    "tests.exporters.store.contract_saves",
    "tests.exporters.store.contract_lists",
    "tests.exporters.store.contract_aggregates",
    "tests.exporters.store.contract_checks",
    "tests.exporters.store.contract_expiry",
    "tests.exporters.store.contract_history",
    "tests.exporters.store.machine",
    "tests.exporters.store.contract_subjects",
    "tests.exporters.store.contract_audit",
    "tests.exporters.store.contract_review",
    "tests.exporters.store.contract_sealing",
    "tests.exporters.store.recount",
)
