"""The exact values a session is found by beside its columns: flag reasons, verdicts, language, model, conversation,
person.

Pure, the same for every store: a facet is one text, `kind:value`, a session has several, and one index over them
answers each of these filters in the order of a list.
"""

import hashlib
from collections.abc import Iterator

from exporters.store.base import SessionFilter
from exporters.store.record import clean_text
from scorer.model import Evaluation, Verdict

VALUE_CHARACTERS = 128
"""A longer value (a conversation id may be a whole token) is indexed by its beginning and a hash of all of it."""


def facets_of(evaluation: Evaluation) -> tuple[str, ...]:
    """Return the session's facets, each once."""
    checked = evaluation.verification
    claims = {
        Verdict.VERIFIED: checked.verified_claims,
        Verdict.HALLUCINATED: checked.hallucinated_claims,
        Verdict.UNVERIFIABLE: checked.unverifiable_claims,
    }
    facets = {
        **dict.fromkeys(_facet("flag", code) for code in evaluation.flag_codes),
        **dict.fromkeys(_facet("verdict", verdict) for verdict, number in claims.items() if number > 0),
        **dict.fromkeys(_single(evaluation)),
    }
    return tuple(facets)


def facets_wanted(wanted: SessionFilter) -> tuple[str, ...]:
    """Return the facets that a session must all have, by experience the rarest first."""
    facets = list(_single(wanted))
    if wanted.flag_reason is not None:
        # Behind a conversation or a person, who have fewer sessions than any flag.
        rarer = (wanted.conversation_id, wanted.end_user)
        facets.insert(sum(value is not None for value in rarer), _facet("flag", wanted.flag_reason))
    if wanted.verdict is not None:
        facets.append(_facet("verdict", wanted.verdict))
    return tuple(facets)


def _single(of: Evaluation | SessionFilter) -> Iterator[str]:
    if of.conversation_id is not None:
        yield _facet("conversation", of.conversation_id)
    if of.end_user is not None:
        yield subject_facet(of.end_user)
    if of.language is not None:
        yield _facet("language", of.language)
    if of.model is not None:
        yield _facet("model", of.model)


def subject_facet(end_user: str) -> str:
    """Return the facet of every session of a person."""
    return _facet("subject", end_user)


def _facet(kind: str, value: str) -> str:
    clean = clean_text(value)
    if len(clean) > VALUE_CHARACTERS:
        clean = clean[:VALUE_CHARACTERS] + hashlib.blake2b(clean.encode(), digest_size=16).hexdigest()
    return f"{kind}:{clean}"
