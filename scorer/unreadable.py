"""Tells the operator, once for each service, why an exchange of it cannot be read: a wrong format or mapping, mostly.

The counter by outcome says how many; each one's reason is told at debug level. A reason holds no text of the exchange.
"""

from typing import Final

from config.logging import get_logger
from scorer.model import CaptureOutcome, Unscored

SERVICES_LIMIT: Final = 100
"""Services that get a line of their own; those beyond are only counted."""

_logger = get_logger("scorer.unreadable")


class UnreadableNotices:
    """What was told since the start."""

    def __init__(self) -> None:
        self._told: set[str] = set()

    def tell(self, unscored: Unscored) -> None:
        """Log why an exchange was not scored; as a warning where it is the first unreadable one of its service."""
        is_new = unscored.outcome is CaptureOutcome.UNREADABLE and unscored.service_id not in self._told
        if is_new and len(self._told) < SERVICES_LIMIT:
            self._told.add(unscored.service_id)
            _logger.warning(
                "an exchange of a service cannot be read; further ones are counted",
                service=unscored.service_id,
                reason=unscored.reason,
            )
        else:
            _logger.debug(
                "an exchange is not scored",
                service=unscored.service_id,
                outcome=unscored.outcome.value,
                reason=unscored.reason,
            )
