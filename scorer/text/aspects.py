"""What kinds of items a question asks for, and whether an answer holds a span of such a kind. Pure, English.

Kinds follow the coarse classes of questions (Li and Roth 2002) as far as a span can be told by its form.
"""

import re
from enum import StrEnum

from scorer.text.normalise import normalise, plain_quotes


class Aspect(StrEnum):
    """A kind of item; the value is how it is told to people."""

    NUMBER = "how many or how much"
    TIME = "when or how long"
    PERSON = "who"
    PLACE = "where"
    REASON = "why"
    CONTACT = "whom to reach, and how"


_ASKED = {
    Aspect.NUMBER: re.compile(r"\b(?:how (?:many|much)|what (?:is|are|was|were) the (?:number|total|amount|fee|cost"
                              r"|price|budget|percentage|rate|strength)\b)"),
    Aspect.TIME: re.compile(r"\b(?:when (?:is|are|was|were|do|does|did|will|can|must|should|may)|how long|by when"
                            r"|what (?:date|day|time|year|month)|(?:deadline|time limit)\b|how many (?:days|weeks"
                            r"|months|years|hours))"),
    Aspect.PERSON: re.compile(r"\b(?:who (?:is|are|was|were|has|have|had|can|may|must|should|will|decides?|made|wrote"
                              r"|signed|heads?|approved?)|to whom|by whom|whose)\b"),
    Aspect.PLACE: re.compile(r"\b(?:where (?:is|are|was|were|do|does|did|can|must|should|may|will)|which (?:city"
                             r"|country|office|place|state|district))\b"),
    Aspect.REASON: re.compile(
        r"\b(?:why|for what reason|what (?:is|was|were|are) the (?:reasons?|grounds?|causes?))\b"),
    Aspect.CONTACT: re.compile(r"\b(?:phone|telephone|contact|helpline) (?:number|details)\b|\be-?mail address\b"),
}  # fmt: skip
_NUMBER = (
    r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|sixty"
    r"|ninety|hundred|thousand|lakh|crore|million|billion|half|third|quarter|none|no|nil|zero|free|several|many|few"
    r"|dozens?)\b"
)
_COVERED = {
    Aspect.NUMBER: re.compile(_NUMBER, re.IGNORECASE),
    Aspect.TIME: re.compile(
        r"\d|\b(?:january|february|march|april|may|june|july|august|september|october|november|december|monday|tuesday"
        r"|wednesday|thursday|friday|saturday|sunday|today|tomorrow|yesterday|never|always|immediately|century|morning"
        r"|evening|spring|summer|autumn|winter|(?:days?|weeks?|months?|years?|hours?|minutes?)\b|before|after|until"
        r"|during|once|annually|daily|weekly|monthly)\b", re.IGNORECASE),
    Aspect.PERSON: re.compile(
        r"(?<=[a-z,:(] )[A-Z][a-z]+|^\W{0,3}[A-Z][\w.]+(?: [A-Z][\w.]+)+|\b(?:officer|minister|secretary|director"
        r"|commissioner|president|chair\w*|manager|head|court|authority|board|committee|council|people|person|citizens?"
        r"|man|woman|anyone|everyone|nobody|any|every|applicant|department|company|team|parliament|ministry|he|she|they"
        r"|i)\b"),
    Aspect.PLACE: re.compile(
        r"(?<=[a-z,:(] )[A-Z][a-z]+|^\W{0,3}[A-Z]\w+\W{0,3}$"
        r"|\b(?:in|at|on|near|from|to) (?:the|a|an|your|our|any|every) \w+"
        r"|https?://|\bonline\b"),
    Aspect.REASON: re.compile(
        r"\b(?:because|since|due to|owing to|as (?:it|the|they|this|a result)|so that|in order|reasons?|caus\w+|leads?"
        r"|led|thanks to|therefore|to \w+|for|by|result\w*|means|allow\w*|help\w*)\b", re.IGNORECASE),
    Aspect.CONTACT: re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}\.|\d[\d ().-]{4,18}\d|https?://"),
}  # fmt: skip


def asked_aspects(query: str) -> tuple[Aspect, ...]:
    """Return the kinds of items that the question asks for, each once, in the order of `Aspect`."""
    text = normalise(query)
    return tuple(aspect for aspect, pattern in _ASKED.items() if pattern.search(text))


def is_covered(aspect: Aspect, response: str) -> bool:
    """Say whether the answer holds any span of that kind."""
    return _COVERED[aspect].search(plain_quotes(response)) is not None
