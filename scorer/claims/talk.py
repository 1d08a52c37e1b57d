"""What of an answer is no claim about its subject: greetings, talk about the answer, opinions, *I found nothing*. Pure.

That the documents hold nothing on a question cannot stand in a document: such a statement is kept, with the reason why
it is not checked. Every pattern is tried at the beginning of a sentence and bounded.
"""

import re
from typing import Final

from scorer.text.tokens import has_content

ABOUT_DOCUMENTS: Final = "a statement about what the documents hold, not one that they could bear out"

_GREETING: Final = re.compile(
    r"(?:hi|hello|hey|dear\b[^.!?]{0,40}|good (?:morning|afternoon|evening|day)|thank(?:s| you)[^.!?]{0,60}|welcome"
    r"|you(?:'re| are) welcome|namaste|नमस्ते|sure|certainly|of course|great question|glad to help|no problem|okay|ok"
    r"|sorry|i apologi[sz]e[^.!?]{0,60}|धन्यवाद|have a (?:nice|great|good) day|best regards|regards|sincerely)"
    r"[\s,]*[a-z]{0,20}[.!,:]*",
    re.IGNORECASE,
)
_META: Final = re.compile(
    r"(?:let me know|feel free|please (?:let|feel|note that i|contact us|ask|provide)|i hope this|hope this helps"
    r"|here (?:is|are) (?:the|a|some|what)\b[^.:]{0,80}:?$|is there anything|as an ai"
    r"|i (?:can|could|will|would|am|'m) (?:help|be happy|happy|glad|not able|unable|sorry)"
    r"|i (?:do not|don't|cannot|can't|could not|couldn't) (?:know|find|see|have|answer|provide|help)"
    r"|(?:the|these|this) (?:provided |given |available |retrieved )?(?:documents?|context|passages?|sources?|text)"
    r" (?:does|do) not|based on (?:the )?(?:provided|given|available)[^,.]{0,60}[:.]?$|in (?:short|summary)[:.]?$)",
    re.IGNORECASE,
)
_OPINION: Final = re.compile(
    r"(?:in my (?:opinion|view)|i (?:\w{3,12} )?(?:think|believe|feel|guess|hope|love|like|prefer|enjoy|wish)\b"
    r"|(?:it is|it's|that is|that's) (?:great|nice|good|cool|awesome|interesting|a good|a great|wonderful|sad)\b"
    r"|मेरे विचार|मुझे लगता)",
    re.IGNORECASE,
)
_FACTUAL: Final = re.compile(r"\d|(?<=[a-z,] )[A-Z][a-z]")

_GIVEN: Final = r"(?:provided|given|available|retrieved|supplied|attached|uploaded|above|relevant)"
_DOCUMENTS: Final = (
    r"(?:documents?|contexts?|passages?|sources?|excerpts?|snippets?|materials?|knowledge base|search results?"
    rf"|{_GIVEN} (?:information|texts?|data|files?|records?)|(?:texts?|information|data) {_GIVEN})"
)
_THE: Final = rf"(?:(?:the|these|this|those|your|my|our|any|all|of)\s){{0,3}}(?:{_GIVEN}\s)?"
_HELD: Final = (
    r"(?:\s(?:that|which|i|we|you|have|had|has|was|were|been|given|provided|retrieved|available|to|me|us)){0,6}"
)
_SHOW: Final = (
    r"(?:mention|contain|say|specify|include|provide|state|cover|address|give|list|describe|discuss|indicate|offer"
    r"|show|answer|explain|tell|reveal|detail|clarify|refer|speak|name|have (?:any|enough|information|details?))"
)
_SHOWN: Final = (
    r"(?:mentioned|specified|stated|covered|found|given|included|described|provided|contained|available|addressed"
    r"|listed|discussed|explained|present|part of)"
)
_LEAD_IN: Final = (
    r"(?:(?:unfortunately|sorry|however|but|also|so|i'm sorry|i am sorry)\s"
    r"|(?:unfortunately|sorry|i'm sorry|i am sorry|i apologi[sz]e|however|but|based on|according to|from|in|as|at|for"
    r"|regarding|currently|therefore|having)\b[^,.]{0,60},\s){0,3}"
)
_I_CANNOT: Final = (
    r"(?:(?:(?:could|did|do|was|were|am|are|'m|\u2019m) ?(?:not|n't|n\u2019t)|can(?:not|'t|\u2019t| not))(?: able to)?"
    r"|(?:was|were|am|are|'m|\u2019m) unable to)"
    r"(?: \w{1,12})? (?:find|locate|see|have|identify|retrieve|answer|determine|know|confirm|verify|say|tell)\b"
)
_NOT_FOUND: Final = re.compile(
    rf"{_LEAD_IN}(?:"
    rf"(?:i|we) ?{_I_CANNOT}"
    r"|(?:i|we) (?:found|have|see|have found) (?:no|nothing)\b|(?:i|we) have(?: not|n't) found\b"
    rf"|{_THE}{_DOCUMENTS}{_HELD} (?:(?:do|does|did) ?(?:not|n't|n\u2019t)(?: \w{{1,12}})? {_SHOW}"
    r"|(?:make|makes|contain|contains|have|has|give|gives|offer|offers|provide|provides) (?:no|nothing)\b"
    r"|(?:say|says) nothing|(?:is|are) silent|lacks?\b)"
    rf"|none of {_THE}{_DOCUMENTS}{_HELD} {_SHOW}s?\b"
    rf"|(?:there (?:is|are|was|were) )?(?:no|nothing)\b[^.]{{0,200}}? (?:in|within|from|among|by) {_THE}{_DOCUMENTS}"
    rf"|[^.]{{3,200}}? (?:is|are|was|were) ?(?:not|n't|nowhere)(?: \w{{1,12}})? {_SHOWN} (?:in|by|within|among) "
    rf"{_THE}{_DOCUMENTS}"
    r"|[^.।]{0,80}(?:दस्तावेज|स्रोत|संदर्भ)[^.।]{0,120}(?:नहीं मिल|उल्लेख नहीं|जानकारी नहीं|नहीं दी गई|नहीं दिया गया|कुछ नहीं)"
    r"|मुझे [^.।]{0,120}नहीं मिल)",
    re.IGNORECASE,
)
_TURN: Final = re.compile(r"(?:[,;]\s|\s)(?:but|however|although|though|whereas|yet)\b,?\s", re.IGNORECASE)


_DENIALS: Final = ("no", "n't", "n\u2019t", "unable", "silent", "lack", "नहीं")
"""One of these stands in all that `_NOT_FOUND` matches; looking for them is cheap."""


def match_nothing_found(text: str) -> re.Match[str] | None:
    """Return the beginning of a sentence by which the documents or the speaker know nothing of something, if any."""
    lower = text.lower()
    return _NOT_FOUND.match(text) if any(denial in lower for denial in _DENIALS) else None


def find_turn(text: str) -> tuple[int, int] | None:
    """Return where *I found nothing, but …* goes on to state something; None when it does not."""
    nothing = match_nothing_found(text)
    turn = _TURN.search(text, nothing.end()) if nothing else None
    return turn.span() if turn else None


def why_left_out(text: str, *, is_heading: bool) -> str | None:
    """Return why a sentence states nothing: a heading, a greeting, talk about the answer; None when it may."""
    if is_heading:
        return "a heading"
    if not any(map(str.isalnum, text)):
        return "no words"
    if _GREETING.fullmatch(text):
        return "a greeting or a courtesy"
    is_meta = _META.match(text) is not None and _FACTUAL.search(text) is None
    return "talk about the answer itself" if is_meta else None


def why_unchecked(text: str) -> str | None:
    """Return why a statement cannot be checked; None when it can."""
    if text.rstrip("\"'\u201d) ").endswith(("?", "？")):
        return "a question states nothing"
    if match_nothing_found(text):
        return ABOUT_DOCUMENTS
    if _OPINION.match(text) and not _FACTUAL.search(text):
        return "an opinion is neither true nor false"
    return None if has_content(text) else "no words that could be looked for"
