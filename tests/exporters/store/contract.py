"""What every store does: one suite, run against each implementation.

A test module makes a subclass and a fixture `make_store`: an async function `(time_zone="UTC") -> Store` that opens a
store on the test's own record, another one on each call after the earlier one was closed.
"""

from tests.exporters.store.contract_aggregates import AggregateContract
from tests.exporters.store.contract_audit import AuditContract
from tests.exporters.store.contract_checks import CheckContract
from tests.exporters.store.contract_expiry import ExpiryContract
from tests.exporters.store.contract_history import HistoryContract
from tests.exporters.store.contract_lists import ListContract
from tests.exporters.store.contract_review import ReviewContract
from tests.exporters.store.contract_saves import SaveContract
from tests.exporters.store.contract_subjects import SubjectContract


class StoreContract(
    SaveContract,
    ListContract,
    AggregateContract,
    CheckContract,
    ExpiryContract,
    HistoryContract,
    SubjectContract,
    AuditContract,
    ReviewContract,
):
    """All of it."""
