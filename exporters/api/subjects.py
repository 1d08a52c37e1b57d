"""People: the erasure of everything that one person wrote. A person is known by a salted hash, never by an id."""

import re
from typing import Final

from aiohttp import web

from config.errors import InvalidInputError
from exporters.api.audited import write_done
from exporters.api.base import SERVICES, Answer, Role, Route
from exporters.api.bodies import Told, json_response
from exporters.store.audit import Action
from exporters.subjects import Receipt, SubjectEraser
from scorer.redact.plan import HASH_LETTERS, TOKEN_LETTERS


class Proof(Told):
    """Where the audit tells of it; `endurance verify` checks that it still does."""

    writer: str
    number: int
    hash: str


class SubjectReceipt(Receipt):
    """The receipt, with its entry in the audit."""

    audit: Proof


_HASH: Final = re.compile(rf"[{HASH_LETTERS}]{{{TOKEN_LETTERS}}}")


async def erase_subject(request: web.Request) -> web.Response:
    """Erase a person's text everywhere, and remember it for what comes later."""
    services = request.app[SERVICES]
    end_user = request.match_info["end_user"]
    if not _HASH.fullmatch(end_user):
        # An id in its place would seem erased, and is none that the record knows.
        raise InvalidInputError(
            f"expected the hash that a session has as end_user, {TOKEN_LETTERS} letters; "
            "`endurance subject-hash` tells it of an id",
            "end_user",
        )
    receipt = await SubjectEraser(services.store, services.queue, services.clock).erase(end_user)
    link = await write_done(request, Action.ERASE, receipt.counts())
    proof = Proof(writer=link.entry.writer, number=link.entry.number, hash=link.hash)
    return json_response(SubjectReceipt(**dict(receipt), audit=proof))


ROUTES = (
    Route(
        "DELETE", "/v1/subjects/{end_user}", erase_subject, Role.ADMIN, "Erase a person's text everywhere",
        (Answer("What was erased where; also when the person is not known.", SubjectReceipt),),
        errors=(400, 503), is_for_all=True, action=Action.ERASE,
        path_patterns={"end_user": f"^{_HASH.pattern}$"},
    ),
)  # fmt: skip
